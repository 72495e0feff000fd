"""params.yaml: every section of the project's own file to the parameters of its stage."""

from collections.abc import Iterator

import yaml

from curate.crawl import CrawlParams, kind_of
from curate.filter import FilterParams
from curate.split import SplitParams
from curate.stage import params
from tests._fuzz import scratch
from tests._whole import ROOT
from train.params import PretrainParams

_SECTIONS = {
    "crawl": CrawlParams,
    "filter": FilterParams,
    "split": SplitParams,
    "pretrain.imagebert": PretrainParams,
}


def seeds() -> Iterator[bytes]:
    """Sections as the project has them, and what YAML alone has."""
    ours = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    for section in _SECTIONS:
        first, _, rest = section.partition(".")
        part = {rest: ours[first][rest]} if rest else ours[first]
        yield yaml.safe_dump({first: part}, sort_keys=False, allow_unicode=True).encode()
    for odd in (
        "a: &a [1, 1]\nb: &b [*a, *a]\nsplit: {train: *b, seed: 2001-01-01, ? [1] : !!binary aa==}",
        "split: {<<: {train: 0.5}, test: 1:30, validation: .inf, distance: 0o7}",
        "filter: {rules: {clip: {at_least: null, scorer: 'clip'}}}\n--- # two\n%TAG ! x\n",
        "crawl:\n  sources:\n    a: {kind: folder, path: !!python/name:os.system x}\n",
        "split: !!timestamp 2001-13-45\ncrawl: !!float 1e\n",
    ):
        yield odd.encode()


def read(data: bytes) -> None:
    """Read every section that a file has."""
    file = scratch.file("params.yaml", data)
    for section, kind in _SECTIONS.items():
        try:
            values = params.load(file, section)
        except params.ParamsError as error:
            str(error).encode()
            continue
        built = params.build(kind, values, section)
        params.as_dict(built)
        for name, own in getattr(built, "sources", {}).items():
            kind_of(name, own)
