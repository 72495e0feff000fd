import pyarrow as pa
import pytest

from curate.scorers import language


def judge(caption, lang, **params):
    rows = pa.table({"uid": ["u"], "caption": [caption], "lang": [lang]})
    return language.score(rows, language.Params(**params)).to_pylist()[0]


@pytest.mark.parametrize(
    ("caption", "lang"),
    [
        ("Demolizione costruzione", "en"),
        ("Bitte keine Tüten rauchen!", "en"),
        ("чашка кофе на столе", "de"),
        ("笑顔の猫がいます", "fr"),
    ],
)
def test_a_caption_in_another_language_disagrees(caption, lang):
    row = judge(caption, lang)
    assert row["agrees"] is False
    assert row["support"] < -2.7


@pytest.mark.parametrize(
    ("caption", "lang"),
    [
        ("A red and white striped lighthouse", "en-GB"),
        ("Ein schlafender Hund", "de"),
        ("En sovende hund på gulvet", "nb"),
        ("visage souriant avec des lunettes", "fr-FR"),
        ("笑顔の猫", "ja"),
        ("sleeping face", "en"),
        ("taco", "es"),  # too short to be sure of anything
    ],
)
def test_the_declared_language_is_not_doubted_without_a_reason(caption, lang):
    assert judge(caption, lang)["agrees"] is True


def test_nothing_is_said_of_too_few_letters_or_of_a_language_that_is_not_known():
    assert judge("0.5", "en") == {
        "uid": "u",
        "lang_detected": None,
        "confidence": None,
        "support": None,
        "agrees": None,
    }
    unknown = judge("A red and white striped lighthouse", "und")
    assert unknown["lang_detected"] == "en"
    assert unknown["agrees"] is None


def test_tolerance_says_how_much_less_likely_the_declared_language_may_be():
    assert judge("Demolizione costruzione", "en", tolerance=8.0)["agrees"] is True


def test_the_detected_language_has_full_support():
    row = judge("A red and white striped lighthouse by the sea", "en")
    assert row["support"] == 0
    assert row["confidence"] > 0.5
