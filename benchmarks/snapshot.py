"""A snapshot in; what it costs to validate it and to write it out, out.

Each file of `benchmarks/_snapshot` is a part that measures one thing. Printed are a table for each
part, and as the last line the figures, which the part that measures them explains.
"""

from benchmarks import _parts

if __name__ == "__main__":
    _parts.run("snapshot", __doc__.partition("\n")[0], "benchmarks._snapshot")
