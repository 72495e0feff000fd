"""Pools of up to a million pairs in; what every stage costs on a processor, by size, out.

Each file of `benchmarks/_scale` is a part that measures one thing. Printed are a table for each
part, and as the last line the figures, which the part that measures them explains.
"""

from benchmarks import _parts

if __name__ == "__main__":
    _parts.run(
        "scale",
        __doc__.partition("\n")[0],
        "benchmarks._scale",
        {"most": "pairs of the largest pool: 10000, 100000 or, where not given, 1000000"},
        repeats=1,
    )
