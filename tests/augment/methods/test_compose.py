import dataclasses
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from augment import make
from augment.composition import composing
from augment.composition.cutouts import cut_out as cut
from augment.composition.scenes import OPPOSITE
from augment.facts import Graph
from augment.methods import compose
from curate.dataset import pixels, record, tables
from curate.dataset.errors import DataError
from curate.dataset.shards import ShardReader
from tests.augment._things import COLOURS, cut_out, differing, pool

RED, GREEN, BLUE = COLOURS.values()
PICTURES = [
    (cut_out(RED), {"en": "A red apple.", "de": "Ein roter Apfel.", "ja": "りんご"}),
    (cut_out(GREEN, (60, 60)), {"en": "lemon", "de": "Zitrone", "fr": "citron"}),
    (cut_out(BLUE, (50, 80), "rectangle"), {"en": "A horse.", "de": "Ein Pferd."}),
    (cut_out(RED, (70, 60), "rectangle"), {"en": "hut", "de": "Hütte"}),
]


@pytest.fixture
def composed(project, write_set):
    rows, context = pool(project, write_set, PICTURES)

    def run(**params):
        return compose.make(rows, context, compose.Params(**{"per_image": 6, **params}))

    run.rows, run.context = rows, context
    return run


def parents_of(rows, uids):
    owner = {row["uid"]: row for row in rows.to_pylist()}
    with ShardReader("pool") as reader:
        return [
            reader.read(owner[uid]["shard"], owner[uid]["offset"], owner[uid]["size"])
            for uid in uids
        ]


def of(batch, table, key, value):
    return [row for row in batch.rows[table] if row[key] == value]


def test_boxes_are_where_the_objects_are_seen(composed):
    batch = composed(depth=0.0)
    assert len(batch.made) == 24
    for made in batch.made:
        caption = made.captions[0]
        data = parents_of(composed.rows, (caption.parent, *caption.others))
        shown = np.asarray(pixels.decode(made.data))
        for found in of(batch, "objects", "image", record.image_name(made.data)):
            left, top, right, bottom = (
                round(found[side] * made.width) for side in ("x1", "y1", "x2", "y2")
            )
            near = shown[max(0, top - 4) : bottom + 4, max(0, left - 4) : right + 4]
            seen = differing(near, caption.recipe["ground"])
            away = (min(left, 4), min(top, 4))
            box = (*away, away[0] + right - left, away[1] + bottom - top)
            assert np.abs(np.subtract(seen, box)).max() <= 2
            assert found["visible"] == 1.0
        drawn = composing.compose(caption.recipe, [cut(one) for one in data])
        everything = np.logical_or.reduce(drawn.masks)
        far = np.abs(shown.astype(int) - np.asarray(caption.recipe["ground"])).max(axis=2) > 60
        assert (far & ~everything).mean() < 0.01  # JPEG and soft outlines


def test_captions_tell_the_relation_that_the_boxes_have(composed):
    batch = composed(counting=0.0, depth=0.0)
    words = {f"to the {side} of": f"{side} of" for side in ("left", "right")}
    words |= {"above": "above", "below": "below"}
    told = set()
    for made in batch.made:
        image = record.image_name(made.data)
        caption = made.captions[0]
        (relation,) = [w for words_, w in words.items() if f" {words_} " in caption.caption]
        boxes = [
            tuple(round(row[side] * made.width) for side in ("x1", "y1", "x2", "y2"))
            for row in of(batch, "objects", "image", image)
        ]
        assert (0, relation, 1) in composing.relations(boxes, made.width)
        known = of(batch, "relations", "image", image)
        assert {"image": image, "source": 0, "relation": relation, "target": 1} in known
        told.add(relation)
    assert told == set(words.values())


def test_what_is_told_of_depth_is_known_and_drawn_and_told_in_english_alone(composed):
    batch = composed(counting=0.0, depth=1.0, per_image=12)
    words = {" behind ": "behind", " in front of ": "in front of", " on ": "on"}
    told = set()
    for made in batch.made:
        image = record.image_name(made.data)
        known = {
            (row["source"], row["relation"], row["target"])
            for row in of(batch, "relations", "image", image)
        }
        first, second = of(batch, "objects", "image", image)
        captions = [c.caption for c in made.captions if c.lang == "en"]
        found = {w for caption in captions for form, w in words.items() if form in caption}
        if not found:  # nothing could be in front of it, or on it
            continue
        told |= found
        assert len(made.captions) == len(captions) == len(found)
        if found == {"on"}:
            assert (0, "on", 1) in known
            assert abs(first["y2"] - second["y1"]) < 0.02
        else:
            assert {(0, "behind", 1), (1, "in front of", 0)} <= known
            assert first["visible"] < 1 == second["visible"]
            assert second["y2"] > first["y2"]
    assert told == set(words.values())


