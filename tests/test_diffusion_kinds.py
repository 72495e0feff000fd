"""Pipelines of other kinds than ours, drawn with by the method `diffusion`, and drawn again."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from augment.made import Context
from augment.methods import diffusion
from curate.dataset import memory, sets
from curate.stage import params as parameter_file
from tests import _diffusion


@pytest.fixture
def make(project, write_set, drawn, monkeypatch):
    """Draws to two captions with what is asked for."""
    monkeypatch.setattr(memory.Memory.__init__, "__defaults__", (project / "memory",))
    pairs = [(drawn("square", colour), "en", f"a {colour} square") for colour in ("red", "blue")]
    table = write_set(project / "pool", pairs)
    rows = table.add_column(1, sets.LOCATED.field("set"), pa.array(["pool"] * 2, pa.string()))
    pq.write_table(rows, project / "training.parquet")
    context = Context(project / "training.parquet", project / "packages", None, None)

    def run(folder, **others):
        values = {"model": str(folder), "candidates": 2, "prompts": {"least": 1}}
        values |= {"judge": {"model": None}, **others}
        params = parameter_file.build(diffusion.Params, values, "make.diffusion")
        made = diffusion.make(rows, context, params).made
        for one in made:
            recipe = json.loads(json.dumps(one.captions[0].recipe))
            assert diffusion.remake(recipe, [], context) == one.data
        return {one.captions[0].caption: one for one in made}

    return run


def test_a_large_pipeline_of_two_text_encoders_draws_in_a_step_without_guidance(make, tmp_path):
    folder = _diffusion.save_large_pipeline(tmp_path / "large")
    drawn = make(folder, steps=1, guidance=0.0)
    assert set(drawn) == {"a red square", "a blue square"}
    assert len({one.data for one in drawn.values()}) == 2  # the words are heard
    for one in drawn.values():
        assert (one.width, one.height) == (_diffusion.SIDE, _diffusion.SIDE)
        recipe = one.captions[0].recipe
        assert recipe["scheduler"] == "EulerAncestralDiscreteScheduler"
        assert (recipe["steps"], recipe["guidance"]) == (1, 0.0)


def test_a_scheduler_of_consistency_models_draws_otherwise_and_is_in_the_recipe(make, tmp_path):
    folder = _diffusion.save_pipeline(tmp_path / "small")
    plain = make(folder, steps=2)
    drawn = make(folder, steps=2, scheduler="LCMScheduler")
    assert set(drawn) == set(plain)
    for prompt, one in drawn.items():
        assert one.captions[0].recipe["scheduler"] == "LCMScheduler"
        assert one.data != plain[prompt].data
