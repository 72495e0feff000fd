"""The parts of `benchmarks/snapshot.py`: each file measures one thing, as those of `_curate`."""
