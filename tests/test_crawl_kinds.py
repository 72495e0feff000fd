"""What holds of a crawl whatever the kind of its source: the set is the same, come what may."""

import hashlib
import io
from pathlib import Path

import pytest
from PIL import Image

from curate import answers, crawl, refetch
from curate.blocklist import Blocklist, BlocklistParams
from curate.dataset import record
from curate.gather import Batch, Checks, gather
from curate.guard import Guard
from curate.stage import plugin
from curate.stage.params import build
from tests import _kinds
from tests._shop import BATCH, COUNT, Job, Shop, digest

DRAWING = (
    '<?xml version="1.0"?><!-- drawn by hand -->'
    '<svg xmlns="http://www.w3.org/2000/svg" width="80" height="40">'
    '<rect width="100%" height="100%" fill="{}"/></svg>'
)


@pytest.fixture
def drawings(project):
    """A job of two drawings, one red and one blue, without workers."""
    made = Shop([DRAWING.format(c).encode() for c in ("red", "blue")], "svg", "image/svg+xml")
    yield Job(made, "")
    made.close()


@pytest.fixture(params=_kinds.SOURCES)
def kind(request, job) -> str:
    """A kind of source, which the job crawls."""
    _kinds.write(job, request.param)
    return request.param


def test_killed_amid_its_batches_and_started_again_it_gives_the_bytes_of_an_undisturbed_run(
    job, kind
):
    done = _kinds.killed(job)
    assert 0 < done < COUNT / BATCH
    figures = job.run()
    assert figures["pairs"] == COUNT
    assert digest("data/pool") == job.undisturbed()


def test_a_cluster_of_several_processes_gives_the_bytes_of_one_machine(
    job, kind, cluster, monkeypatch
):
    wanted = job.undisturbed()
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", cluster.address)
    assert job.run()["pairs"] == COUNT
    assert digest("data/pool") == wanted


@pytest.mark.parametrize("way", ["urls", *_kinds.SOURCES])
def test_a_drawing_is_kept_rendered_whichever_way_it_comes_in_and_can_be_had_again(drawings, way):
    if way == "urls":
        drawings.write(range(2))
    else:
        _kinds.write(drawings, way)
    kind, own = crawl.kind_of("shop", drawings.params["sources"]["shop"])
    Path("spool").mkdir()
    module = plugin.load("curate.sources", kind)
    checks = Checks(1_000_000, 1_000_000, Blocklist(BlocklistParams()), Guard())
    forbids = (checks.forbids_files,) if hasattr(module, "forget") else ()
    items = module.items(own, Path(), Path("spool"), *forbids)
    batch = Batch("shop", kind, own, items, Path("batch.parquet"))
    gather(batch, checks, ())
    rows = [row for row in answers.whole(batch.path).to_pylist() if row["image"]]
    assert len(rows) == 2, answers.whole(batch.path).to_pylist()
    params = build(crawl.CrawlParams, drawings.params, "crawl")
    again = dict(refetch.again("shop", {r["image"]: r["url"] for r in rows}, params, Path()))
    for row, colour, data in zip(rows, ["red", "blue"], drawings.shop.pictures, strict=True):
        assert (row["extension"], row["width"], row["height"]) == ("png", 256, 128)
        assert row["sha256"] == hashlib.sha256(data).hexdigest()
        stored = again[row["image"]]
        assert record.image_name(stored) == row["image"]
        image = Image.open(io.BytesIO(stored)).convert("RGB")
        assert image.getcolors() == [(256 * 128, {"red": (255, 0, 0), "blue": (0, 0, 255)}[colour])]
