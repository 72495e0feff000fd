"""Folders of models: config, weights and tokenizer to a model and its words."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from tests._fuzz import scratch
from train import tokenizer
from train.exchange import clip as peer
from train.model import load, make, save
from train.models import clip, imagebert
from train.params import Vocabulary
from train.plan import Sizes
from train.recipe import Params
from train.text import Words

_TINY = {"streams": "joint 1", "width": 8, "heads": 2, "inner": 8, "text_tokens": 8, "regions": 2}
_TOWERS = {
    "embed_dim": 8,
    "vision_cfg": {"image_size": 8, "patch_size": 8, "width": 8, "head_width": 4, "layers": 1},
    "text_cfg": {"context_length": 8, "width": 8, "heads": 2, "layers": 1},
}
_TASKS = ("mlm", "itm")


def _whole() -> tuple[Path, Path]:
    """A folder of a model of ours, and one in open_clip's format."""
    ours, theirs = scratch.folder("ours"), scratch.folder("theirs")
    said = ["a red ball", "two dogs"] * 4
    tokenizer.learn(said, Vocabulary(kind="wordpiece", size=60), ours)
    words = Words(ours)
    plan = imagebert.plan(Params(change=_TINY))
    tasks = {name: plan.objectives[name] for name in _TASKS if name in plan.objectives}
    plan = type(plan)(**{**vars(plan), "objectives": tasks})
    save(make("imagebert", plan, Sizes(words.size, 4, 3)), ours)
    towers = clip.plan(Params(change={"towers": _TOWERS}))
    sizes = Sizes(words.size, 4, 3, pad=words.pad, end=words.end)
    peer.write(make("clip", towers, sizes), words, theirs)
    return ours, theirs


_FOLDERS = _whole()
_FILES = [(folder, file.name) for folder in _FOLDERS for file in sorted(folder.iterdir())]


def seeds() -> Iterator[bytes]:
    """Each file of both folders, behind a byte that says which; what is too large is left out."""
    for number, (folder, name) in enumerate(_FILES):
        data = (folder / name).read_bytes()
        if len(data) < 1 << 15:
            yield bytes([number]) + data
        if name.endswith("config.json"):
            config = json.loads(data)
            for key in config:
                yield bytes([number]) + json.dumps({**config, key: [0, None]}).encode()


def read(data: bytes) -> None:
    """Load a folder one of whose files is the input."""
    whole, name = _FILES[(data[:1] or b"\0")[0] % len(_FILES)]
    folder = scratch.FOLDER / "damaged"
    shutil.copytree(whole, folder, dirs_exist_ok=True)
    (folder / name).write_bytes(data[1:])
    words = Words(folder)
    if whole == _FOLDERS[0]:
        load(folder)
    else:
        peer.read(folder, words)
