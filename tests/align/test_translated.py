"""Captions of other pictures: those that the corpus bears out, and planted lies."""

import json

import pyarrow as pa
import pytest

from align import translated
from curate.dataset import record


@pytest.fixture
def judge(project, write_set, drawn):
    """Judges one caption that was told of the red picture; changes plant a lie."""
    red, navy, gold = (drawn("circle", colour) for colour in ("red", "navy", "gold"))
    rows = [
        *((red, "en", "A circle."), (red, "ja", "円"), (navy, "en-GB", "circle")),
        *((navy, "de", "Kreis"), (navy, "es", "círculo"), (gold, "en", "sun"), (gold, "de", "Rad")),
    ]
    pool = write_set(project / "pool", rows)
    uids = dict(
        zip(pool.column("caption").to_pylist(), pool.column("uid").to_pylist(), strict=True)
    )
    images = dict(zip(uids, pool.column("image").to_pylist(), strict=True))

    def ask(of="Kreis", **changes):
        row = {
            **dict.fromkeys(record.PAIRS.names),
            **{"uid": "made", "caption": "Kreis", "lang": "de", "image": images["A circle."]},
            **{"parent": uids["A circle."], "recipe": json.dumps({"of": uids.get(of, of)})},
            **changes,
        }
        row["parent"] = uids.get(row["parent"], row["parent"])
        row["image"] = images.get(row["image"], row["image"])
        of_pair = {"made": [row["parent"], uids["Kreis"], uids["Rad"]]}
        pairs = pa.Table.from_pylist([row], pa.schema(pool.schema.remove_metadata()))
        return translated.judge(pairs, of_pair, pool).get("made")

    return ask


def test_a_caption_that_the_corpus_has_beside_the_same_english_one_is_borne_out(judge):
    assert judge() is True


@pytest.mark.parametrize(
    "lie",
    [
        {"caption": "Kreise"},  # not to the letter
        {"caption": "círculo"},  # of the same picture, in another language
        {"caption": "círculo", "lang": "es"},  # another than the recipe says
        {"lang": "es"},
        {"caption": "Rad", "of": "Rad"},  # of a picture of which something else is said
        {"caption": "círculo", "lang": "es", "of": "círculo"},  # of no parent
        {"of": "gone"},
        {"parent": "gone"},
        {"parent": "円"},  # the picture's, but it is not said in English
        {"parent": "sun"},  # another picture's
        {"image": "sun"},
    ],
)
def test_whatever_does_not_fit_is_caught(judge, lie):
    assert judge(**lie) is False


def test_a_pair_whose_recipe_names_no_other_is_not_judged(judge):
    assert judge(recipe=json.dumps({"kind": "passive"})) is None
    assert judge(recipe=None) is None