def test_captions_count_what_is_there(composed):
    batch = composed(counting=1.0)
    numbers = {"two": 2, "three": 3, "four": 4, "five": 5}
    seen = set()
    for made in batch.made:
        image = record.image_name(made.data)
        caption = made.captions[0].caption
        objects = [row["name"] for row in of(batch, "objects", "image", image)]
        if caption.split()[0] in numbers:
            number = numbers[caption.split()[0]]
            (name,) = {row for row in objects if objects.count(row) == number}
            assert len(objects) == number + (" and a" in caption)
            assert name in caption
            seen.add(number)
    assert seen == {2, 3, 4, 5}


def test_mentions_are_the_phrases_that_name_the_objects(composed):
    batch = composed()
    for made in batch.made:
        image = record.image_name(made.data)
        names = {row["object"]: row["name"] for row in of(batch, "objects", "image", image)}
        for caption in made.captions:
            uid = record.pair_uid(image, caption.lang, caption.caption)
            found = of(batch, "mentions", "uid", uid)
            assert {row["object"] for row in found} == set(names)
            if caption.lang == "en":
                for row in found:
                    assert names[row["object"]] in caption.caption[row["start"] : row["end"]]


def test_other_languages_say_who_is_where_in_their_own_captions(composed):
    batch = composed(counting=0.0, depth=0.0)
    german = 0
    own = {"apple": "ein roter Apfel", "lemon": "Zitrone", "horse": "ein Pferd", "hut": "Hütte"}
    for made in batch.made:
        image = record.image_name(made.data)
        objects = of(batch, "objects", "image", image)
        for caption in made.captions:
            assert caption.lang in ("en", "de")  # no other is had by two
            if caption.lang == "de":
                german += 1
                axis, first, second = (
                    ("x1", "links", "rechts")
                    if "links" in caption.caption
                    else ("y1", "oben", "unten")
                )
                a, b = sorted(objects, key=lambda row: row[axis])
                assert caption.caption == f"{first}: {own[a['name']]}, {second}: {own[b['name']]}"
    assert german == len(batch.made)


def test_sizes_are_told_only_of_what_is_far_smaller_or_larger(composed):
    batch = composed(counting=0.0, per_image=24)
    told = 0
    for made in batch.made:
        words = made.captions[0].caption.split()
        objects = of(batch, "objects", "image", record.image_name(made.data))
        area = [(o["x2"] - o["x1"]) * (o["y2"] - o["y1"]) for o in objects]
        if "small" in words or "large" in words:
            told += 1
            first_small = words[1] == "small" or ("large" in words and words[1] != "large")
            small, large = area if first_small else area[::-1]
            assert small * 2.8 < large
    assert told > 10


def test_a_picture_is_made_again_byte_for_byte(composed):
    batch = composed()
    for made in batch.made:
        for caption in made.captions:
            data = parents_of(composed.rows, (caption.parent, *caption.others))
            names = [record.image_name(one) for one in data]
            assert names == caption.recipe["images"]
            assert compose.remake(caption.recipe, data, composed.context) == made.data


def test_every_caption_is_told_again_from_the_recipe_and_a_wrong_one_is_not(composed):
    batch = composed(per_image=12, depth=0.4)
    owner = {row["uid"]: row for row in composed.rows.to_pylist()}
    ways = set()
    for made in batch.made:
        for caption in made.captions:
            given = [owner[uid]["caption"] for uid in (caption.parent, *caption.others)]
            recipe = json.loads(json.dumps(caption.recipe))
            assert compose.recaption(recipe, given, caption.lang) == caption.caption
            told = recipe["told"]
            ways.add(told["way"])
            if told["relation"] in OPPOSITE:
                turned = told | {"relation": OPPOSITE[told["relation"]]}
                wrong = compose.recaption(recipe | {"told": turned}, given, caption.lang)
                assert wrong != caption.caption
            elif told["relation"] is None:
                more = recipe["objects"][:1] * 5
                fewer = [o for o in recipe["objects"] if o["parent"] == 1]
                wrong = compose.recaption(recipe | {"objects": more[1:] + fewer}, given, "en")
                assert len(recipe["objects"]) - len(fewer) == 4 or wrong != caption.caption
    assert ways == {"said", "conversely", "placed"}


def test_a_recipe_that_does_not_say_how_it_is_told_is_told_of(composed):
    recipe = composed().made[0].captions[0].recipe
    with pytest.raises(DataError, match="makes the pair anew"):
        compose.recaption({k: v for k, v in recipe.items() if k != "told"}, ["a", "b"], "en")


