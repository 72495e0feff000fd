import pytest

from augment.rewriting.caption_check import description, mentions, paraphrase


@pytest.mark.parametrize(
    ("parent", "text", "reason"),
    [
        ("a red hat", "a hat that is red", None),
        ("a red hat on the left of two dogs", "a red hat to the left of two big dogs", None),
        ("a red hat on the left of two dogs", "two dogs, a red hat on the left", "order changed"),
        ("a red hat and a blue coat", "a blue hat and a red coat", "order changed"),
        ("a red hat", "A red hat.", "copy"),
        ("a red hat", "", "empty"),
        ("a red hat", "?!", "empty"),
        ("a red hat", "a blue hat", "colour changed"),
        ("a red hat", "a nice hat", "colour changed"),
        ("a red and blue hat", "a hat in red", "colour changed"),
        ("two dogs", "three dogs here", "number changed"),
        ("a dog on the left", "a dog on the right side", "side changed"),
        ("a dog", "a dog that sits in a very large garden", "length"),
        ("a small dog in a garden", "dog", "length"),
        ("a small dog", "dog dog dog", "repeats itself"),
        ("a small dog", "маленькая собака", "language"),
        ("a small dog in the garden", "un petit chien dans le jardin", "language"),
    ],
)
def test_a_paraphrase_keeps_what_ties_the_caption_to_its_picture(parent, text, reason):
    found = paraphrase(parent, text, "en", 0.5, 2.0)
    assert (found and found.reason) == reason


def test_a_paraphrase_without_spaces_is_as_long_as_its_letters():
    found = paraphrase(
        "庭の小さな犬", "犬が一匹、とても広い庭の真ん中に静かに座っています", "ja", 0.5, 2.0
    )
    assert found is not None
    assert found.reason == "length"
    assert paraphrase("庭の小さな犬", "庭にいる小さな犬", "ja", 0.5, 2.0) is None


def test_a_language_without_words_is_refused():
    assert paraphrase("mały pies", "piesek", "pl", 0.5, 2).reason == "no words for the language"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a dog sits", None),
        ("a dog in a red hat", None),
        ("A dog.", "copy"),
        ("a dog in a blue hat", "colour claimed"),
        ("three dogs", "number claimed"),
        ("a cat sits", "names nothing of the captions"),
    ],
)
def test_a_captioner_claims_no_more_than_the_captions(text, reason):
    captions = ["a dog", "a dog with a red hat"]
    found = description(captions, text, "en")
    assert (found and found.reason) == reason


def test_every_word_of_a_kind_is_found():
    assert sorted(mentions("red, blue and red", "en", "colour").elements()) == [
        "blue",
        "red",
        "red",
    ]


@pytest.mark.parametrize(
    ("lang", "parent", "text", "reason"),
    [
        ("ru", "красный кот", "синий кот", "colour changed"),
        ("ru", "чёрный кот", "жёлтый кот", "colour changed"),
        ("ru", "чёрный и синий кот", "чёрный и белый кот", "colour changed"),
        ("ru", "чёрный кот", "черный кот", None),
        ("ru", "три кота", "четыре кота", "number changed"),
        ("ru", "левый кот", "правый кот", "side changed"),
        ("ru", "собака слева от кошки", "кошка слева от собаки", "order changed"),
        ("ru", "кот в шляпе", "кот без шляпы", "negation changed"),
        ("es", "perro marrón", "perro púrpura", "colour changed"),
        ("es", "un perro marrón y azul", "un perro marrón y verde", "colour changed"),
        ("es", "gato a la izquierda", "gato a la derecha", "side changed"),
        ("es", "dos gatos", "tres gatos", "number changed"),
        ("es", "un puente de día", "un puente de noche", "light changed"),
        ("es", "gato con sombrero", "gato sin sombrero", "several changed"),
        ("de", "grünes Haus", "türkises Haus", "colour changed"),
        ("de", "fünf Hunde", "zwölf Hunde", "number changed"),
        ("de", "Katze links", "Katze rechts", "side changed"),
        ("de", "Katze ohne Hut", "Katze mit Hut", "several changed"),
        ("de", "der Hund links vom Haus", "das Haus links vom Hund", "order changed"),
        ("de", "ein Haus im Regen", "ein Haus im Schnee", "weather changed"),
        ("fr", "un carré doré", "un carré vert", "colour changed"),
        ("fr", "une fée à gauche", "une fée à droite", "side changed"),
        ("fr", "deux chiens", "trois chiens", "number changed"),
        ("fr", "un chien sans chapeau", "un chien au chapeau", "negation changed"),
        ("fr", "un chien au loin", "un chien au fond", "extent changed"),
        ("ja", "赤い帽子の猫", "青い帽子の猫", "colour changed"),
        ("ja", "三匹の猫", "二匹の猫", "number changed"),
        ("ja", "左の猫", "右の猫", "side changed"),
        ("ja", "犬の左に猫", "猫の左に犬", "order changed"),
        ("ja", "夜の橋", "昼の橋", "light changed"),
        ("ja", "帽子のある猫", "帽子のない猫", "negation changed"),
        ("en", "a bridge at night", "a bridge by day", "light changed"),
        ("en", "a dog left of a cat", "a cat left of a dog", "order changed"),
        ("en", "many dogs", "few dogs", "several changed"),
        ("en", "12 dogs", "21 big dogs", "number changed"),
    ],
)
def test_a_paraphrase_keeps_it_in_every_language_whatever_its_accents(lang, parent, text, reason):
    found = paraphrase(parent, text, lang, 0.3, 3.0)
    assert (found and found.reason) == reason


@pytest.mark.parametrize(
    ("lang", "caption", "text"),
    [
        ("ru", "кот", "красный кот"),
        ("ru", "чёрный кот", "чёрный и жёлтый кот"),
        ("es", "un perro", "un perro marrón"),
        ("de", "ein Hund", "ein grüner Hund"),
        ("fr", "un carré", "un carré doré"),
        ("ja", "猫の帽子", "青い猫の帽子"),
    ],
)
def test_a_captioner_claims_no_colour_in_any_language(lang, caption, text):
    found = description([caption], text, lang)
    assert found is not None
    assert found.reason in {"colour claimed", "several claimed"}
