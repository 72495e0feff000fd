"""The demo's snapshot in; what a training step costs beside bare loops and Hugging Face's, out.

Each file of `benchmarks/_train` is a part that measures one thing. Printed are a table for each
part, and as the last line the figures, which the part that measures them explains. Where there is a
GPU, all sides run on it and are measured by the clock, at the papers' size.
"""

from benchmarks import _parts

if __name__ == "__main__":
    peak = "10^12 operations a second that the device could do, for mfu; 0: as its name says"
    _parts.run("train", __doc__.partition("\n")[0], "benchmarks._train", {"peak": peak})
