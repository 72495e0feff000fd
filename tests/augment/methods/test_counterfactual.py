from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from augment.composition.colours import dominant
from augment.composition.difference import difference
from augment.methods import counterfactual
from curate.dataset import pixels, record
from curate.dataset.shards import ShardReader
from curate.dataset.truth import Fact
from tests.augment._things import COLOURS, cut_out, pool

RED, GREEN, BLUE = COLOURS.values()
DARK, LIGHT = (90, 50, 30), (240, 200, 180)
PICTURES = [
    (cut_out(RED), {"en": "A red apple.", "de": "Ein roter Apfel."}),
    (cut_out(GREEN), {"en": "A green apple.", "de": "Ein grüner Apfel."}),
    (cut_out(BLUE, (50, 80), "rectangle"), {"en": "A horse.", "de": "Ein Pferd."}),
    (cut_out(RED, (70, 60), "rectangle"), {"en": "hut", "de": "Hütte"}),
    (cut_out(DARK, (64, 80)), {"en": "judge: dark skin tone"}),
    (cut_out(LIGHT, (64, 80)), {"en": "judge: light skin tone"}),
]
RELATIONS = ("to the left of", "to the right of", "above", "below")


@pytest.fixture(scope="module")
def per_image():
    return 14


@pytest.fixture
def made(project, write_set, per_image):
    """Batch, rows and context of counterfactuals around each picture."""
    rows, context = pool(project, write_set, PICTURES)
    batch = counterfactual.make(rows, context, counterfactual.Params(per_image=per_image))
    return batch, rows, context


def proven(batch):
    """(proof, made picture and caption of it, those of the other) of every proof, each once."""
    owned = {
        record.pair_uid(record.image_name(one.data), caption.lang, caption.caption): (one, caption)
        for one in batch.made
        for caption in one.captions
    }
    for proof in batch.rows["counterfactuals"]:
        yield proof, owned[proof["uid"]], owned[proof["other"]]


def stated(batch, uid):
    return [
        Fact(row["kind"], row["subject"], row["value"], row["target"])
        for row in batch.rows["facts"]
        if row["uid"] == uid
    ]


def test_every_kind_of_fact_is_changed_and_proven_both_ways(made):
    batch, _, _ = made
    kinds = Counter(proof["kind"] for proof in batch.rows["counterfactuals"])
    assert set(kinds) == {"attribute", "count", "object", "relation"}
    both = {(proof["uid"], proof["other"]) for proof in batch.rows["counterfactuals"]}
    assert both == {(other, uid) for uid, other in both}
    assert {change for (_, change) in batch.counts} == set(kinds)


def test_every_caption_is_told_again_and_its_twins_is_not(made):
    batch, rows, _ = made
    owner = {row["uid"]: row for row in rows.to_pylist()}
    colours = tones = 0
    for proof, (_, own), (_, other) in proven(batch):
        given = [owner[uid]["caption"] for uid in (own.parent, *own.others)]
        again = counterfactual.recaption(own.recipe, given, own.lang)
        assert again == own.caption != other.caption
        told = own.recipe["told"]["parts"]
        colours += proof["kind"] == "attribute" and any(part["colour"] for part in told)
        tones += any(part["tone"] for part in told)
    assert colours
    assert tones


def test_the_facts_of_both_captions_differ_in_exactly_the_one_that_is_told(made):
    batch, _, _ = made
    for proof, (_, own), _ in proven(batch):
        if own.lang != "en":
            continue
        found = difference(stated(batch, proof["other"]), stated(batch, proof["uid"]))
        assert found is not None
        told = (proof["kind"], proof["was"], proof["becomes"])
        assert (found.kind, found.was.words(), found.becomes.words()) == told


