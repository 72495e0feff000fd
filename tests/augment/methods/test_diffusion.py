import json
import re
import shutil

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from augment.diffusion import choosing, drawing, over, pipeline
from augment.made import Context
from augment.methods import diffusion
from curate.dataset import memory, pixels, record, sets, tables
from curate.dataset.errors import DataError, ParamsError, WeightsError
from curate.stage import params as parameter_file
from tests import _diffusion


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return _diffusion.save_pipeline(tmp_path_factory.mktemp("weights") / "pipeline")


@pytest.fixture(autouse=True)
def remembering(project, monkeypatch):
    """Each test has a memory of its own."""
    monkeypatch.setattr(memory.Memory.__init__, "__defaults__", (project / "memory",))


@pytest.fixture
def rows(project, write_set, drawn):
    """Four pictures with captions, as a table and as the file that the context names."""
    pairs = [
        (drawn(shape, colour), "en", f"a {colour} {shape}")
        for shape in ("square", "circle")
        for colour in ("red", "blue")
    ]
    table = write_set(project / "pool", pairs)
    place = pa.array(["pool"] * table.num_rows, pa.string())
    located = table.add_column(1, sets.LOCATED.field("set"), place)
    pq.write_table(located, project / "training.parquet")
    return located


def settings(folder, **others):
    values = {
        "model": str(folder),
        "steps": 2,
        "candidates": 2,
        "prompts": {"least": 1},
        "judge": {"model": None},
        **others,
    }
    return parameter_file.build(diffusion.Params, values, "make.diffusion")


def context(project):
    return Context(project / "training.parquet", project / "packages", None, None)


def make(rows, project, folder, **others):
    return diffusion.make(rows, context(project), settings(folder, **others))


def by_prompt(batch):
    return {made.captions[0].caption: made for made in batch.made}


def parent_bytes(project, rows, made):
    from curate.dataset.shards import ShardReader

    row = next(r for r in rows.to_pylist() if r["uid"] == made.captions[0].parent)
    with ShardReader(project / "pool") as reader:
        return reader.read(row["shard"], row["offset"], row["size"])


def test_a_picture_is_drawn_to_each_caption_and_says_how(rows, project, folder):
    batch = make(rows, project, folder, negative="green")
    assert set(by_prompt(batch)) == set(rows.column("caption").to_pylist())
    assert len({made.data for made in batch.made}) == 4
    for made in batch.made:
        assert (made.width, made.height) == (_diffusion.SIDE, _diffusion.SIDE)
        recipe = made.captions[0].recipe
        assert recipe["prompt"] == made.captions[0].caption
        assert recipe["model_hash"] == pipeline.fingerprint(folder)
        assert (recipe["scheduler"], recipe["negative"]) == ("DDIMScheduler", "green")
    assert batch.counts["candidates", "drawn"] == 8


@pytest.mark.parametrize("task", ["text", "image", "inpaint"])
def test_a_recipe_and_its_parent_make_the_picture_again_to_the_byte(task, rows, project, folder):
    batch = make(rows, project, folder, task=task)
    assert len(batch.made) == 4
    for made in batch.made:
        recipe = json.loads(json.dumps(made.captions[0].recipe))
        parents = [parent_bytes(project, rows, made)]
        assert diffusion.remake(recipe, parents, context(project)) == made.data


def test_the_caption_is_what_was_asked_for(rows, project, folder):
    for prompt, made in by_prompt(make(rows, project, folder)).items():
        assert diffusion.recaption(made.captions[0].recipe, ["another"]) == prompt


def test_any_split_of_the_rows_makes_the_same_pictures(rows, project, folder, monkeypatch):
    whole = by_prompt(make(rows, project, folder))
    monkeypatch.setattr(memory.Memory.__init__, "__defaults__", (project / "another",))
    parts = [by_prompt(make(rows.slice(i, 1), project, folder)) for i in range(rows.num_rows)]
    assert {k: v.data for part in parts for k, v in part.items()} == {
        k: v.data for k, v in whole.items()
    }


