import pytest
from hypothesis import given
from hypothesis import strategies as st

from augment.transforms.caption_rules import judge, objections
from augment.transforms.rules import RULES
from augment.words.caption_words import KINDS, mention, swap_sides

# what a transform changes -> captions that it must and must not touch; (caption, language)
FORBIDS = {
    "colour": [
        ("a red square", "en"),
        ("blond hair", "en"),
        ("traffic light", "en"),
        ("after the filter", "en"),
        ("rotes Quadrat", "de"),
        ("corazón amarillo", "es"),
        ("coeur vert", "fr"),
        ("drapeau", "fr"),
        ("青い円", "ja"),
        ("синий круг", "ru"),
    ],
    "brightness": [
        ("bridge at night", "en"),
        ("a dark room", "en"),
        ("a white cat", "en"),
        ("Nacht", "de"),
        ("luminoso", "es"),
        ("la nuit", "fr"),
        ("夜の橋", "ja"),
        ("темная комната", "ru"),
    ],
    "weather": [
        ("a dry road", "en"),
        ("sunny beach", "en"),
        ("verschneites Dorf", "de"),
        ("calle mojada", "es"),
        ("la neige", "fr"),
        ("雨の街", "ja"),
        ("снежный лес", "ru"),
    ],
    "shape": [
        ("lamp above a table", "en"),
        ("on top of a hill", "en"),
        ("a perfect circle", "en"),
        ("a car seen from the front", "en"),
        ("unter dem Tisch", "de"),
        ("debajo de la mesa", "es"),
        ("sous la table", "fr"),
        ("机の下", "ja"),
        ("над столом", "ru"),
    ],
    "sharpness": [
        ("in sharp focus", "en"),
        ("JPEG quality", "en"),
        ("a sign that says “Stop”", "en"),
        ("ein Schild", "de"),
        ("unscharf", "de"),
        ("ruido", "es"),
        ("flou", "fr"),
        ("ピクセル", "ja"),
        ("размытый фон", "ru"),
    ],
    "size": [
        ("a 4K photo", "en"),
        ("a forest, 1920 x 1080", "en"),
        ("a 12 MP picture of a lake", "en"),
        ("The dialog “Layers”", "en"),
        ("hochauflösendes Foto", "de"),
        ("foto de 24 megapíxeles", "es"),
        ("vidéo en 1080p", "fr"),
        ("фото 4К", "ru"),
        ("高解像度の写真", "ja"),
    ],
    "frame": [
        ("three apples", "en"),
        ("a dog and a cat", "en"),
        ("a house on the left", "en"),
        ("zwei Hunde", "de"),
        ("perro y gato", "es"),
        ("deux chiens", "fr"),
        ("犬と猫", "ja"),
        ("два кота", "ru"),
    ],
    "rim": [
        ("a thick border", "en"),
        ("Nahaufnahme", "de"),
        ("marco de fotos", "es"),
        ("un cadre", "fr"),
        ("背景", "ja"),
        ("рамка", "ru"),
    ],
    "sides": [
        ("the letter B", "en"),
        ("sign says “Open”", "en"),
        ("a clock", "en"),
        ("two dogs", "en"),
        ("flag: France", "en"),
        ("waxing moon", "en"),
        ("he left the room", "en"),
        ("an arrow", "en"),
        ("Buchstabe", "de"),
        ("flecha", "es"),
        ("drapeau", "fr"),
        ("旗", "ja"),
        ("часы", "ru"),
    ],
}
LEAVES = {
    "colour": [
        ("a left-handed guitar", "en"),
        ("colander", "en"),
        ("ein Hund", "de"),
        ("dos perros", "es"),
        ("un chien", "fr"),
        ("猫", "ja"),
        ("двое", "ru"),
    ],
    "brightness": [
        ("a cat", "en"),
        ("two dogs", "en"),
        ("ein Hund", "de"),
        ("un gato", "es"),
        ("un chien", "fr"),
        ("猫", "ja"),
        ("собака", "ru"),
    ],
    "weather": [
        ("a cat above a chair", "en"),
        ("ein Hund", "de"),
        ("un gato", "es"),
        ("un chien", "fr"),
        ("猫", "ja"),
        ("собака", "ru"),
    ],
    "shape": [
        ("a red square", "en"),
        ("a dog at night", "en"),
        ("ein roter Apfel", "de"),
        ("un gato rojo", "es"),
        ("un chien rouge", "fr"),
        ("猫", "ja"),
        ("красная роза", "ru"),
    ],
    "sharpness": [
        ("left arrow", "en"),
        ("a bridge at night", "en"),
        ("ein roter Apfel", "de"),
        ("dos gatos", "es"),
        ("un chien rouge", "fr"),
        ("猫", "ja"),
        ("красная роза", "ru"),
    ],
    "size": [
        ("two red apples to the left", "en"),
        ("ein heller Stern", "de"),
        ("dos gatos", "es"),
        ("un chien rouge", "fr"),
        ("夜", "ja"),
        ("два кота", "ru"),
    ],
    "frame": [
        ("a red apple", "en"),
        ("ein roter Apfel", "de"),
        ("gato", "es"),
        ("un chien", "fr"),
        ("猫", "ja"),
        ("красная роза", "ru"),
    ],
    "rim": [
        ("a red apple", "en"),
        ("zwei Hunde", "de"),
        ("gato", "es"),
        ("un chien", "fr"),
        ("猫", "ja"),
        ("красная роза", "ru"),
    ],
    "sides": [
        ("a bright bird", "en"),
        ("a cat under a tree", "en"),
        ("ein roter Apfel", "de"),
        ("gato", "es"),
        ("un chien", "fr"),
        ("猫", "ja"),
        ("красная роза", "ru"),
    ],
}
# transform -> what it changes, as its documentation and pictures say; held against the rules
CHANGES = {
    "NoOp": [],
    "LongestMaxSize": ["size"],
    "HorizontalFlip": ["sides"],
    "RandomCropFromBorders": ["frame"],
    "CropAndPad": ["frame", "rim"],
    "Affine": ["shape", "frame"],
    "Pad": ["rim"],
    "ISONoise": ["colour", "sharpness"],
    "ChromaticAberration": ["colour", "sharpness"],
    "Posterize": ["colour", "brightness", "sharpness"],
    "CLAHE": ["brightness", "sharpness"],
    "Sharpen": ["brightness", "sharpness"],
    "Emboss": ["brightness", "sharpness"],
    "MultiplicativeNoise": ["brightness", "sharpness"],
    "ToGray": ["colour"],
    **dict.fromkeys(
        (
            *("Rotate", "SafeRotate", "Perspective", "ElasticTransform", "GridDistortion"),
            *("OpticalDistortion", "ThinPlateSpline"),
        ),
        ("shape",),
    ),
    **dict.fromkeys(
        (
            *("ToSepia", "ChannelShuffle", "ChannelDropout", "PlanckianJitter", "ColorJitter"),
            *("HueSaturationValue", "RGBShift", "FancyPCA", "AutoContrast", "Equalize"),
        ),
        ("colour", "brightness"),
    ),
    **dict.fromkeys(
        (
            *("RandomBrightnessContrast", "RandomGamma", "RandomToneCurve", "Illumination"),
            *("PlasmaBrightnessContrast", "PlasmaShadow", "RandomShadow"),
        ),
        ("brightness",),
    ),
    **dict.fromkeys(
        ("RandomFog", "RandomRain", "RandomSnow", "RandomSunFlare", "Spatter"),
        ("weather", "brightness", "sharpness"),
    ),
    **dict.fromkeys(
        (
            *("RandomScale", "Blur", "MedianBlur", "MotionBlur", "GaussianBlur", "AdvancedBlur"),
            *("Defocus", "GlassBlur", "ZoomBlur", "UnsharpMask", "RingingOvershoot", "Superpixels"),
            *("Downscale", "ImageCompression", "GaussNoise", "ShotNoise", "SaltAndPepper"),
            *("PixelDropout", "AdditiveNoise"),
        ),
        ("sharpness",),
    ),
}
LANGUAGES = {"en", "de", "es", "fr", "ja", "ru"}
captions = st.lists(
    st.one_of(
        st.sampled_from(["a red", "left", "to the right", "two", "arrow", "night", "B", "cat"]),
        st.text(max_size=8),
    ),
    max_size=5,
).map(" ".join)


