"""Captions in; what it costs to label them and to ask their graph, and how well it is done, out.

Each file of `benchmarks/_align` is a part that measures one thing. Printed are a table for each
part, and as the last line the figures, which the part that measures them explains.
"""

from benchmarks import _parts

if __name__ == "__main__":
    _parts.run("align", __doc__.partition("\n")[0], "benchmarks._align")
