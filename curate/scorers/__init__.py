"""One file per scorer: rows in, a table of scores out."""