def test_every_rule_is_shown_with_captions_of_every_language_that_there_are_words_for():
    assert set(CHANGES) == set(RULES)
    assert set(FORBIDS) == set(LEAVES) == {what for changes in CHANGES.values() for what in changes}
    for shown in (*FORBIDS.values(), *LEAVES.values()):
        assert {lang for _, lang in shown} == LANGUAGES


@pytest.mark.parametrize("name", sorted(CHANGES))
def test_a_transform_is_forbidden_under_captions_that_it_would_make_false(name):
    for caption, lang in (case for what in CHANGES[name] for case in FORBIDS[what]):
        verdict = judge([name], caption, lang)
        assert verdict[:2] == ("forbidden", caption), caption
        assert verdict.reason in KINDS


@pytest.mark.parametrize("name", sorted(CHANGES))
def test_a_transform_leaves_captions_that_say_nothing_of_what_it_changes(name):
    cases = [set(LEAVES[what]) for what in CHANGES[name]]
    neutral = [("a cat", "en"), ("gato", "es"), ("猫", "ja")]
    for caption, lang in (set.intersection(*cases) if cases else set()) | set(neutral):
        assert judge([name], caption, lang) == ("unaffected", caption, ""), caption


@pytest.mark.parametrize("name", sorted(name for name, changes in CHANGES.items() if not changes))
def test_what_changes_nothing_is_left_alone_under_any_caption_of_any_language(name):
    for caption, lang in (("nyekundu", "sw"), ("a red square to the left", "en")):
        assert judge([name], caption, lang).effect == "unaffected"


