"""The verifier on true pairs and on planted lies."""

import io
import json
import shutil

import pyarrow as pa
import pytest
from PIL import Image, ImageDraw

from align import verify
from curate.dataset import parents, record, sets, tables, truth
from curate.dataset.errors import DataError

CHECKS = ("stated", "said", "graph", "inside", "visible", "placed", "counted", "sides")
CHECKS += ("translated",)


def picture(*shapes):
    """Encoded picture of (colour, box) ellipses on white, boxes 0-1."""
    image = Image.new("RGB", (100, 80), "white")
    pen = ImageDraw.Draw(image)
    for colour, (x1, y1, x2, y2) in shapes:
        pen.ellipse((x1 * 100, y1 * 80, x2 * 100, y2 * 80), fill=colour)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


LEFT, RIGHT, MIDDLE = (0.1, 0.4, 0.4, 0.6), (0.6, 0.3, 0.9, 0.7), (0.3, 0.3, 0.7, 0.7)
LEFT_DOG = picture(("brown", LEFT))
ANOTHER = picture(("red", MIDDLE)), "dog"
RIGHT_DOG = picture(("brown", (0.6, 0.4, 0.9, 0.6)))


def judged(project, wordnet):
    """Figures of the method `some`, and every row."""
    params = verify.VerifyParams(wordnet=wordnet)
    out = project / "verified.parquet"
    figures = verify.main(project / "pool", project / "made", out, params)
    return figures["methods"]["some"], tables.read(out).to_pylist()


@pytest.fixture
def verified(project, write_set, database_folder):
    """Writes a made pair of a parent, with what is known of it; gives what the verifier finds."""

    def write(
        caption, data=LEFT_DOG, *, facts=(), objects=(), mentions=(), lang="en", before=ANOTHER
    ):
        (of_pool,) = write_set(project / "pool", [(before[0], lang, before[1])]).to_pylist()
        (made,) = write_set(project / "made" / "some", [(data, lang, caption, "some")]).to_pylist()
        made |= {"parent": of_pool["uid"], "recipe": json.dumps({})}
        folder = project / "made" / "some"
        uid, image = made["uid"], made["image"]
        tables.write(pa.Table.from_pylist([made], record.PAIRS), folder / sets.PAIRS_FILE, "uid")
        named = {"uid": [uid], "parent": [of_pool["uid"]], "position": [0]}
        tables.write(pa.table(named, record.PARENTS), folder / parents.FILE, parents.KEY)
        known = {
            "facts": (
                truth.FACTS,
                [
                    {
                        "uid": uid,
                        "fact": i,
                        **dict(zip(truth.FACTS.schema.names[2:], f, strict=True)),
                    }
                    for i, f in enumerate((*fact, None, None)[:4] for fact in facts)
                ],
            ),
            "objects": (
                truth.OBJECTS,
                [
                    {
                        **{"image": image, "object": i, "name": name, "parent": of_pool["uid"]},
                        **dict(zip(("x1", "y1", "x2", "y2"), box, strict=True)),
                        "visible": seen,
                    }
                    for i, (name, box, seen) in enumerate(objects)
                ],
            ),
            "mentions": (
                truth.MENTIONS,
                [{"uid": uid, "start": 0, "end": 1, "object": number} for number in mentions],
            ),
        }
        for name, ((schema, key), rows) in known.items():
            if rows:
                tables.write(pa.Table.from_pylist(rows, schema), folder / f"{name}.parquet", key)
        figures, (row,) = judged(project, database_folder)
        assert figures["pairs"] == 1
        assert row["uid"] == uid
        assert row["unchanged"] == figures["unchanged"] == (caption == before[1])
        found = {name: row[name] for name in CHECKS if row[name] is not None}
        assert figures["unjudged"] == (not found and caption != before[1])
        return found

    return write


RED_DOG = [("object", "dog"), ("attribute", "dog", "red")]
TWO = [("object", "dog"), ("object", "cat"), ("relation", "dog", "left of", "cat")]
KNOWN = [("dog", LEFT, 1.0), ("cat", RIGHT, 0.8)]


def test_a_true_pair_passes_every_check(verified):
    found = verified("a dog to the left of a cat", facts=TWO, objects=KNOWN, mentions=[0, 1])
    assert found.pop("visible") == pytest.approx(0.8)
    assert found == dict.fromkeys(("stated", "said", "graph", "inside", "placed"), 1.0)


@pytest.mark.parametrize(
    ("caption", "facts", "shares"),
    [
        ("a blue dog", RED_DOG, (0.5, 0.5)),  # a changed colour word
        ("a dog", RED_DOG, (0.5, 1.0)),
        ("a big red dog", RED_DOG, (1.0, 2 / 3)),
        ("three dogs", [("object", "dog"), ("count", "dog", "2")], (0.5, 0.5)),
        ("a dog to the right of a cat", TWO, (2 / 3, 2 / 3)),  # facts that were not swapped
        ("a cat to the left of a dog", TWO, (2 / 3, 2 / 3)),
    ],
)
def test_a_caption_that_says_other_than_is_stated_is_caught(verified, caption, facts, shares):
    found = verified(caption, facts=facts)
    assert (found["stated"], found["said"]) == pytest.approx(shares)
    assert found["graph"] == min(found["stated"], found["said"]) < 1


