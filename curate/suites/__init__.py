"""What is expected of our data: one file per great-expectations suite.

A suite is a class `Params` (made by `parameters`) and a function `checks(reads, pool, split,
params)` that gives one `curate.dataset.checks.Check` for each table.
"""
