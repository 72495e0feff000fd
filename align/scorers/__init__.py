"""Scorers that read what captions say, by the parser: a file each, as `curate.score` has it.

A section of params.yaml names one by its module: `kind: align.scorers.complexity`.
"""