def test_of_a_pair_in_two_sets_that_of_the_first_is_judged(verified, project, database_folder):
    verified("a red dog", facts=RED_DOG)
    first, second = (project / "made" / name for name in ("some", "then"))
    shutil.copytree(first, second)
    table = tables.read(second / "facts.parquet")
    other = [{**row, "subject": "cat"} for row in table.to_pylist()]
    schema, key = truth.FACTS
    tables.write(pa.Table.from_pylist(other, schema), second / "facts.parquet", key)
    _, (row,) = judged(project, database_folder)
    assert (row["stated"], row["said"]) == (1.0, 1.0)


def test_a_relation_or_a_count_that_the_objects_do_not_bear_out_is_caught(verified):
    turned = [("dog", RIGHT, 1.0), ("cat", LEFT, 1.0)]
    found = verified("a dog to the left of a cat", facts=TWO, objects=turned)
    assert found["graph"] == 1.0
    assert found["placed"] == 0.0
    dogs = [("object", "dog"), ("count", "dog", "2")]
    assert verified("two dogs", facts=dogs, objects=KNOWN)["counted"] == 0.0
    both = [("dog", LEFT, 1.0), ("dog", RIGHT, 1.0)]
    assert verified("two dogs", facts=dogs, objects=both)["counted"] == 1.0


@pytest.mark.parametrize(
    ("box", "share"), [((0.8, 0.2, 1.2, 0.6), 0.5), ((1.1, 0.0, 1.4, 1.0), 0.0)]
)
def test_a_mentioned_object_outside_of_the_picture_is_caught(verified, box, share):
    outside = [("dog", LEFT, 1.0), ("cat", box, 1.0)]
    assert verified("a dog", objects=outside, mentions=[1])["inside"] == pytest.approx(share)
    assert verified("a dog", objects=outside, mentions=[0])["inside"] == 1.0


def test_a_mentioned_object_that_is_covered_or_that_there_is_none_of_is_caught(verified):
    assert verified("a dog", objects=[("dog", LEFT, 0.1)], mentions=[0])["visible"] < 0.11
    assert verified("a dog", objects=[("dog", LEFT, 1.0)], mentions=[0, 7])["inside"] == 0.0


@pytest.mark.parametrize(
    ("caption", "data", "right"),
    [
        ("dog on the left", LEFT_DOG, True),
        ("dog on the right", RIGHT_DOG, True),
        ("dog on the left", RIGHT_DOG, False),  # flipped, and its caption was not
        ("dog on the right", LEFT_DOG, False),
        ("dog", RIGHT_DOG, False),
    ],
)
def test_a_flipped_picture_whose_caption_kept_its_side_is_caught(verified, caption, data, right):
    before = picture(("brown", (0.1, 0.4, 0.4, 0.62)))
    assert verified(caption, data, before=(before, "dog on the left")) == {"sides": right}


SIDES = {  # language -> a dog on the left, and on the right
    "en": ("dog on the left", "dog on the right"),
    "de": ("Hund links", "Hund rechts"),
    "es": ("perro a la izquierda", "perro a la derecha"),
    "fr": ("chien à gauche", "chien à droite"),
    "ru": ("собака слева", "собака справа"),
    "ja": ("左の犬", "右の犬"),
}


@pytest.mark.parametrize("lang", SIDES)
def test_a_side_is_judged_in_every_language_with_words_for_it(verified, lang):
    left, right = SIDES[lang]
    before = picture(("brown", (0.1, 0.4, 0.4, 0.62))), left
    for data, true, false in ((LEFT_DOG, left, right), (RIGHT_DOG, right, left)):
        assert verified(true, data, before=before, lang=lang) == {"sides": True}
        assert verified(false, data, before=before, lang=lang) == {"sides": False}
    assert verified(f"{right} 2", RIGHT_DOG, before=before, lang=lang) == {"sides": False}


def test_of_a_symmetric_picture_only_what_is_wrong_either_way_is_told(verified):
    before = picture(("red", (0.3, 0.3, 0.7, 0.72))), "left shoe, right hand"
    symmetric = picture(("red", MIDDLE))
    for caption in ("left shoe, right hand", "right shoe, left hand"):
        assert verified(caption, symmetric, before=before) == {}
    assert verified("right shoe, right hand", symmetric, before=before) == {"sides": False}


def test_of_an_unchanged_caption_the_graph_judges_only_what_is_wrong(
    verified, project, database_folder
):
    def graph():
        return judged(project, database_folder)[0]["graph"]

    before = ANOTHER[0], "a red dog"
    assert verified("a red dog", facts=RED_DOG, before=before)["graph"] == 1
    assert graph() == {"judged": 0, "whole": None}
    assert verified("a red dog", facts=RED_DOG[:1], before=before)["graph"] < 1
    assert graph() == {"judged": 1, "whole": 0.0}
    assert verified("the red dog", facts=RED_DOG, before=before)["graph"] == 1
    assert graph() == {"judged": 1, "whole": 1.0}


def test_what_is_not_english_or_of_which_nothing_is_known_is_not_judged(verified):
    assert verified("ein Hund", facts=RED_DOG, lang="de") == {}
    assert verified("a dog") == {}


def test_without_wordnet_the_stage_says_what_is_missing(project):
    params = verify.VerifyParams(wordnet=project / "none")
    with pytest.raises(DataError, match=r"(?i)wordnet"):
        verify.main(project / "pool", project / "made", project / "out.parquet", params)
