import pytest
from hypothesis import given
from hypothesis import strategies as st

from augment.caption_rules import RULES, check_arguments, judge, objection
from augment.caption_words import KINDS, mention, swap_sides
from curate.dataset.errors import ParamsError

FORBIDDEN = {
    "HorizontalFlip": [
        ("the letter B", "en", "writing"),
        ("Buchstabe", "de", "writing"),
        ("sign says “Open”", "en", "writing"),
        ("a clock", "en", "writing"),
        ("часы", "ru", "writing"),
        ("two dogs", "en", "number"),
        ("keycap: 3", "en", "writing"),
        ("flag: France", "en", "emblem"),
        ("drapeau", "fr", "emblem"),
        ("旗", "ja", "emblem"),
        ("waxing moon", "en", "turning"),
        ("fast forward", "en", "turning"),
        ("he left the room", "en", "side"),
        ("an arrow", "en", "pointing"),
        ("flecha", "es", "pointing"),
        ("after the filter", "en", "process"),
    ],
    "Rotate": [("lamp above a table", "en", "tilt"), ("sous la table", "fr", "tilt")],
    "SafeRotate": [
        ("a cat under a chair", "en", "tilt"),
        ("on top of a hill", "en", "tilt"),
        ("unter dem Tisch", "de", "tilt"),
        ("над столом", "ru", "tilt"),
        ("机の下", "ja", "tilt"),
    ],
    "Perspective": [("vertical stripes", "en", "tilt"), ("debajo de la mesa", "es", "tilt")],
    "RandomCropFromBorders": [
        ("three apples", "en", "number"),
        ("zwei Hunde", "de", "number"),
        ("a dog and a cat", "en", "several"),
        ("perro y gato", "es", "several"),
        ("a house on the left", "en", "side"),
        ("a red border", "en", "extent"),
    ],
    "RandomBrightnessContrast": [
        ("bridge at night", "en", "light"),
        ("a dark room", "en", "light"),
        ("sunny beach", "en", "light"),
        ("Nacht", "de", "light"),
        ("夜の橋", "ja", "light"),
        ("a white cat", "en", "colour"),
    ],
    "RandomGamma": [("luminoso", "es", "light"), ("темная комната", "ru", "light")],
    "HueSaturationValue": [
        ("a red square", "en", "colour"),
        ("blond hair", "en", "colour"),
        ("a dim lamp", "en", "light"),
        ("rotes Quadrat", "de", "colour"),
        ("corazón amarillo", "es", "colour"),
        ("coeur vert", "fr", "colour"),
        ("синий круг", "ru", "colour"),
        ("青い円", "ja", "colour"),
        ("drapeau", "fr", "emblem"),
    ],
    "ToGray": [("a red apple", "en", "colour"), ("traffic light", "en", "emblem")],
    "GaussianBlur": [("in sharp focus", "en", "clarity"), ("unscharf", "de", "clarity")],
    "Downscale": [("pixelated", "en", "clarity"), ("flou", "fr", "clarity")],
    "GaussNoise": [("grainy film", "en", "clarity"), ("ruido", "es", "clarity")],
    "ImageCompression": [("JPEG quality", "en", "clarity"), ("after the filter", "en", "process")],
}
ALLOWED = {
    "HorizontalFlip": [
        ("a bright bird", "en"),
        ("красная роза", "ru"),
        ("a cat under a tree", "en"),
    ],
    "Rotate": [("a red square", "en"), ("ein roter Apfel", "de")],
    "SafeRotate": [("two dogs", "en"), ("猫", "ja")],
    "Perspective": [("a black cat", "en")],
    "RandomCropFromBorders": [("a red apple", "en"), ("gato", "es")],
    "RandomBrightnessContrast": [("a cat", "en"), ("собака", "ru")],
    "RandomGamma": [("un chien", "fr")],
    "HueSaturationValue": [("a left-handed guitar", "en"), ("двое", "ru")],
    "ToGray": [("a dog", "en"), ("a colander", "en")],
    "GaussianBlur": [("a red bird", "en")],
    "Downscale": [("left arrow", "en")],
    "GaussNoise": [("the letter B", "en")],
    "ImageCompression": [("at night", "en")],
    "LongestMaxSize": [("nyekundu", "sw"), ("a red square", "en")],
}
captions = st.lists(
    st.one_of(
        st.sampled_from(["a red", "left", "to the right", "two", "arrow", "night", "B", "cat"]),
        st.text(max_size=8),
    ),
    max_size=5,
).map(" ".join)