def test_every_kind_of_words_forbids_some_transform():
    kinds = {k for r in RULES.values() for k in (*r.forbidden_by, *r.forbidden_unless_edited)}
    assert kinds == set(KINDS) - {"negation"}  # what is not there, is not there in any light


@pytest.mark.parametrize(
    ("caption", "lang", "reason"),
    [
        ("the letter B", "en", "writing"),
        ("keycap: 3", "en", "writing"),
        ("two dogs", "en", "number"),
        ("旗", "ja", "emblem"),
        ("fast forward", "en", "turning"),
        ("he left the room", "en", "side"),
        ("flecha", "es", "pointing"),
        ("after the filter", "en", "process"),
    ],
)
def test_a_flip_says_which_kind_of_words_forbade_it(caption, lang, reason):
    assert judge(["HorizontalFlip"], caption, lang) == ("forbidden", caption, reason)


def test_a_flip_edits_the_side_and_the_arrow_that_names_it():
    assert judge(["HorizontalFlip"], "left arrow", "en") == ("edited", "right arrow", "")
    assert judge(["HorizontalFlip"], "flèche gauche", "fr") == ("edited", "flèche droite", "")


def test_two_flips_leave_the_caption_as_it_was():
    assert judge(["HorizontalFlip"] * 2, "left arrow", "en") == ("unaffected", "left arrow", "")


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
    assert objections(["ToGray"], [("a heart", "en"), french])["ToGray"] == "colour"
    assert objections(["ToGray"], [("a heart", "en")])["ToGray"] is None


def test_a_language_without_words_forbids_alone_and_has_no_say_beside_others():
    swahili = ("moyo", "sw")
    assert objections(["ToGray"], [swahili])["ToGray"] == "language"
    assert objections(["ToGray"], [("a heart", "en"), swahili])["ToGray"] is None
    assert judge(["ToGray"], *swahili).reason == "language"


@pytest.mark.parametrize(
    "caption",
    [
        "Gatto Nero",
        "Cubo Rosso",
        "Lucchetto grigio",
        "rode kat",
        "czerwony kot",
        "синий кот",
        "赤い猫",
    ],
)
def test_a_colour_in_another_language_than_the_tag_forbids_other_colours(caption):
    for name in ("HueSaturationValue", "ToGray", "ColorJitter"):
        assert judge([name], caption, "en").effect == "forbidden"
        assert objections([name], [(caption, "en")])[name] is not None


@pytest.mark.parametrize(
    ("caption", "lang"),
    [
        ("un desenho feito de noite no verão", "en"),
        ("Bottiglia di vino pregiato", "en"),
        ("the house by the river in the evening", "de"),
    ],
)
def test_a_caption_that_is_hardly_in_the_language_of_its_tag_forbids_what_words_could(
    caption, lang
):
    for name in ("HueSaturationValue", "HorizontalFlip", "Rotate", "RandomBrightnessContrast"):
        assert judge([name], caption, lang) == ("forbidden", caption, "language")
    assert judge(["NoOp"], caption, lang).effect == "unaffected"
    assert objections(["Rotate"], [(caption, lang), ("a cat", "en")])["Rotate"] is None


def test_what_is_known_of_a_picture_counts_as_if_a_caption_said_it():
    found = objections(["HorizontalFlip", "GaussNoise"], [("Uganda", "en")], ["emblem"])
    assert found == {"HorizontalFlip": "emblem", "GaussNoise": None}
