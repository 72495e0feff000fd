"""A recipe and a pipeline in; the best of the candidates, or why none is good enough, out.

The best is what a CLIP finds most like its prompt, and more like it than like every other prompt of
the bank; of a twin's recipe (`augment.diffusion.proving`) what is proven to differ from its parent.

What is chosen is remembered recipe by recipe: a run that was killed draws no picture twice. Another
bank is another choice, so what was chosen beside other prompts is drawn again.
"""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from PIL import Image

from augment.diffusion import drawing, proving
from augment.diffusion.drawing import Candidate, Over
from augment.diffusion.judge import Judge, JudgeParams, judge
from augment.diffusion.over import over
from augment.diffusion.pipeline import Loaded
from augment.made import UNUSABLE, recipe_text
from curate.dataset import pixels
from curate.dataset.errors import ImageError
from curate.dataset.memory import Memory, fingerprint
from curate.dataset.shards import ShardReader
from curate.stage import code
from curate.stage.params import as_dict

UNSAFE, UNLIKE, UNMASKED = "flagged by the safety checker", "unlike its prompt", "no plain ground"
NEARER = "nearer to another prompt"
_AROUND = re.compile(r"^(?:an?|the) |[ .!?。]+$")  # words and signs that tell nothing of their own
_CHOICES = pa.schema(
    [
        pa.field("recipe", pa.string(), nullable=False),  # hash of its text
        pa.field("chosen", pa.int32()),  # of the candidates; null: all are refused
        pa.field("similarity", pa.float64()),  # cosine of it with the prompt
        pa.field("drawn", pa.int32(), nullable=False),  # candidates
        pa.field("unsafe", pa.int32(), nullable=False),  # candidates that were flagged
        pa.field("reason", pa.string()),  # of a refusal
        pa.field("detail", pa.string()),
        pa.field("data", pa.binary()),  # JPEG
        pa.field("width", pa.int32()),
        pa.field("height", pa.int32()),
    ]
)
Choice = dict[str, Any]
"""A row of what is remembered, without the recipe."""


class Choices:
    """The choices of some recipes: as remembered, or made when asked for and remembered at once.

    Args:
        recipes: of a method that draws, without a choice.
        loaded: the pipeline.
        judged: who chooses; a twin's recipe needs a judge.
        bank: all prompts that there are, those of the recipes among them; none: of twins, which are
            held against their parents.
    """

    def __init__(
        self,
        recipes: Sequence[dict[str, Any]],
        loaded: Loaded,
        judged: JudgeParams,
        bank: Sequence[str] = (),
    ) -> None:
        name = judged.model or ""
        folder = Path(name.removeprefix("local-dir:"))
        files = [folder] if name.startswith("local-dir:") and folder.is_dir() else []
        own = (loaded.print, as_dict(judged), list(bank), code.prints(__name__))
        print_ = fingerprint(*own, *files)
        self._memory = Memory("diffusion", print_, "recipe", _CHOICES)
        keys = pa.chunked_array([[_key(recipe) for recipe in recipes]], pa.string())
        self._known = {row["recipe"]: row for row in self._memory.recall(keys).to_pylist()}
        self._loaded, self._judged, self._bank = loaded, judged, bank

    def of(self, recipe: dict[str, Any], pair: dict[str, Any]) -> Choice:
        """The choice for one of the recipes.

        Args:
            recipe: the recipe.
            pair: its parent, a row of schema `sets.LOCATED`.
        """
        if (key := _key(recipe)) not in self._known:
            chosen = _chosen(recipe, pair, self._loaded, self._judged, self._bank)
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
    recipe: dict[str, Any],
    pair: dict[str, Any],
    loaded: Loaded,
    judged: JudgeParams,
    bank: Sequence[str],
) -> Choice:
    """Draw all candidates and choose one of them."""
    none: Choice = {"drawn": 0, "unsafe": 0}
    try:
        picture = None if recipe["task"] == "text" else _picture(pair)
    except ImageError as error:
        return {**none, "reason": UNUSABLE, "detail": str(error)}
    try:
        given = None if picture is None else over(recipe, picture)
    except ImageError as error:
        return {**none, "reason": UNMASKED, "detail": str(error)}
    clip = None
    if judged.model is not None:
        clip = judge(judged.model, judged.weights, f"make.{recipe['method']}")
    texts = bank or [recipe["prompt"]]
    if "twin" in recipe:
        texts = [recipe["prompt"], recipe["twin"]["caption"]]
    if clip and given and "twin" in recipe:
        twins, own = clip.similarities([given.parent], texts)[0].tolist()
        if doubt := proving.of_parent(recipe, own, twins):
            return {**none, **doubt._asdict()}
    candidates = drawing.draw(loaded.pipeline, recipe, given)
    unsafe = sum(candidate.unsafe for candidate in candidates)
    best = _best(candidates, recipe, given, (clip, texts) if clip else None, judged.least)
    return {"drawn": len(candidates), "unsafe": unsafe, **best}


def _best(
    candidates: Sequence[Candidate],
    recipe: dict[str, Any],
    given: Over | None,
    judge: tuple[Judge, Sequence[str]] | None,
    least: float,
) -> Choice:
    """The best of the candidates that are safe, by a judge and its texts; or why there is none."""
    safe = [number for number, candidate in enumerate(candidates) if not candidate.unsafe]
    if not safe:
        return {"reason": UNSAFE, "detail": f"all {len(candidates)} candidates"}
    best, similarity = safe[0], None
    if judge is not None:
        clip, texts = judge
        pictures = [candidates[number].picture for number in safe]
        cosines = clip.similarities(pictures, texts).tolist()
        own = list(texts).index(recipe["prompt"])
        doubts = [
            proving.of_drawn(recipe, row[own], row[1], given, picture)
            if given and "twin" in recipe
            else _nearer(row, own, texts)
            for row, picture in zip(cosines, pictures, strict=True)
        ]
        at = max(range(len(safe)), key=lambda place: (doubts[place] is None, cosines[place][own]))
        best, similarity = safe[at], cosines[at][own]
        if (doubt := doubts[at]) is not None:
            return doubt._asdict()
        if not similarity >= least:
            return {"reason": UNLIKE, "detail": f"cosine {similarity:.3f}"}
    picture = candidates[best].picture
    return {
        "chosen": best,
        "similarity": similarity,
        "data": drawing.encoded(picture, recipe),
        "width": picture.width,
        "height": picture.height,
    }


def _nearer(cosines: Sequence[float], own: int, texts: Sequence[str]) -> proving.Doubt | None:
    """The other text that a picture is at least as near to as to its own, if there is one."""
    others = [
        (cosine, text)
        for cosine, text in zip(cosines, texts, strict=True)
        if _said(text) != _said(texts[own])
    ]
    if not others or cosines[own] > max(others)[0]:
        return None
    best, text = max(others)
    return proving.Doubt(NEARER, f"cosine {cosines[own]:.3f}, {best:.3f} with {text!r}")


def _said(text: str) -> str:
    """A prompt without what makes no other picture of it: A lamp. as lamp."""
    return _AROUND.sub("", text.casefold())


def _picture(pair: dict[str, Any]) -> Image.Image:
    with ShardReader(pair["set"]) as reader:
        return pixels.decode_alpha(reader.read(pair["shard"], pair["offset"], pair["size"]))