def test_a_killed_run_draws_no_finished_picture_again(rows, project, folder, monkeypatch):
    whole = by_prompt(make(rows, project, folder, seed=1))
    own, drawn = drawing.draw, []

    def third_kills(*args):
        if len(drawn) == 2:
            raise KeyboardInterrupt
        drawn.append(args[1]["prompt"])
        return own(*args)

    monkeypatch.setattr(memory.Memory.__init__, "__defaults__", (project / "another",))
    monkeypatch.setattr(drawing, "draw", third_kills)
    with pytest.raises(KeyboardInterrupt):
        make(rows, project, folder, seed=1)
    finished, drawn[:] = list(drawn), []
    monkeypatch.setattr(drawing, "draw", lambda *a: drawn.append(a[1]["prompt"]) or own(*a))
    again = by_prompt(make(rows, project, folder, seed=1))
    assert len(finished) == len(drawn) == 2
    assert not set(finished) & set(drawn)
    assert {k: v.data for k, v in again.items()} == {k: v.data for k, v in whole.items()}


@pytest.mark.parametrize("unsafe", [True, False])
def test_what_the_safety_checker_flags_is_refused_with_the_reason(unsafe, rows, project, tmp_path):
    folder = _diffusion.save_pipeline(tmp_path / "checked", unsafe=unsafe)
    batch = make(rows, project, folder)
    assert len(batch.made) == (0 if unsafe else 4)
    assert [reason for _, reason, _ in batch.rejected] == [choosing.UNSAFE] * 4 * unsafe
    assert batch.counts["candidates", choosing.UNSAFE] == 8 * unsafe


@pytest.mark.parametrize("mask", ["ground", "object"])
def test_inpainting_leaves_every_pixel_outside_the_mask(mask, rows, project, folder):
    loaded = pipeline.load(str(folder), "inpaint", "auto", pipeline.Scheduler())
    batch = make(rows, project, folder, task="inpaint", mask=mask, strength=1.0)
    for made in batch.made:
        recipe = made.captions[0].recipe
        given = over.over(recipe, pixels.decode(parent_bytes(project, rows, made)))
        anew = np.asarray(given.mask) == 255
        assert 0 < anew.sum() < anew.size
        for drawn in drawing.draw(loaded.pipeline, recipe, given):
            changed = (np.asarray(drawn.picture) != np.asarray(given.parent)).any(axis=2)
            assert not changed[~anew].any()
            assert changed[anew].any()


class Redness:
    """Finds a picture as near to a text as it is red; to one that names a shape, so much less."""

    def __init__(self, **less):
        self.less = less

    def similarities(self, pictures, texts):
        import torch

        reds = [np.asarray(picture, float)[..., 0].mean() / 255 for picture in pictures]
        return torch.tensor(
            [[red - self.less.get(text.split()[-1], 0.1) for text in texts] for red in reds],
            dtype=torch.float64,
        )


def test_the_best_candidate_is_kept_and_unlike_ones_are_refused(rows, project, folder, monkeypatch):
    monkeypatch.setattr(choosing, "judge", lambda *_: Redness())
    one = rows.slice(0, 1)
    pq.write_table(one, project / "training.parquet")
    (made,) = make(one, project, folder, candidates=3, judge={"model": "redness"}).made
    loaded = pipeline.load(str(folder), "text", "auto", pipeline.Scheduler())
    recipe = made.captions[0].recipe
    drawn = drawing.draw(loaded.pipeline, recipe, None)
    reds = [np.asarray(candidate.picture, float)[..., 0].mean() for candidate in drawn]
    assert recipe["chosen"] == int(np.argmax(reds))
    none = make(one, project, folder, judge={"model": "redness", "least": 1.0})
    assert [reason for _, reason, _ in none.rejected] == [choosing.UNLIKE]


def test_a_picture_nearer_to_another_prompt_of_the_bank_is_refused(
    rows, project, folder, monkeypatch
):
    monkeypatch.setattr(choosing, "judge", lambda *_: Redness(square=0.0, circle=0.2))
    batch = make(rows, project, folder, judge={"model": "redness"})
    told = {pair["uid"]: pair["caption"] for pair in rows.to_pylist()}
    assert not batch.made  # of both squares one is as near as the other
    for uid, reason, detail in batch.rejected:
        assert reason == choosing.NEARER
        assert re.search(rf"'{told[uid]}': cosine .*, .* with 'a .* square'$", detail)
    alone = rows.filter(pc.not_equal(rows.column("caption"), "a blue square"))
    pq.write_table(alone, project / "training.parquet")
    again = make(rows, project, folder, judge={"model": "redness"})
    assert list(by_prompt(again)) == ["a red square"]  # of another bank, so chosen anew


