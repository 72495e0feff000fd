"""Captions and language tags in one form."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.sources._texts import clean, language_tag


@given(st.text(st.characters()))
def test_a_cleaned_text_is_one_nfc_line_without_controls_and_stays_as_it_is(
    text,
):
    cleaned = clean(text)
    assert unicodedata.is_normalized("NFC", cleaned)
    assert not any(unicodedata.category(c) in ("Cc", "Cs") for c in cleaned)
    assert cleaned == " ".join(cleaned.split())
    assert clean(cleaned) == cleaned


@pytest.mark.parametrize(
    ("found", "cleaned"),
    [
        ("  two\n\t words ", "two words"),
        ("cafe\u0301", "café"),
        ("\ufeffa\x00b\x1b[1m", "ab[1m"),
        ("क\u094d\u200dष", "क\u094d\u200dष"),  # a joiner that Devanagari needs stays
        ("\x00 \x07", ""),
        ("\u200b \u202e\u2060\ufeff\u00ad", ""),
        ("\u200f\u0643", "\u200f\u0643"),
    ],
)
def test_what_is_no_text_goes_and_what_a_script_needs_stays(found, cleaned):
    assert clean(found) == cleaned


@pytest.mark.parametrize(
    ("name", "tag"),
    [
        ("en", "en"),
        ("pt_BR", "pt-BR"),
        ("ca@valencia", "ca-valencia"),
        ("sr@latin", "sr-Latn"),
        ("ZH-hant-tw", "zh-Hant-TW"),
        ("de_DE.utf8", "de-DE"),
        ("", None),
        ("en_GB en_US", None),
        ("N/A", None),
    ],
)
def test_locales_become_bcp47_tags(name, tag):
    assert language_tag(name) == tag
    if tag:
        assert language_tag(tag) == tag
