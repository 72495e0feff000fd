"""The form of our stages: command line, parameters, plugins, dask cluster."""
