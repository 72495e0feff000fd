"""Pages that a person reads: the parts of the report and of the Data Docs, and their templates."""
