import pytest

from curate.reports.language_names import name


@pytest.mark.parametrize(
    ("tag", "wanted"),
    [
        ("en", "English"),
        ("EN", "English"),
        ("he", "Hebrew"),
        ("ckb", "Central Kurdish"),
        ("nb", "Norwegian Bokmål"),
        ("zh-Hant-HK", "Chinese (Hant-HK)"),
        ("pt_BR", "Portuguese (BR)"),
        ("tlhx", "tlhx"),
        ("<b>", "<b>"),
        ("", ""),
    ],
)
def test_a_tag_has_an_english_name_with_its_region_or_stays_as_it_is(tag, wanted):
    assert name(tag) == wanted
