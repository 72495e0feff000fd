import pyarrow as pa
import pytest

from curate.dataset.languages import english, primary


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("en", "en"),
        ("EN", "en"),
        ("en-GB", "en"),
        ("En-Latn-US", "en"),
        ("en_GB", "en"),
        ("EN_us", "en"),
        ("enm", "enm"),
        ("pt-BR", "pt"),
        ("und", "und"),
        ("", ""),
    ],
)
def test_a_tag_names_a_language_and_is_english_where_that_is(tag, language):
    assert primary(tag) == language
    assert english(pa.chunked_array([[tag]])).to_pylist() == [language == "en"]