def test_parents_share_their_licence(project, write_set):
    def licence_of(row):
        return "A" if row["caption"] in ("A red apple.", "lemon", "Zitrone") else "B"

    rows, context = pool(project, write_set, PICTURES, licence_of)
    licence = {row["uid"]: row["licence"] for row in rows.to_pylist()}
    batch = compose.make(rows, context, compose.Params(per_image=6))
    for made in batch.made:
        for caption in made.captions:
            assert len({licence[uid] for uid in (caption.parent, *caption.others)}) == 1


def test_what_has_no_name_or_no_cut_out_is_rejected_with_the_reason(project, write_set, drawn):
    unusable = [(drawn("square", "red"), {"en": "A hut."}), (cut_out(BLUE), {"en": "two apple"})]
    named = [*PICTURES[:2], *unusable]
    rows, context = pool(project, write_set, named)
    batch = compose.make(rows, context, compose.Params())
    assert sorted(reason for _, reason, _ in batch.rejected) == ["no cut-out", "no plain name"]
    assert len(batch.made) == 2


def test_without_labels_the_error_says_what_is_needed(composed):
    context = dataclasses.replace(composed.context, labels=None)
    with pytest.raises(DataError, match="needs the pool's labels"):
        compose.make(composed.rows, context, compose.Params())
    unlabelled = dataclasses.replace(context, labels=Path("none"))
    with pytest.raises(DataError, match="label the pool first"):
        compose.make(composed.rows, unlabelled, compose.Params())


def test_a_parser_reads_the_facts_that_are_told(composed, fetched_folder):
    from align import lexicon, parser

    batch = composed(per_image=8)
    known = lexicon.of_folder(fetched_folder)
    for made in batch.made:
        image = record.image_name(made.data)
        for caption in (c.caption for c in made.captions if c.lang == "en"):
            graph = parser.parse(caption, known)
            own = ("kind", "lemma", "parent", "quantifier")
            nodes = [
                {"node": number} | {key: getattr(node, key) for key in own}
                for number, node in enumerate(graph.nodes)
            ]
            edges = [
                {key: getattr(e, key) for key in ("source", "target", "lemma")} for e in graph.edges
            ]
            told = of(batch, "facts", "uid", record.pair_uid(image, "en", caption))
            stated = {(row["kind"], row["subject"], row["value"], row["target"]) for row in told}
            assert stated == set(map(tuple, Graph(tuple(nodes), tuple(edges)).facts())), caption


def test_tables_have_the_schemas_of_the_truth(composed):
    batch = composed()
    for name, table in compose.TABLES.items():
        rows = pa.Table.from_pylist(batch.rows[name], table.schema)
        assert rows.num_rows > 0
        assert rows.group_by(list(table.key)).aggregate([]).num_rows == rows.num_rows


def test_what_is_made_of_a_picture_is_the_same_beside_any_others(composed):
    params = compose.Params(per_image=3)
    apart = [
        one.data
        for image in sorted(set(composed.rows["image"].to_pylist()))
        for one in compose.make(
            composed.rows.filter(pc.equal(composed.rows["image"], image)), composed.context, params
        ).made
    ]
    assert apart == [one.data for one in composed(per_image=3).made]


def test_the_stage_writes_what_is_known_beside_the_pairs(composed, monkeypatch):
    monkeypatch.setattr(
        make, "map_shards", lambda f, items, *args, **_: [f(i, *args) for i in items]
    )
    pairs = tables.read(Path("pool/pairs.parquet"))
    kept = [
        {"uid": uid, "kept": True, "reason": "r", "margin": 1.0, "failed": [], "margins": []}
        for uid in pairs["uid"].to_pylist()
    ]
    splits = [{"image": i, "split": "train", "group": i} for i in set(pairs["image"].to_pylist())]
    tables.write(pa.Table.from_pylist(kept, record.DECISIONS), Path("kept.parquet"), "uid")
    tables.write(pa.Table.from_pylist(splits, record.SPLITS), Path("split.parquet"), "image")
    figures = make.main(
        name="compose",
        pool=Path("pool"),
        decisions=Path("kept.parquet"),
        split=Path("split.parquet"),
        packages=Path("packages"),
        out=Path("made"),
        params={"share": 1.0, "per_image": 4},
        labels=Path("labels"),
    )
    uids = set(tables.read(Path("made/pairs.parquet"))["uid"].to_pylist())
    assert len(uids) == figures["made"] > 16
    assert set(tables.read(Path("made/mentions.parquet"))["uid"].to_pylist()) == uids
    assert set(tables.read(Path("made/parents.parquet"))["uid"].to_pylist()) == uids
    for name, table in compose.TABLES.items():
        assert tables.read(Path(f"made/{name}.parquet")).schema == table.schema
