import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from augment.words import caption_words
from augment.words.caption_words import mention, swap_sides
from curate.dataset import sides
from curate.dataset.errors import DataError

LEXICON = Path(caption_words.__file__).parent / "lexicon"
WORDS = {f.stem: tomllib.loads(f.read_text(encoding="utf-8")) for f in LEXICON.glob("*.toml")}
LEFT_AND_RIGHT = {
    "en": ["to the {} of the house", "left arrow", "facing right", "Left-facing fist", "top left"],
    "de": ["Pfeil nach links", "Linker Schuh", "rechts oben"],
    "es": ["flecha hacia la izquierda", "ojo derecho"],
    "fr": ["main vers la gauche", "flèche droite", "à droite"],
    "ru": ["стрелка влево", "правая рука", "кулак вправо"],
    "ja": ["左矢印", "右手"],
}


def listed(lang, kind):
    text = WORDS[lang]["words"].get(kind, "")
    words = sides.of(lang).words if kind == "side" else text.replace("\n", " ").split(",")
    return [word.strip().replace("*", "") for word in words]


def listed_whole(lang, kind):
    return [w.strip() for w in WORDS[lang]["words"][kind].replace("\n", " ").split(",")]


def test_there_are_words_for_the_languages_of_the_default_corpora():
    assert set(caption_words.languages()) >= {"en", "de", "es", "fr", "ru", "ja"}


@pytest.mark.parametrize("lang", sorted(WORDS))
@pytest.mark.parametrize("kind", caption_words.KINDS)
def test_every_word_of_the_lexicon_is_found_in_a_caption(lang, kind):
    for word in listed(lang, kind):
        assert mention(f"x {word.upper()}, y", lang, kind), word


@pytest.mark.parametrize("lang", sorted(WORDS))
def test_a_side_that_can_be_swapped_is_a_word_for_a_side(lang):
    for word in sides.of(lang).opposites:
        assert mention(word, lang, "side"), word


@pytest.mark.parametrize(
    ("caption", "lang"),
    [
        ("a bright window", "en"),
        ("an upright piano", "en"),
        ("a copyright", "en"),
        ("knight in shining armour", "en"),
        ("a cleft rock", "en"),
        ("ein schlecht gelaunter Löwe", "de"),
        ("une étoile brillante", "fr"),
        ("лев", "ru"),
        ("правило", "ru"),
    ],
)
def test_a_word_that_only_contains_a_side_names_none(caption, lang):
    assert mention(caption, lang, "side") is None
    assert swap_sides(caption, lang) == caption


@pytest.mark.parametrize(
    "caption",
    ["a skyblue door", "seagreen", "BlueMan#110", "manInRed", "a DarkRed2 roof", "snowwhite",
     "XRed", "110Blue", "an_offWhite wall", "IndianRed", "a rosecoloured coat", "bluebells",
     "evergreen"],
)  # fmt: skip
def test_a_colour_is_named_at_the_end_of_a_word_and_within_camel_case(caption):
    assert mention(caption, "en", "colour")


@pytest.mark.parametrize(
    "caption",
    ["scored", "bored", "hundred", "sacred", "a stingray", "McDonald", "iPad", "steal",
     "a chamber", "prose", "slime", "reduced", "credit", "Alfred", "tired", "shared", "kindred",
     "infrared"],
)  # fmt: skip
def test_a_word_that_only_ends_like_a_colour_names_none(caption):
    assert mention(caption, "en", "colour") is None


def test_of_all_words_of_wordnet_few_end_in_a_colour_and_these_are_coloured(fetched_folder):
    words = {
        line.split(" ", 1)[0]
        for kind in ("noun", "verb", "adj", "adv")
        for line in (fetched_folder / f"index.{kind}").read_text("latin-1").splitlines()
    }
    single = [word for word in words if word.isalpha()]
    assert len(single) > 70_000
    ends = [word.removeprefix("*") for word in listed_whole("en", "colour") if word[0] == "*"]
    assert len(ends) > 15
    found = {word for word in single if word.endswith(tuple(ends)) and word not in ends}
    begun = tuple(w.rstrip("*") for w in listed_whole("en", "colour") if w[-1] == "*")
    assert {word for word in found if not word.startswith(begun)} == {
        "antiblack", "bobwhite", "bootblack", "embrown", "empurple", "encrimson", "evergreen",
        "lampblack", "lintwhite", "mangold", "marigold", "nutbrown", "particolored",
        "particoloured", "quicksilver", "shoeblack", "tendergreen", "ultraviolet", "uncolored",
        "uncoloured", "varicolored", "varicoloured", "wintergreen",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "lang"),
    [
        ("left arrow", "right arrow", "en"),
        ("The cat sits to the LEFT of a Dog.", "The cat sits to the RIGHT of a Dog.", "en"),
        ("Right-facing fist: bright", "Left-facing fist: bright", "en"),
        ("her right hand, raised", "her left hand, raised", "en"),
        ("on the left-hand side", "on the right-hand side", "en"),
        ("linke Hand", "rechte Hand", "de"),
        ("Pfeil an der linken oberen Ecke", "Pfeil an der rechten oberen Ecke", "de"),
        ("левая рука", "правая рука", "ru"),
        ("mano izquierda", "mano derecha", "es"),
        ("right arrow curving left", "left arrow curving right", "en"),
        ("Pfeil nach rechts", "Pfeil nach links", "de"),
        ("nach links weisende Hand", "nach rechts weisende Hand", "de"),
        ("mano hacia la derecha", "mano hacia la izquierda", "es"),
        ("poing à gauche", "poing à droite", "fr"),
        ("указывающий налево палец", "указывающий направо палец", "ru"),
        ("右向きのこぶし", "左向きのこぶし", "ja"),
    ],
)
def test_left_and_right_are_swapped_with_their_case(before, after, lang):
    assert swap_sides(before, lang) == after


