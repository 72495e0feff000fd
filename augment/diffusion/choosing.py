"""A recipe and a pipeline in; the best of the candidates, or why none is good enough, out.

What is chosen is remembered recipe by recipe: a run that was killed draws no picture twice.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from PIL import Image

from augment.diffusion import drawing
from augment.diffusion.judge import JudgeParams, judge
from augment.diffusion.pipeline import Loaded
from augment.made import UNUSABLE, recipe_text
from curate.dataset import pixels
from curate.dataset.errors import ImageError
from curate.dataset.memory import Memory, fingerprint
from curate.dataset.shards import ShardReader
from curate.stage import code
from curate.stage.params import as_dict

UNSAFE, UNLIKE, UNMASKED = "flagged by the safety checker", "unlike its prompt", "no plain ground"
_CHOICES = pa.schema(
    [
        pa.field("recipe", pa.string(), nullable=False),  # hash of its text
        pa.field("chosen", pa.int32()),  # of the candidates; null: all are refused
        pa.field("similarity", pa.float64()),  # cosine of it with the prompt
        pa.field("unsafe", pa.int32(), nullable=False),  # candidates that were flagged
        pa.field("reason", pa.string()),  # of a refusal
        pa.field("detail", pa.string()),
        pa.field("data", pa.binary()),  # JPEG
        pa.field("width", pa.int32()),
        pa.field("height", pa.int32()),
    ]
)
Choice = dict[str, Any]
"""A row of what is remembered: chosen, similarity, unsafe, reason, detail, data, width, height."""


class Choices:
    """The choices of some recipes: as remembered, or made when asked for and remembered at once.

    Args:
        recipes: of `augment.methods.diffusion`, without a choice.
        loaded: the pipeline.
        judged: who chooses.
    """

    def __init__(
        self, recipes: Sequence[dict[str, Any]], loaded: Loaded, judged: JudgeParams
    ) -> None:
        name = judged.model or ""
        folder = Path(name.removeprefix("local-dir:"))
        files = [folder] if name.startswith("local-dir:") and folder.is_dir() else []
        print_ = fingerprint(loaded.print, as_dict(judged), code.prints(__name__), *files)
        self._memory = Memory("diffusion", print_, "recipe", _CHOICES)
        keys = pa.chunked_array([[_key(recipe) for recipe in recipes]], pa.string())
        self._known = {row["recipe"]: row for row in self._memory.recall(keys).to_pylist()}
        self._loaded, self._judged = loaded, judged

    def of(self, recipe: dict[str, Any], pair: dict[str, Any]) -> Choice:
        """The choice for one of the recipes.

        Args:
            recipe: the recipe.
            pair: its parent, a row of schema `sets.LOCATED`.
        """
        if (key := _key(recipe)) not in self._known:
            chosen = _chosen(recipe, pair, self._loaded, self._judged)
            row = {**dict.fromkeys(_CHOICES.names), **chosen, "recipe": key}
            self._memory.remember(pa.Table.from_pylist([row], _CHOICES))
            self._known[key] = row
        return self._known[key]

    def gather(self) -> None:
        """Keep in few files what was remembered one by one."""
        self._memory.gather()


def _key(recipe: dict[str, Any]) -> str:
    return hashlib.sha256(recipe_text(recipe).encode()).hexdigest()[:32]


def _chosen(
    recipe: dict[str, Any], pair: dict[str, Any], loaded: Loaded, judged: JudgeParams
) -> Choice:
    """Draw all candidates and choose one of those that are safe."""
    try:
        parent = None if recipe["task"] == "text" else _picture(pair)
    except ImageError as error:
        return {"unsafe": 0, "reason": UNUSABLE, "detail": str(error)}
    try:
        candidates = drawing.draw(loaded.pipeline, recipe, parent)
    except ImageError as error:
        return {"unsafe": 0, "reason": UNMASKED, "detail": str(error)}
    safe = [number for number, candidate in enumerate(candidates) if not candidate.unsafe]
    found: Choice = {"unsafe": len(candidates) - len(safe)}
    if not safe:
        return {**found, "reason": UNSAFE, "detail": f"all {len(candidates)} candidates"}
    best, similarity = safe[0], None
    if judged.model is not None:
        clip = judge(judged.model, judged.weights)
        pictures = [candidates[number].picture for number in safe]
        cosines = clip.similarities(pictures, [recipe["prompt"]])[:, 0].tolist()
        similarity, best = max(zip(cosines, safe, strict=True), key=lambda one: one[0])
        if similarity < judged.least:
            return {**found, "reason": UNLIKE, "detail": f"cosine {similarity:.3f}"}
    picture = candidates[best].picture
    return {
        **found,
        "chosen": best,
        "similarity": similarity,
        "data": drawing.encoded(picture, recipe),
        "width": picture.width,
        "height": picture.height,
    }


def _picture(pair: dict[str, Any]) -> Image.Image:
    with ShardReader(pair["set"]) as reader:
        return pixels.decode(reader.read(pair["shard"], pair["offset"], pair["size"]))