def test_both_pictures_share_every_pixel_that_the_fact_does_not_touch(made):
    batch, _, _ = made
    for _, (own, caption), (other, twin) in proven(batch):
        assert caption.recipe["ground"] == twin.recipe["ground"]
        shown, before = (np.asarray(pixels.decode(one.data)).astype(int) for one in (own, other))
        changed = np.zeros(shown.shape[:2], bool)
        for (left, top, width, height), _ in boxes(caption.recipe) ^ boxes(twin.recipe):
            rows = slice(top // 8 * 8, -(-(top + height) // 8) * 8)  # JPEG's blocks
            columns = slice(left // 8 * 8, -(-(left + width) // 8) * 8)
            changed[rows, columns] = True
        if caption.recipe["images"] != twin.recipe["images"]:  # another picture in the same box
            left, top, width, height = caption.recipe["objects"][-1]["box"]
            changed[top // 8 * 8 : top + height + 8, left // 8 * 8 : left + width + 8] = True
        assert (shown == before)[~changed].all()
        assert (shown != before).any()


def boxes(recipe):
    return {(tuple(item["box"]), item.get("colour")) for item in recipe["objects"]}


def test_captions_share_every_word_but_the_facts(made):
    batch, _, _ = made
    for proof, (_, own), (_, other) in proven(batch):
        assert own.caption != other.caption
        assert own.lang == other.lang
        if own.lang == "en" and proof["kind"] == "relation":
            (relation,) = [r for r in RELATIONS if f" {r} " in own.caption]
            (before,) = [r for r in RELATIONS if f" {r} " in other.caption]
            assert own.caption.split(f" {relation} ") == other.caption.split(f" {before} ")


def test_what_is_counted_is_there_and_one_more_in_the_other(made):
    batch, _, _ = made
    numbers = {"two": 2, "three": 3, "four": 4, "five": 5}
    for proof, (own, caption), (other, twin) in proven(batch):
        if proof["kind"] == "count":
            pictured = [len(picture.recipe["objects"]) for picture in (caption, twin)]
            said = [numbers[c.caption.split()[0]] for c in (caption, twin)]
            beside = " and a" in caption.caption
            assert [number - beside for number in pictured] == said
            assert abs(said[0] - said[1]) == 1
            assert own.data != other.data


def test_colours_and_tones_are_told_of_pictures_that_have_them(made):
    batch, _, _ = made
    colours = {"red": RED, "green": GREEN, "dark": DARK, "light": LIGHT}
    seen = set()
    for proof, (own, caption), _ in proven(batch):
        word = proof["becomes"].split()[0]
        if proof["kind"] != "attribute" or word not in colours or caption.lang != "en":
            continue
        left, top, width, height = caption.recipe["objects"][-1]["box"]
        if any("colour" in item for item in caption.recipe["objects"]):
            continue
        middle = np.asarray(pixels.decode(own.data))[top + height // 2, left + width // 2]
        assert np.abs(middle.astype(int) - colours[word]).max() < 12
        assert f"{word} " in caption.caption
        seen.add(word)
    assert seen == set(colours)


def test_a_painted_object_has_the_colour_that_is_told_and_no_caption_of_another(made):
    batch, _, _ = made
    painted = set()
    for proof, (own, caption), (_, twin) in proven(batch):
        colour = next(
            (item["colour"] for item in caption.recipe["objects"] if "colour" in item), ""
        )
        if not colour:
            continue
        left, top, width, height = caption.recipe["objects"][-1]["box"]
        shown = pixels.decode(own.data).crop((left, top, left + width, top + height))
        assert dominant(shown.convert("RGBA").crop(middle(shown.size))) == colour
        assert proof["becomes"].split()[0] == colour
        assert f" {colour} " in f" {caption.caption} "
        assert {caption.lang, twin.lang} == {"en"}
        painted.add(colour)
    assert len(painted) > 1


def middle(size):
    return tuple(round(side * share) for share in (0.3, 0.7) for side in size)


def test_two_tones_alone_are_told_in_every_language_that_the_pool_tells_them_in(project, write_set):
    told = [
        (cut_out(DARK, (64, 80)), {"en": "judge: dark skin tone", "de": "Richter: dunkel"}),
        (cut_out(LIGHT, (64, 80)), {"en": "judge: light skin tone", "de": "Richter: hell"}),
    ]
    rows, context = pool(project, write_set, told)
    batch = counterfactual.make(rows, context, counterfactual.Params(per_image=8))
    proofs = list(proven(batch))
    toned = [p for p in proofs if p[0]["kind"] == "attribute"]
    assert {caption.caption for _, (_, caption), _ in toned} == {
        "a judge with dark skin tone",
        "a judge with light skin tone",
        "Richter: dunkel",
        "Richter: hell",
    }
    for proof, (_, caption), (_, other) in toned:
        assert caption.lang == other.lang
        word = "dunkel" if "dunkel" in caption.caption or "dark" in caption.caption else "hell"
        assert proof["becomes"] == {"dunkel": "dark", "hell": "light"}[word] + " skin tone"


def test_a_language_that_leaves_out_the_fact_proves_nothing(project, write_set):
    german = ("Ein Apfel.", "Ein grüner Apfel.", "Ein Pferd.")
    told = [(data, {"en": said["en"], "de": other}) for (data, said), other in
            zip(PICTURES[:3], german, strict=True)]  # fmt: skip
    rows, context = pool(project, write_set, told)
    (horse,) = {row["image"] for row in rows.to_pylist() if row["caption"] == "A horse."}
    around = rows.filter(pc.equal(rows.column("image"), horse))  # beside either apple
    batch = counterfactual.make(around, context, counterfactual.Params(per_image=24))
    of = {(proof["kind"], own.lang) for proof, (_, own), _ in proven(batch)}
    assert {("attribute", "en"), ("relation", "de")} <= of
    assert ("attribute", "de") not in of


def test_a_first_parent_that_is_not_among_the_given_rows_is_handed_over_with_the_pairs(
    project, write_set
):
    rows, context = pool(project, write_set, PICTURES[4:])
    given = rows.slice(0, 1)  # one of the two tones
    batch = counterfactual.make(given, context, counterfactual.Params(per_image=8))
    owned = {row["uid"] for row in [*given.to_pylist(), *batch.beside]}
    firsts = {caption.parent for made in batch.made for caption in made.captions}
    assert firsts == set(rows.column("uid").to_pylist())
    assert firsts <= owned


def test_a_size_is_told_in_english_alone_for_other_captions_do_not_tell_it(made):
    batch, _, _ = made
    sized = 0
    for proof, (_, caption), _ in proven(batch):
        if {"small", "large"} & set(proof["was"].split()):
            sized += 1
            assert caption.lang == "en"
    assert sized > 0


def test_either_form_is_as_often_first(made):
    batch, _, _ = made
    lefts = [
        f" {RELATIONS[0]} " in caption.caption or " above " in caption.caption
        for one in batch.made
        for caption in one.captions[:1]
        if caption.lang == "en" and any(f" {r} " in caption.caption for r in RELATIONS)
    ]
    assert 0.2 < sum(lefts[::2]) / len(lefts[::2]) < 0.8


def test_a_pair_is_made_again_byte_for_byte(made):
    batch, rows, context = made
    owner = {row["uid"]: row for row in rows.to_pylist()}
    with ShardReader("pool") as reader:
        for one in batch.made:
            for caption in one.captions:
                held = [owner[uid] for uid in (caption.parent, *caption.others)]
                data = [reader.read(row["shard"], row["offset"], row["size"]) for row in held]
                assert [row["image"] for row in held] == caption.recipe["images"]
                assert counterfactual.remake(caption.recipe, data, context) == one.data


def test_tables_have_the_schemas_of_the_truth(made):
    batch, _, _ = made
    for name, table in counterfactual.TABLES.items():
        assert pa.Table.from_pylist(batch.rows[name], table.schema).num_rows > 0


def test_a_thing_alone_can_be_counted_and_nothing_else(project, write_set):
    rows, context = pool(project, write_set, PICTURES[2:3])
    batch = counterfactual.make(rows, context, counterfactual.Params(per_image=4))
    assert {proof["kind"] for proof in batch.rows["counterfactuals"]} == {"count"}
    assert len(batch.made) == 8


def test_what_can_neither_be_counted_nor_stand_beside_anything_is_rejected(project, write_set):
    rows, context = pool(project, write_set, [(cut_out(RED), {"en": "sheep"})])
    batch = counterfactual.make(rows, context, counterfactual.Params())
    assert batch.made == []
    assert [reason for _, reason, _ in batch.rejected] == ["no partner"]
