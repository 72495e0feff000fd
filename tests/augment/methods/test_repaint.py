import json
import re

import numpy as np
import pytest

from augment.composition.difference import difference
from augment.diffusion import choosing, drawing, over, pipeline, proving
from augment.methods import repaint
from curate.dataset import marks, memory, pixels, record
from curate.dataset.errors import DataError, ParamsError
from curate.dataset.shards import ShardReader
from curate.dataset.truth import Fact
from curate.stage import params as parameter_file
from tests import _diffusion
from tests.augment._things import COLOURS, cut_out, pool

RED, GREEN, BLUE = COLOURS.values()
PICTURES = [
    (cut_out(RED), {"en": "A red apple.", "de": "Ein roter Apfel."}),
    (cut_out(BLUE, (50, 80), "rectangle"), {"en": "horse"}),
    (cut_out(RED, (70, 60), "rectangle"), {"en": "A hut."}),
    (cut_out(BLUE, (64, 80)), {"en": "judge: dark skin tone"}),
    (cut_out(RED, (64, 60)), {"en": "A striped hut."}),
]


class Greenness:
    """A judge that takes what is green for the twin: a cosine of 1, and with its parent of 0."""

    def similarities(self, pictures, texts):
        import torch

        assert len(texts) == 2
        shares = []
        for picture in pictures:
            shown = np.asarray(picture).astype(int)
            drawn = shown[shown.min(axis=2) < 200]
            green = drawn[:, 1] > drawn[:, [0, 2]].max(axis=1)
            shares.append(float(green.sum() / max(1, len(drawn))))
        return torch.tensor([[share, 1 - share] for share in shares])


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """A pipeline that draws nothing but green."""
    place = tmp_path_factory.mktemp("weights") / "green"
    return _diffusion.save_pipeline(place, colour=(30, 160, 60))


@pytest.fixture(autouse=True)
def judging(project, monkeypatch):
    """Each test has a memory of its own, and a judge of what is drawn in green."""
    monkeypatch.setattr(memory.Memory.__init__, "__defaults__", (project / "memory",))
    monkeypatch.setattr(choosing, "judge", lambda *_: Greenness())


@pytest.fixture
def things(project, write_set):
    """Rows and context of five cut-outs, two of which are told by more than colours."""
    return pool(project, write_set, PICTURES)


def settings(folder, **others):
    values = {"model": str(folder), "steps": 2, "candidates": 2, "least": 1, "per_image": 3}
    values |= {"judge": {"model": "greenness"}, **others}
    return parameter_file.build(repaint.Params, values, "make.repaint")


def make(things, folder, **others):
    return repaint.make(*things, settings(folder, **others))


def by_uid(batch):
    """Made picture and caption of each made pair."""
    return {
        record.pair_uid(made.image, caption.lang, caption.caption): (made, caption)
        for made in batch.made
        for caption in made.captions
    }


def parent_bytes(things, uid):
    row = next(row for row in things[0].to_pylist() if row["uid"] == uid)
    with ShardReader(row["set"]) as reader:
        return reader.read(row["shard"], row["offset"], row["size"])


def words(caption):
    return [word for word in re.findall(r"\w+", caption) if word.lower() not in ("a", "an")]


def test_a_twin_differs_from_its_parent_in_the_one_fact_that_is_proven(things, folder):
    batch = make(things, folder)
    made, captions = by_uid(batch), {r["uid"]: r["caption"] for r in things[0].to_pylist()}
    stated = {
        "A red apple.": [Fact("attribute", "apple", "red"), Fact("object", "apple")],
        "horse": [Fact("object", "horse")],
        "A hut.": [Fact("object", "hut")],
    }
    assert {proof["uid"] for proof in batch.rows["counterfactuals"]} == set(made)
    for proof in batch.rows["counterfactuals"]:
        _, caption = made[proof["uid"]]
        assert proof["other"] == caption.parent
        own = [row for row in batch.rows["facts"] if row["uid"] == proof["uid"]]
        facts = [Fact(*(row[name] for name in Fact._fields)) for row in own]
        found = difference(stated[captions[caption.parent]], facts)
        assert found is not None
        told = (proof["kind"], proof["was"], proof["becomes"])
        assert (found.kind, found.was.words(), found.becomes.words()) == told
        before, after = words(captions[caption.parent]), words(caption.caption)
        assert len(before) == len(after)
        assert sum(one != two for one, two in zip(before, after, strict=True)) == 1
    kinds = {kind for _, kind in (name for name in batch.counts if name[0] == "changes")}
    assert kinds == {"attribute", "object"}


