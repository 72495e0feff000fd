"""The form of our data: schemas, tables, image shards, remembered results, errors."""
