import pandas as pd
import pytest

from curate.dropped import dropped_with


@pytest.mark.parametrize(("tag", "counted"), [("en", 1), ("EN-gb", 1), ("enm", 0), ("de", 0)])
def test_captions_count_that_are_english_however_their_tag_is_written(tag, counted):
    row = {"image": "a", "kept": False, "lang": tag, "caption": "Two dogs", "reason": "clip"}
    found = dropped_with(pd.DataFrame([row]), pd.Series(["dog"]))
    assert found["dropped"].sum() == counted
