"""The report's sections: one file and one template of the same name for each.

A section has a `TITLE`, a `LEAD` (a sentence that says how to read it) and a function
`section(inputs, thumbnails, params)` that gives what its template asks for, or raises
`curate.reports.inputs.NotRun`.
"""