@pytest.mark.parametrize(
    ("caption", "lang"),
    [
        ("he left the room", "en"),
        ("left luggage", "en"),
        ("a right angle", "en"),
        ("human rights", "en"),
        ("the lEft hand", "en"),
        ("rechter Winkel", "de"),
        ("derechos humanos", "es"),
        ("une ligne droite", "fr"),
        ("право голоса", "ru"),
        ("左右", "ja"),
        ("right side up", "en"),
        ("right hand man", "en"),
        ("a right-wing protest", "en"),
        ("on the right side of history", "en"),
        ("voters moving to the right", "en"),
        ("Rechte von Kindern", "de"),
        ("rechte Gewalt", "de"),
        ("der rechte Moment", "de"),
        ("Partei der Linken", "de"),
        ("Demo gegen rechts", "de"),
        ("manifestación de la izquierda", "es"),
        ("la mano derecha del rey", "es"),
        ("le parti de la gauche", "fr"),
        ("un vote à droite", "fr"),
        ("правая партия", "ru"),
        ("левый берег Днепра", "ru"),
        ("правое дело", "ru"),
        ("右大臣", "ja"),
        ("右の政党", "ja"),
    ],
)
def test_a_side_in_doubt_is_not_swapped(caption, lang):
    assert swap_sides(caption, lang) is None


@given(st.data(), st.sampled_from(sorted(LEFT_AND_RIGHT)))
def test_swapping_twice_gives_the_caption_back(data, lang):
    phrases = [p.replace("{}", "right") for p in LEFT_AND_RIGHT[lang]]
    filler = st.text(max_size=12)
    parts = data.draw(st.lists(st.one_of(filler, st.sampled_from(phrases)), max_size=6))
    caption = data.draw(st.sampled_from([" ", ", ", "-", ""])).join(parts)
    once = swap_sides(caption, lang)
    if once is not None:
        assert swap_sides(once, lang) == caption


@pytest.mark.parametrize("lang", sorted(LEFT_AND_RIGHT))
def test_every_language_swaps_what_it_has_words_for(lang):
    phrases = [p.replace("{}", "right") for p in LEFT_AND_RIGHT[lang]]
    assert [p for p in phrases if swap_sides(p, lang) in (None, p)] == []


@pytest.mark.parametrize("caption", ["sign says “Stop”", 'a "no" label', "ATM", "plan B", "«да»"])
def test_what_is_quoted_or_in_capitals_is_writing(caption):
    assert mention(caption, "en", "writing")


@pytest.mark.parametrize(
    ("caption", "lang"),
    [
        ("red,", "en"),
        ("svg_red_icon", "en"),
        ("a photo in b and w", "en"),
        ("cat (B&W)", "en"),
        ("a b/w drawing", "en"),
        ("ROTE Rose", "de"),
        ("café ROJO", "es"),
        ("coeur rouge.", "fr"),
        ("чёрная кошка", "ru"),
        ("черная кошка", "ru"),
        ("赤いハート", "ja"),
    ],
)
def test_colours_are_found_beside_signs_and_whatever_their_accents(caption, lang):
    assert mention(caption, lang, "colour")


def test_a_language_with_a_region_is_the_language():
    assert caption_words.covered("en-GB")
    assert mention("the colour red", "en_GB", "colour")


def test_a_language_without_words_is_refused_with_those_there_are():
    assert not caption_words.covered("sw")
    with pytest.raises(DataError, match=re.escape("de, en, es, fr, ja, ru")):
        mention("nyekundu", "sw", "colour")


def test_an_unknown_kind_of_words_is_refused():
    with pytest.raises(DataError, match="known: side"):
        mention("red", "en", "smell")


@pytest.mark.parametrize(
    ("caption", "found"),
    [
        ("a forest in 4K", "4K"),
        ("обои 4к", "4к"),
        ("a wallpaper of 1920x1080 pixels", "1920x1080"),
        ("a lake, 3840 × 2160", "3840 × 2160"),
        ("a still in 1080p", "1080p"),
        ("a scan at 300 dpi", "300 dpi"),
        ("Дорога 5 к морю", None),
        ("a 10k run", None),
        ("a house for $400k", None),
        ("the part 0805x123", None),
    ],
)
def test_a_resolution_is_told_from_other_numbers(caption, found):
    lang = "ru" if any("а" <= letter <= "я" for letter in caption.lower()) else "en"
    assert caption_words.mention(caption, lang, "clarity") == found
