"""Scorers and rules in; what they cost beside their peers, out.

Each file of `benchmarks/_curate` is a part that measures one thing. Printed are a table for each
part, and as the last line the figures, which the part that measures them explains.
"""

from benchmarks import _parts

if __name__ == "__main__":
    _parts.run("curate", __doc__.partition("\n")[0], "benchmarks._curate")