@pytest.mark.parametrize("text", ["A red square.", "the red square"])
def test_a_prompt_that_says_the_same_is_no_other(text, rows, project, folder, monkeypatch):
    monkeypatch.setattr(choosing, "judge", lambda *_: Redness())
    same = rows.take([0, 1]).set_column(
        rows.column_names.index("caption"), "caption", pa.array(["a red square", text])
    )
    pq.write_table(same, project / "training.parquet")
    asked = {"least": 1, "per_concept": 2}
    batch = make(same, project, folder, judge={"model": "redness"}, prompts=asked)
    assert set(by_prompt(batch)) == {
        "a red square",
        text,
    }


def test_how_many_prompts_the_bank_had_is_told_beside_how_many_were_asked(rows, project, folder):
    asked = settings(folder, prompts={"least": 1, "count": 9})
    whole = diffusion.make(rows, context(project), asked)
    assert whole.counts["prompts", "found"] == 4
    assert diffusion.asked(asked) == {("prompts", "asked"): 9}


def test_another_scheduler_draws_another_picture_and_is_in_the_recipe(rows, project, folder):
    first = by_prompt(make(rows, project, folder))
    other = by_prompt(make(rows, project, folder, scheduler="DDPMScheduler", scheduler_config={}))
    for prompt, made in other.items():
        assert made.data != first[prompt].data
        assert made.captions[0].recipe["scheduler"] == "DDPMScheduler"
    with pytest.raises(ParamsError, match="DPMSolver"):
        make(rows, project, folder, scheduler="NoScheduler")


@pytest.mark.parametrize(
    ("task", "setting", "value"),
    [
        ("text", "negative", "a green circle"),
        ("text", "guidance", 9.0),
        ("text", "steps", 3),
        ("image", "strength", 0.9),
        ("inpaint", "strength", 1.0),
    ],
)
def test_each_setting_reaches_the_pipeline_and_draws_another_picture(
    task, setting, value, rows, project, folder
):
    base = {"task": task, "steps": 4, "guidance": 3.0, "strength": 0.5, "candidates": 1}
    if task == "text":
        del base["strength"]
    first = by_prompt(make(rows, project, folder, **base))
    other = by_prompt(make(rows, project, folder, **{**base, setting: value}))
    assert len(first) == len(other) == 4
    for prompt, made in other.items():
        before, after = (b[prompt].captions[0].recipe for b in (first, other))
        assert {key for key in after if after[key] != before[key]} == {setting}
        assert made.data != first[prompt].data


def test_without_weights_the_message_says_how_to_get_some(rows, project):
    with pytest.raises(WeightsError, match="dvc repro diffusion_model"):
        make(rows, project, project / "nowhere")


