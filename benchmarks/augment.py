"""Kept pairs in; what it costs to make new ones beside bare libraries, out.

Each file of `benchmarks/_augment` is a part that measures one thing. Printed are a table for each
part, and as the last line the figures, which the part that measures them explains.
"""

from benchmarks import _parts

if __name__ == "__main__":
    _parts.run("augment", __doc__.partition("\n")[0], "benchmarks._augment")