def test_captions_of_which_more_is_told_than_colours_are_left(things, folder):
    batch = make(things, folder)
    captions = {row["uid"]: row["caption"] for row in things[0].to_pylist()}
    parents = {captions[caption.parent] for _, caption in by_uid(batch).values()}
    assert parents == {"A red apple.", "horse", "A hut."}
    left = {captions[uid] for uid, reason, _ in batch.rejected if reason == repaint.NO_PARTNER}
    assert {"judge: dark skin tone", "A striped hut."} <= left


def test_pixels_outside_the_mask_are_the_parents(things, folder):
    loaded = pipeline.load(str(folder), "inpaint", "auto", pipeline.Scheduler())
    masks = set()
    for _, caption in by_uid(make(things, folder)).values():
        recipe = caption.recipe
        picture = pixels.decode_alpha(parent_bytes(things, caption.parent))
        given = over.over(recipe, picture)
        anew = np.asarray(given.mask) > 0
        own = np.asarray(picture)[..., 3] > 0
        assert (anew >= own).all()
        assert not anew.all()
        assert (anew == own).all() == (recipe["mask"] == "outline")
        for drawn in drawing.draw(loaded.pipeline, recipe, given):
            changed = (np.asarray(drawn.picture) != np.asarray(pixels.on_white(picture))).any(
                axis=2
            )
            assert not changed[~anew].any()
            assert changed[own].all()
        masks.add(recipe["mask"])
    assert masks == {"outline", "box"}


def test_a_colour_that_is_not_the_one_told_is_refused(things, folder):
    batch = make(things, folder, kinds=["attribute"], per_image=5)
    assert {caption.caption for _, caption in by_uid(batch).values()} == {"A green apple."}
    refused = [detail for _, reason, detail in batch.rejected if reason == proving.MISCOLOURED]
    assert len(refused) == 4
    assert all("is green" in detail for detail in refused)


@pytest.mark.parametrize("colour", [(20, 20, 220), (250, 250, 250)])
def test_a_twin_that_the_judge_does_not_believe_is_refused(colour, things, tmp_path):
    other = _diffusion.save_pipeline(tmp_path / "other", colour=colour)
    batch = make(things, other, kinds=["object"])
    assert batch.made == []
    assert batch.rows == {"facts": [], "counterfactuals": []}
    reasons = [reason for _, reason, _ in batch.rejected if reason != repaint.NO_PARTNER]
    assert set(reasons) == {proving.UNPROVEN}
    assert batch.counts["candidates", "drawn"] == 2 * len(reasons) > 0


def test_nothing_is_drawn_of_a_parent_that_the_judge_takes_for_its_twin(project, write_set, folder):
    named = [(cut_out(GREEN), {"en": "A green apple."}), *PICTURES[1:3]]
    batch = make(pool(project, write_set, named), folder)
    reasons = {reason for _, reason, detail in batch.rejected if "apple" in detail.split(":")[0]}
    assert proving.UNKNOWN in reasons
    told = {caption.recipe["twin"]["caption"] for _, caption in by_uid(batch).values()}
    assert told == {"horse", "A hut."}
    undrawn = (proving.UNKNOWN, repaint.NO_PARTNER)
    refused = [detail for _, reason, detail in batch.rejected if reason not in undrawn]
    assert batch.counts["candidates", "drawn"] == 2 * (len(batch.made) + len(refused))


def test_a_recipe_and_its_parent_make_picture_and_caption_again(things, folder):
    captions = {row["uid"]: row["caption"] for row in things[0].to_pylist()}
    batch = make(things, folder)
    assert batch.made
    for made, caption in by_uid(batch).values():
        recipe = json.loads(json.dumps(caption.recipe))
        data = parent_bytes(things, caption.parent)
        assert repaint.remake(recipe, [data], things[1]) == made.data
        assert repaint.recaption(recipe, [captions[caption.parent]]) == caption.caption
        mark = marks.read(made.data)
        assert (mark.source_type, mark.method) == (marks.GENERATED_IN_PART, "repaint")
        assert list(mark.parents) == [recipe["image"]]


def test_any_split_of_the_rows_makes_the_same_twins(things, folder, project, monkeypatch):
    rows, context = things
    whole = by_uid(make(things, folder))
    monkeypatch.setattr(memory.Memory.__init__, "__defaults__", (project / "another",))
    parts = [by_uid(make((rows.slice(i, 1), context), folder)) for i in range(rows.num_rows)]
    assert {uid for part in parts for uid in part} == set(whole)


def test_params_that_cannot_prove_a_twin_say_what_to_do(things, folder, project):
    with pytest.raises(ParamsError, match=r"make\.repaint\.judge\.model is null.*filter_network"):
        make(things, folder, judge={"model": None})
    with pytest.raises(ParamsError, match=r"make\.repaint\.kinds"):
        make(things, folder, kinds=["count"])
    with pytest.raises(DataError, match="labels"):
        make((things[0], things[1].__class__(things[1].training, project, None, None)), folder)
