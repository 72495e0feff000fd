"""A number of pairs in; a folder in which the project's stages run over so many, out.

Parameters are the project's own, but for what needs its corpora or a trained model: pairs come from
tars, rules are those that know no model, and beside the project's are the rules that compare pairs
(shares of the whole and of each source and language, MetaCLIP's balance, caps, leaks).
"""

import copy
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from benchmarks._align import _captions
from benchmarks._curate import _network, _pools
from benchmarks._peer import ROOT
from benchmarks._scale import _tars

DEAR = ("clip", "clip_corrected", "prototype")  # scorers by a model, and by its vectors
_PACKAGES = Path("data/packages")
_HELD = 500  # pictures of an evaluation set, and captions
_TOLD = 20_000  # captions that the network's tokenizer knows
_RULES = {
    "either": {
        "any_of": {
            "words": {"column": "caption.words", "at_least": 1},
            "sharp": {"column": "image.sharpness", "at_least": 10},
        }
    },
    "leaks": {"exclude_leaks": ["exact", "near"]},
    "source": {"column": "image.sharpness", "top_share": 0.95, "per": "pairs.source"},
    "tongue": {"column": "caption.repetition", "top_share": 0.98, "per": "pairs.lang"},
    "balance": {"balance": {"entries": "entries", "at_most": 0}},  # set for each number of pairs
    "cap": {"cap": {"by": "pairs.url", "at_most": 6, "order": ["image.sharpness"]}},
    "sample": {"sample": 0.95},
}
_PER_ENTRY = 50  # an entry balances this part of all pairs
_SCORERS = ("caption", "language", "concreteness", "image", "phash")
_METHODS = {  # share of the pictures that something is made of
    **{"photometric": 0.1, "rewrite": 0.1, "synonyms": 0.2},
    **{"mixgen": 0.05, "cutmix": 0.05},
}
_OF_MODELS = ("clip", "clip_mixed", "clip_generated", "clip_told")  # rules


def folder(count: int) -> Path:
    """Where the stages run over so many pairs."""
    return ROOT / f"scale/{count}"


def made(count: int) -> dict[str, Any]:
    """Make the folder, unless it is there; gives its parameters.

    Raises:
        RuntimeError: the project has no corpora.
    """
    if not _PACKAGES.is_dir():
        raise RuntimeError(f"no {_PACKAGES}: run `make repro` first")
    place = folder(count)
    if not (place / "params.yaml").is_file():
        print(f"bench: making {count:,} pairs in {place}", file=sys.stderr)
        shutil.rmtree(place, ignore_errors=True)
        _tars.write(place / "source", count)
        random = np.random.default_rng(0)
        told = _captions.varied(_TOLD, random)
        words = {word for caption in told for word in caption.split()}
        entries = [*_tars.vocabulary()[::2], *sorted(words)]
        (place / "entries").write_text("\n".join(entries))
        _held_out(place)
        _network.write(place / "network", told)
        (place / "forgotten.csv").write_bytes(Path("forgotten.csv").read_bytes())
        (place / "blocklist.txt").write_bytes(Path("blocklist.txt").read_bytes())
        (place / "baseline.json").write_text("null\n")
    params = _params(count)
    (place / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))
    return params


def clear(count: int) -> None:
    """Take away what stages made and remembered, so that all of it is computed again."""
    for name in ("data", "metrics", "reports", ".pairwright"):
        shutil.rmtree(folder(count) / name, ignore_errors=True)
    (folder(count) / "data").mkdir()
    (folder(count) / _PACKAGES).symlink_to(_PACKAGES.resolve())


def _params(count: int) -> dict[str, Any]:
    """The project's parameters, changed; rules keep the same share of however many pairs."""
    params = yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))
    params["crawl"]["reads"] = "source"
    params["crawl"]["sources"] = {
        name: {"kind": "webdataset", "path": f"source/{name}"} for name in _tars.SOURCES
    }
    held = {"sets": {"held": {"path": "held", "captions": "held.txt"}}}
    clip = {"model": "local-dir:network"}
    params["score"] = {
        **{name: params["score"][name] for name in _SCORERS},
        "leakage": {"reads": "held", "distance": 6, **held},
        "leakage_caption": {"reads": "held", **held},
        "clip": {"reads": "network", **clip},
    }
    params["score_pool"]["duplicates"]["order"] = ["books", "news"]
    params["split"] |= {"distance": 6}
    rules = {n: rule for n, rule in params["filter"]["rules"].items() if n not in _OF_MODELS}
    for rule in rules.values():
        rule.pop("except_sources", None)
    rules["duplicates"]["order"] = ["books", "news"]
    rules["language"]["at_least"] = -9  # words by Zipf's law are of no language
    params["filter"]["rules"] = rules = copy.deepcopy(rules | _RULES)
    rules["balance"]["balance"]["at_most"] = count // _PER_ENTRY
    params["filter_made"]["rules"] = {
        name: {key: value for key, value in rule.items() if key != "sources"}
        for name, rule in params["filter_made"]["rules"].items()
        if name not in _OF_MODELS
    }
    params["filter_made"]["rules"]["language"]["at_least"] = -9
    params["label_linked"] = {"knowledge": params["label_linked"]["knowledge"] | {"pictures": None}}
    params["label_grounded"] = {"questions": params["label_grounded"]["questions"]}
    params["label_grounded"]["questions"]["except_sources"] = []
    params["make"] = {
        name: params["make"][name] | {"share": share} for name, share in _METHODS.items()
    }
    for own in params["make"].values():
        for unknown in ("sources", "except_sources"):
            own.pop(unknown, None)
    params["make"]["photometric"] |= {"known": {}, "written": None}
    params["snapshot"]["datasheet"]["licence_urls"] = {
        "CC0-1.0": "https://spdx.org/licenses/CC0-1.0.html"
    }
    return params


def _held_out(place: Path) -> None:
    """An evaluation set that no pair is of."""
    (place / "held").mkdir()
    random = np.random.default_rng(1)
    pictures = _tars.pictures(random)
    for number in range(_HELD):
        (place / f"held/{number:03}.jpg").write_bytes(next(pictures))
    said = _pools.captions(_HELD, _tars.vocabulary(), random)
    (place / "held.txt").write_text("\n".join(said))