@pytest.mark.parametrize(
    ("name", "caption", "lang", "reason"),
    [(name, *case) for name, cases in FORBIDDEN.items() for case in cases],
)
def test_a_transform_is_forbidden_under_captions_that_it_would_make_false(
    name, caption, lang, reason
):
    assert judge([name], caption, lang) == ("forbidden", caption, reason)


@pytest.mark.parametrize(
    ("name", "caption", "lang"),
    [(name, *case) for name, cases in ALLOWED.items() for case in cases],
)
def test_a_transform_leaves_captions_that_say_nothing_of_what_it_changes(name, caption, lang):
    assert judge([name], caption, lang) == ("unaffected", caption, "")


def test_every_rule_is_shown_with_captions_it_touches_and_captions_it_leaves():
    assert set(ALLOWED) == set(RULES)
    assert set(FORBIDDEN) == {name for name, rule in RULES.items() if rule.forbidden_by}
    kinds = {k for r in RULES.values() for k in (*r.forbidden_by, *r.forbidden_unless_edited)}
    assert kinds == set(KINDS)


def test_a_flip_edits_the_side_and_the_arrow_that_names_it():
    assert judge(["HorizontalFlip"], "left arrow", "en") == ("edited", "right arrow", "")
    assert judge(["HorizontalFlip"], "flèche gauche", "fr") == ("edited", "flèche droite", "")


def test_two_flips_leave_the_caption_as_it_was():
    assert judge(["HorizontalFlip"] * 2, "left arrow", "en") == ("unaffected", "left arrow", "")


@pytest.mark.parametrize("name", ["VerticalFlip", "ColorJitter", "ChannelShuffle", "Morphological"])
def test_a_transform_without_a_rule_is_refused_with_those_that_have_one(name):
    with pytest.raises(ParamsError, match=f"{name} has no caption rule.*GaussNoise"):
        judge([name], "a cat", "en")


@given(captions)
def test_no_transform_that_shifts_colours_is_allowed_under_a_colour_word(caption):
    if mention(caption, "en", "colour"):
        for name in ("HueSaturationValue", "ToGray", "RandomBrightnessContrast", "RandomGamma"):
            assert judge([name], caption, "en").effect == "forbidden"


@given(captions, st.lists(st.sampled_from(sorted(RULES)), max_size=4))
def test_only_flips_edit_captions_and_only_their_sides(caption, names):
    verdict = judge(names, caption, "en")
    if verdict.effect == "edited":
        assert verdict.caption == swap_sides(caption, "en") != caption
        assert names.count("HorizontalFlip") % 2 == 1
    else:
        assert verdict.caption == caption


def test_one_caption_of_a_picture_forbids_for_all():
    french = ("un coeur rouge", "fr")
    assert objection("ToGray", [("a heart", "en"), french]) == "colour"
    assert objection("ToGray", [("a heart", "en")]) is None


def test_a_language_without_words_forbids_alone_and_has_no_say_beside_others():
    swahili = ("moyo", "sw")
    assert objection("ToGray", [swahili]) == "language"
    assert objection("ToGray", [("a heart", "en"), swahili]) is None
    assert judge(["ToGray"], *swahili).reason == "language"


def test_what_is_known_of_a_picture_counts_as_if_a_caption_said_it():
    assert objection("HorizontalFlip", [("Uganda", "en")], ["emblem"]) == "emblem"
    assert objection("GaussNoise", [("Uganda", "en")], ["emblem"]) is None


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("Rotate", {"limit": [-90, 90]}, "limit is .*-12 to 12"),
        ("Rotate", {"limit": [5, -5]}, "limit is"),
        ("Rotate", {"limit": "wide"}, "limit is"),
        ("Rotate", {}, "Rotate needs limit"),
        ("Rotate", {"limit": [-5, 5], "fill": 0}, "takes no other"),
        ("HueSaturationValue", {"hue_shift_limit": [-8, 8]}, "needs hue_shift_limit, sat"),
    ],
)
def test_arguments_beyond_what_a_rule_was_found_to_hold_for_are_refused(name, arguments, message):
    with pytest.raises(ParamsError, match=message):
        check_arguments(name, arguments, "make.photometric.transforms.x")