def test_a_hub_model_that_this_machine_holds_is_drawn_with_offline(
    rows, project, folder, monkeypatch
):
    from huggingface_hub import constants

    kept = project / "hub" / "models--tests--tiny"
    (kept / "refs").mkdir(parents=True)
    (kept / "refs" / "main").write_text("0" * 40)
    shutil.copytree(folder, kept / "snapshots" / ("0" * 40))
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(project / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    there = by_prompt(make(rows, project, "tests/tiny"))
    for prompt, made in by_prompt(make(rows, project, folder)).items():
        recipe = there[prompt].captions[0].recipe
        assert recipe["model"] == "tests/tiny"
        assert recipe["model_hash"] == made.captions[0].recipe["model_hash"]
        assert recipe["revision"] == "0" * 40
        assert made.captions[0].recipe["revision"] is None
    held = kept / "snapshots" / ("1" * 40)
    _diffusion.save_pipeline(held, seed=1)  # a later commit, the newest from now on
    (kept / "refs" / "main").write_text("1" * 40)
    recipe = there["a red square"].captions[0].recipe
    again = diffusion.remake(recipe, [], context(project))
    assert again == there["a red square"].data
    with pytest.raises(WeightsError, match=f"fetch the model of then, commit {'0' * 40}"):
        diffusion.remake(recipe | {"model_hash": "other"}, [], context(project))
    with pytest.raises(WeightsError, match="id on the hub"):
        make(rows, project, "tests/unknown")


def test_a_picture_is_not_made_again_by_other_weights(rows, project, tmp_path):
    folder = _diffusion.save_pipeline(tmp_path / "changing")
    made = make(rows, project, folder).made[0]
    _diffusion.save_pipeline(folder, seed=1)
    with pytest.raises(WeightsError, match="hash"):
        diffusion.remake(made.captions[0].recipe, [], context(project))


def test_a_picture_is_not_made_again_on_another_kind_of_device(rows, project, folder):
    recipe = make(rows, project, folder).made[0].captions[0].recipe
    other = "cpu" if recipe["device"] == "cuda" else "cuda"
    with pytest.raises(DataError, match=f"drawn on {other}, and this machine draws on"):
        diffusion.remake(recipe | {"device": other}, [], context(project))


@pytest.mark.parametrize(
    ("task", "asked"),
    [
        ("text", {"negative": "green"}),
        ("text", {"guidance": 9.0}),
        ("text", {"steps": 4}),
        ("image", {"strength": 1.0}),
    ],
)
def test_what_the_params_ask_for_is_what_the_pipeline_draws_by(task, asked, rows, project, folder):
    one = by_prompt(make(rows.slice(0, 1), project, folder, task=task))
    other = by_prompt(make(rows.slice(0, 1), project, folder, task=task, **asked))
    ((prompt, plain),) = one.items()
    recipes = [made.captions[0].recipe for made in (plain, other[prompt])]
    assert recipes[0]["seeds"] == recipes[1]["seeds"]
    assert other[prompt].data != plain.data


def test_code_beside_the_weights_is_not_run(rows, project, tmp_path):
    folder = _diffusion.save_pipeline(tmp_path / "custom")
    index = json.loads((folder / "model_index.json").read_text())
    index["unet"] = ["mine", "Mine"]
    (folder / "model_index.json").write_text(json.dumps(index))
    (folder / "unet" / "mine.py").write_text("raise SystemExit('ran')")
    with pytest.raises(WeightsError):
        make(rows, project, folder)


def test_facts_are_those_of_the_graph_and_name_the_made_pair(rows, project, folder):
    write_graphs(project / "labels", rows)
    held = Context(project / "training.parquet", project / "packages", project / "labels", None)
    batch = diffusion.make(rows, held, settings(folder))
    facts = {}
    for row in batch.rows["facts"]:
        facts.setdefault(row["uid"], []).append((row["kind"], row["subject"], row["value"]))
    made = {
        record.pair_uid(record.image_name(m.data), "en", m.captions[0].caption): m
        for m in batch.made
    }
    assert set(facts) == set(made)
    for uid, found in facts.items():
        _, colour, shape = made[uid].captions[0].caption.split()
        assert set(found) == {("object", shape, None), ("attribute", shape, colour)}


def write_graphs(folder, rows):
    """Graphs of captions of the form "a <colour> <shape>"."""
    nodes = []
    for row in rows.to_pylist():
        _, colour, shape = row["caption"].split()
        common = {"uid": row["uid"], "quantifier": None}
        places = {"start": 2, "end": 2 + len(colour)}
        nodes += [
            {
                **common,
                "node": 0,
                "kind": "attribute",
                "text": colour,
                "lemma": colour,
                "parent": 1,
                **places,
            },
            {
                **common,
                "node": 1,
                "kind": "object",
                "text": shape,
                "lemma": shape,
                "parent": None,
                "start": places["end"] + 1,
                "end": len(row["caption"]),
            },
        ]
    (folder / "scene").mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(nodes), folder / "scene" / "nodes.parquet")
    edges = pa.schema([("uid", pa.string()), ("source", pa.int32()), ("target", pa.int32())])
    tables.write(pa.Table.from_pylist([], edges), folder / "scene" / "edges.parquet", "uid")
