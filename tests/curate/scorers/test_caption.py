import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.scorers import caption


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Red and white striped lighthouse", 5),
        ("L’homme d'à côté", 3),
        ("flag: Côte d’Ivoire", 3),
        ("हँसता हुआ चेहरा", 3),  # vowel signs are part of a word
        ("чашка кофе", 2),
        ("红苹果", 3),
        ("ロケット", 1),
        ("はかいし", 1),
        ("แมวหัวเราะ", 3),
        ("Tシャツ 2枚", 4),  # as many as T, shirt, 2 and sheets
        ("웃는 얼굴", 2),
        ("[...]", 0),
        ("", 0),
    ],
)
def test_words_are_counted_by_script(text, count):
    assert caption.words(text) == count


@pytest.mark.parametrize(
    "text",
    [
        "IMG_2034.jpg",
        "P1010023",
        "HASH(0x856da84)",
        "screenshot-2024-01-02",
        "connector-db9",
        "libyan_arab_jamahiriya",
        "arrow08",
        "d41d8cd98f00b204e9800998ecf8427e",
    ],
)
def test_file_names_are_told(text):
    assert caption.filename_like(text) >= 0.7


@pytest.mark.parametrize(
    "text",
    [
        "T-shirt",
        "post-it",
        "jack-o-lantern",
        "Two hearts",
        "keycap: 2",
        "mp3 player",
        "CO2",
        "西瓜",
        "стрелка влево-вниз",
        "A medium-light skin tone hand, drawn in 1984",
    ],
)
def test_ordinary_captions_are_no_file_names(text):
    assert caption.filename_like(text) <= 0.2


@pytest.mark.parametrize(
    "text",
    [
        "Prev",
        "Next",
        "[Note]",
        "Image 3",
        "Example",
        "click here",
        "EPS converted from http://aiga.org",
        "HASH(0x856da84)",
        "Part of the Flat Icon Collection (Wed Aug 25 23:29:46 2004)",
        "jean.victor.balin@gmail.com",
        "Created with Inkscape",
        "",
    ],
)
def test_boilerplate_is_told(text):
    assert caption.boilerplate(text) == 1


def test_a_stock_phrase_counts_by_its_share_of_the_caption():
    assert 0.3 < caption.boilerplate("Clipart by Tobias Jakobs - Germany - Saxony-Anhalt") < 0.6
    assert 0 < caption.boilerplate("a photo of a small dog that runs along a beach") < 0.3
    assert caption.boilerplate("Red and white striped lighthouse") == 0
    assert caption.boilerplate("The two images were generated with the same gradient") == 0


def test_repetition_is_the_share_of_words_that_occurred_before():
    assert caption.repetition("Fire! Fire! fire!") == pytest.approx(2 / 3)
    assert caption.repetition("a dog and a cat") == pytest.approx(1 / 5)
    assert caption.repetition("狒狒") == 0
    assert caption.repetition("猫猫猫猫 cat") == pytest.approx(2 / 4)
    assert caption.repetition("นกนกนก") == pytest.approx(3 / 5)
    assert caption.repetition("चिड़िया और चिड़िया") == pytest.approx(1 / 3)
    assert caption.repetition("") == 0


def test_wrong_encodings_are_counted():
    assert caption.mojibake("schÃ¶n und grÃ¼n") > 0
    assert caption.mojibake("caf\ufffd") > 0
    assert caption.mojibake("schön und grün, café, 春") == 0


@given(st.text(max_size=80))
def test_every_text_has_measures_within_their_ranges(text):
    rows = pa.table({"uid": ["u"], "caption": [text], "lang": ["en"]})
    row = caption.score(rows, caption.Params()).to_pylist()[0]
    assert row["characters"] == len(text)
    assert 0 <= row["words"] <= len(text)
    assert all(0 <= row[name] <= 1 for name in ("repetition", "filename_like", "boilerplate"))
    assert row["oddness"] is None or row["oddness"] >= 0


def test_oddness_is_told_of_english_captions_alone():
    said = ["a red circle", "xq zvkw jjfq", "a red circle", "ein roter Kreis"]
    rows = {"uid": list("abcd"), "caption": said, "lang": ["en", "en-GB", "de", "de"]}
    plain, odd, *others = (
        caption.score(pa.table(rows), caption.Params()).column("oddness").to_pylist()
    )
    assert plain < odd
    assert others == [None, None]
