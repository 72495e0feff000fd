"""Values of a column of text to the type of number that they all are, or to none."""

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

FORMS = (  # what begins with a nought more is a name, such as a post code
    (r"^-?(0|[1-9]\d{0,17})$", pa.int64()),
    (r"^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d{1,3})?$", pa.float64()),
)
NONE = frozenset(pyarrow.csv.ConvertOptions().null_values)  # what stands for no number
_NONE = pa.array(sorted(NONE))


def form(values: pa.Array, start: int = 0) -> int:
    """The place in FORMS, from `start` on, of the first that all values have; the end if none."""
    known = values.filter(pc.invert(pc.is_in(values, _NONE)))
    for place in range(start, len(FORMS)):
        if pc.all(pc.match_substring_regex(known, FORMS[place][0]), min_count=0).as_py():
            return place
    return len(FORMS)
