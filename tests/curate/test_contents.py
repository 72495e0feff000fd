import pyarrow as pa
import pytest

from curate import contents
from curate.dataset import record

ROW = {
    **dict.fromkeys(record.MANIFEST.names),
    **{"uid": "u", "set": "s", "image": "i", "caption": "a", "lang": "en", "source": "web"},
    **{"width": 1, "height": 1, "shard": "t", "offset": 0, "size": 1, "split": "train"},
}


def count(*rows):
    table = pa.Table.from_pylist([{**ROW, **row} for row in rows], record.MANIFEST)
    return contents.count([table.slice(0, 1), table.slice(1)])


def test_pairs_captions_and_what_was_made_are_counted_over_all_pieces():
    found = count({}, {"caption": "b", "parent": "u"}, {"image": "j"})
    assert (found.pairs, found.captions, found.made) == (3, 2, 1)


def test_pairs_are_counted_by_source_and_licence_the_most_first():
    rows = [{"licence": "MIT"}, {"licence": "MIT"}, {"source": "made", "image": "j"}]
    assert count(*rows).origins == [
        {"source": "web", "licence": "MIT", "pairs": 2, "images": 1},
        {"source": "made", "licence": "unknown", "pairs": 1, "images": 1},
    ]


def test_what_pairs_lack_is_told_in_numbers():
    pairs = {"url": "http://a.example/"}, {"url": "http://b.example/", "licence": "MIT"}
    assert contents.missing(count(*pairs)) == [
        "All pairs name where their picture is from (`url`).",
        "2 of 2 pairs do not name a page that showed it (`page`).",
        "1 of 2 pairs do not name a licence (`licence`).",
    ]


@pytest.mark.parametrize(
    ("caption", "kind"),
    [
        ("mail jane.doe+cats@mail.example.org now", "with an e-mail address"),
        ("see https://example.org/cats", "with a web address"),
        ("see WWW.example.org", "with a web address"),
        ("host 192.168.0.1 answered", "with an IP address"),
        ("call +44 (0)20 7946 0958 today", "with a telephone number"),
        ("a cat, 3 years @ home, 12.5 cm, +3 points, 2024-01-01", None),
    ],
)
def test_personal_facts_are_found_in_captions_by_their_form(caption, kind):
    found = {name for name, n in count({"caption": caption}, {}).personal.items() if n}
    assert found == ({kind} if kind else set())


def test_what_was_found_of_people_is_told_with_its_numbers():
    (said,) = contents.personal(count({"caption": "a@b.example"}, {}))
    assert "of 2, 1 with an e-mail address, none with a web address" in said
    assert said.endswith("Faces were not looked for, or none was found.")


def test_pairs_in_whose_pictures_faces_were_blurred_are_told():
    recipe = '{"blurred":{"faces":1,"image":"j","model":"m"},"method":"copied"}'
    found = count({}, {"recipe": recipe}, {"recipe": '{"method":"copied"}'})
    assert found.blurred == 1
    (said,) = contents.personal(found)
    assert said.endswith("Faces were blurred in the pictures of 1 of the pairs.")
