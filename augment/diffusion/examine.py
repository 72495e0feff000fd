"""A trained pipeline in; how often a CLIP tells what it was asked to draw, out.

Pictures are drawn to captions of training pictures, one for each of the concepts that most of them
show, and the CLIP looks for each picture's caption among all of these. Its answers for the real
pictures say what can be hoped for, their number what chance gives.

The judge is not independent: it learnt from the same captions, and its text tower is what the model
is told by, so a picture that pleases it may please no eye. Of the demo's pictures it recognises far
more than people do; the figure tells one training from another, not how true its pictures are.
"""

from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from augment.diffusion.drawing import draw
from augment.diffusion.examples import Examples
from augment.diffusion.judge import Judge
from augment.diffusion.recipe import Shown
from augment.made import seed
from curate.stage import cluster, machine

_AMONG = (1, 5)  # places of the list that the right caption is looked for in


def recognised(pipeline: Any, clip: Path, examples: Examples, shown: Shown) -> dict[str, Any]:
    """Share of the captions that are found first, or among the first five.

    Args:
        pipeline: that draws.
        clip: folder of the CLIP that judges.
        examples: the training pictures.
        shown: how many captions, and how they are drawn.
    """
    asked = examples.commonest(shown.captions)
    pipeline.set_progress_bar_config(disable=True)
    pipeline.to(machine.device())
    drawn = []
    with cluster.progress(len(asked), "examine", "pictures") as bar:
        for _, caption in asked:
            recipe = {
                "prompt": caption,
                "negative": "",
                "seeds": [seed("examine", caption)],
                "steps": shown.steps,
                "guidance": shown.guidance,
                "side": examples.pictures.shape[1],
            }
            drawn.append(draw(pipeline, recipe, None)[0].picture)
            bar.update()
    judge = Judge(f"local-dir:{clip}", None)
    captions = [caption for _, caption in asked]
    real = [Image.fromarray(examples.pictures[row]) for row, _ in asked]
    return {
        "captions": len(asked),
        "drawn": _found(judge.similarities(drawn, captions)),
        "real": _found(judge.similarities(real, captions)),
        "similarity": {
            "drawn": _mean(judge.similarities(drawn, captions)),
            "real": _mean(judge.similarities(real, captions)),
        },
    }


def _found(cosines: Tensor) -> dict[str, float]:
    """Share of the pictures whose own caption, that of their row, is among the first."""
    better = (cosines > cosines.diagonal()[:, None]).sum(dim=1)
    return {f"at {among}": float((better < among).float().mean()) for among in _AMONG}


def _mean(cosines: Tensor) -> float:
    """Mean cosine of pictures with their own captions."""
    return float(torch.diagonal(cosines).mean())
