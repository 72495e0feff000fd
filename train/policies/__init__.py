"""Policies of what to keep and how to mix it, searched for by small runs.

`space` says what may be changed, `room` runs one policy as an experiment of DVC's, `halving` spends
a budget on many of them, `ranking` looks again at the best ones, by fresh seeds and a larger model,
and `report` tells it to people. `train/policy_search.py` is the command.
"""
