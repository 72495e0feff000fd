import pytest

from align.negatives import words
from curate.dataset.errors import DataError

CAPTIONS = {
    "en": ("a red ball: dark skin tone", [("colour", "red"), ("tone", "dark")]),
    "de": ("ein roter Ball, nach links", [("colour", "red"), ("side", "left")]),
    "fr": ("femme : peau légèrement mate", [("person", "woman"), ("tone", "medium")]),
    "es": ("mujer: tono de piel oscuro medio", [("person", "woman"), ("tone", "medium-dark")]),
    "ru": ("очень светлый тон кожи", [("tone", "light")]),
    "ja": ("女性: やや薄い肌色", [("person", "woman"), ("tone", "medium-light")]),
}


@pytest.mark.parametrize("lang", CAPTIONS)
def test_members_of_groups_are_found_the_longest_first(lang):
    caption, expected = CAPTIONS[lang]
    assert [(said.group, said.member) for said in words.of(lang).said(caption)] == expected


def test_every_language_names_groups_and_members_as_english_does():
    english = words.of("en").groups
    english = english | {"few": english["count"], "many": [*english["count"], "seven"]}
    for lang in words.languages_known():
        for group, members in words.of(lang).groups.items():
            assert set(members) <= set(english[group]), (lang, group)


def test_words_within_other_words_are_none():
    assert not list(words.of("en").said("bright two-headed redwood boyhood"))


def test_a_form_takes_the_place_of_its_like():
    german = words.of("de")
    (said,) = german.said("mit roten Bällen")
    assert dict(german.others("mit roten Bällen", said))["blue"] == "blauen"


def test_a_person_is_exchanged_only_where_nothing_agrees_with_it():
    german = words.of("de-AT")
    for caption, expected in (("Mann mit Hut", ["Frau"]), ("tanzender Mann", [])):
        (said,) = german.said(caption)
        assert [form for _, form in german.others(caption, said)] == expected


def test_a_language_without_words_has_none():
    assert words.of("nl") is None


def test_a_group_of_one_member_is_refused():
    data = {"scattered": True, "frames": [], "articles": "", "same": {"pairs": ""}}
    with pytest.raises(DataError, match="group colour of words needs two members"):
        words.Words(data | {"groups": {"colour": {"red": "red"}}})
