"""Columns of text that are of numbers, and those that only look like it."""

import pyarrow as pa
import pytest

from curate.sources._numbers import FORMS, form


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "-20", "0", "", "NA"], pa.int64()),
        (["1", "2.50", "-1e-7"], pa.float64()),
        (["1234567890123456789"], pa.float64()),
        ([], pa.int64()),
        (["1", "two"], None),
        (["007", "8"], None),
        (["1,5"], None),
        (["+1"], None),
        (["٣"], None),
        ([" 1"], None),
        (["1\n"], None),
        (["inf"], None),
    ],
)
def test_a_column_is_of_the_narrowest_numbers_that_all_its_values_are(values, kind):
    kinds = dict(enumerate(kind for _, kind in FORMS))
    assert kinds.get(form(pa.array(values, pa.string()))) == kind
