import numpy as np
from PIL import Image, ImageDraw

from augment.diffusion import drawing, over, pipeline
from tests import _diffusion


def test_a_model_whose_latents_have_more_channels_than_stable_diffusions_inpaints(tmp_path):
    folder = _diffusion.save_pipeline(tmp_path / "wide", latents=6)
    loaded = pipeline.load(str(folder), "inpaint", "auto", pipeline.Scheduler())
    picture = Image.new("RGB", (16, 16), "white")
    ImageDraw.Draw(picture).rectangle((4, 4, 11, 11), fill="red")
    recipe = {"task": "inpaint", "mask": "object", "side": 16, "strength": 1.0, "negative": ""}
    recipe |= {"prompt": "a blue square", "seeds": [0, 1], "steps": 2, "guidance": 3.0}
    given = over.over(recipe, picture)
    for drawn in drawing.draw(loaded.pipeline, recipe, given):
        changed = (np.asarray(drawn.picture) != np.asarray(picture)).any(axis=2)
        assert not changed[np.asarray(given.mask) == 0].any()
        assert changed[np.asarray(given.mask) == 255].any()
