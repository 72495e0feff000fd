"""Pictures and captions in; what it costs to decide on them beside Data-Juicer's filters, out.

Each side is a command, or commands, with all that it takes, on one core: Data-Juicer's `dj-process`
with four of its filters, which open each picture for its size and count letters and words; ours the
scorers `caption` and `image` and the stage `filter`. Ours measures more of each pair than its four
rules ask, as sharpness and boilerplate, and says of each why it was dropped. Both must keep the
same pairs.

    data_juicer    pairs per second of the processor, ours over theirs
"""

import json
import shutil
import sys
from pathlib import Path

import yaml

from benchmarks import _cost, _peer, _photos
from benchmarks._curate import Measured, _pairs
from curate.dataset import tables

_PEER = ("py-data-juicer==1.6.1", "aiohttp==3.14.5")  # which it imports, but does not ask for
BESIDE = {"data_juicer": _PEER}
_COUNT = 10_000  # pictures, each with a caption
_SIDES = (160, 480)  # pixels
_LONGEST = 6  # words that are added to a caption, at most
_SIDE, _ASPECT, _WORDS, _SIGNS = 200, 1.5, 3, 24  # what a pair is kept by
_ONE_CORE = {"OMP_NUM_THREADS": "1"}


def measure(repeats: int) -> Measured:
    """Decide by both, in turn, as often as asked.

    Raises:
        RuntimeError: they do not keep the same pairs.
    """
    python = _peer.python("data_juicer", _PEER)
    folder = (_peer.ROOT / "data_juicer").absolute()
    captions = _made(folder)
    ours, theirs, rows = [], [], []
    for _ in range(repeats):
        costs, kept = _theirs(python, folder), _ours(folder)
        said = {json.loads(line)["text"] for line in (folder / "out.jsonl").open()}
        if said != {captions[uid] for uid in kept[1]}:
            raise RuntimeError(f"{len(said)} pairs are kept by Data-Juicer, {len(kept[1])} by us")
        theirs.append(_COUNT / costs)
        ours.append(_COUNT / kept[0])
        rows.append([_COUNT, len(said), theirs[-1], ours[-1], ours[-1] / theirs[-1]])
    headings = ("pairs", "kept by both", "Data-Juicer, pairs/CPU s", "ours", "ratio")
    return Measured(headings, rows, {"data_juicer": _cost.ratios(ours, theirs)})


def _made(folder: Path) -> dict[str, str]:
    """Write what both sides read; returns the caption of each uid."""
    photos = _photos.made("imagededup", _COUNT, _SIDES)
    files = [(photos / _photos.place(number)).absolute() for number in range(_COUNT)]
    captions = [f"photo {n}" + " of a window" * (n % _LONGEST) for n in range(_COUNT)]
    shutil.rmtree(folder, ignore_errors=True)
    rows = _pairs.pool(folder / "pool", [file.read_bytes() for file in files], captions)
    with (folder / "in.jsonl").open("w") as out:
        for file, caption in zip(files, captions, strict=True):
            out.write(json.dumps({"text": caption, "images": [str(file)]}) + "\n")
    filters = [
        {"image_shape_filter": {"min_width": _SIDE, "min_height": _SIDE}},
        {"image_aspect_ratio_filter": {"min_ratio": 1 / _ASPECT, "max_ratio": _ASPECT}},
        {"text_length_filter": {"min_len": _SIGNS}},
        {"words_num_filter": {"min_num": _WORDS}},
    ]
    asked = {"project_name": "bench", "np": 1, "open_tracer": False, "process": filters}
    paths = {"dataset_path": str(folder / "in.jsonl"), "export_path": str(folder / "out.jsonl")}
    (folder / "theirs.yaml").write_text(yaml.safe_dump({**asked, **paths, "use_cache": False}))
    rules = {
        "side": {"column": "image.shortest_side", "at_least": _SIDE},
        "aspect": {"column": "image.aspect", "at_most": _ASPECT},
        "signs": {"column": "caption.characters", "at_least": _SIGNS},
        "words": {"column": "caption.words", "at_least": _WORDS},
    }
    params = {"score": {"caption": {}, "image": {}}, "filter": {"rules": rules}}
    (folder / "params.yaml").write_text(yaml.safe_dump(params))
    return {row["uid"]: row["caption"] for row in rows}


def _theirs(python: str, folder: Path) -> float:
    """CPU seconds of one run of Data-Juicer."""
    command = [str(Path(python).with_name("dj-process")), "--config", str(folder / "theirs.yaml")]
    return _cost.measured(command, _ONE_CORE).cpu


def _ours(folder: Path) -> tuple[float, list[str]]:
    """CPU seconds of one run of our three commands, without a memory, and the uids they keep."""
    shutil.rmtree(folder / "scores", ignore_errors=True)
    shutil.rmtree(folder / ".pairwright", ignore_errors=True)
    common = ("--params", "params.yaml")
    commands = [
        [
            *("-m", "curate.score", "--name", name, "--sets", "pool", *common),
            *("--out", f"scores/{name}.parquet"),
        ]
        for name in ("caption", "image")
    ]
    commands.append(
        [
            *("-m", "curate.filter", "--sets", "pool", "--scores", "scores", *common),
            *("--out", "decided.parquet"),
        ]
    )
    told = {**_ONE_CORE, "PYTHONPATH": str(Path.cwd())}
    at = ["env", "-C", str(folder), sys.executable]
    cpu = sum(_cost.measured([*at, *command], told).cpu for command in commands)
    decided = tables.read(folder / "decided.parquet").to_pylist()
    return cpu, [row["uid"] for row in decided if row["kept"]]
