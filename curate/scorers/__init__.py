"""One file per scorer: rows in, a table of scores out; see `curate.score` for the contract."""
