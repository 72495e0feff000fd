"""How well pictures fit their captions, by a model that is had before a crawl begins."""

import hashlib
import re
import threading
from pathlib import Path

import pytest

from curate import consistency, crawl, ledger, loopback
from curate.dataset import tables
from curate.dataset.errors import ImageError, WeightsError
from curate.scorers import clip
from curate.sources import urls
from curate.stage.params import build


def test_the_caption_that_fits_best_counts(drawn, tiny_clip):
    name, data = f"local-dir:{tiny_clip()}", drawn("circle", "red")

    def ask(*captions: str) -> float:
        return consistency.similarity(name, None, data, captions, 1_000_000)

    one, other = ask("a red ball"), ask("a blue field")
    assert one != other
    assert ask("a red ball", "a blue field") == ask("a blue field", "a red ball") == max(one, other)
    with pytest.raises(ImageError):
        consistency.similarity(name, None, b"no picture", ["x"], 1_000_000)


def test_a_process_loads_a_model_once_whatever_its_threads(drawn, tiny_clip, monkeypatch):
    loads, load = [], clip._load
    monkeypatch.setattr(clip, "_load", lambda params: (loads.append(params), load(params))[1])
    name, data = f"local-dir:{tiny_clip(seed=7)}", drawn("circle", "red")
    found: list[float] = []

    def ask() -> None:
        found.append(consistency.similarity(name, None, data, ["a red ball"], 1_000_000))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (len(found), len(set(found)), len(loads)) == (4, 1, 1)


def test_another_model_has_another_fingerprint(tiny_clip):
    known = {consistency.fingerprint(f"local-dir:{tiny_clip(seed)}", None) for seed in (0, 1, 0)}
    assert len(known) == 2


@pytest.mark.parametrize(("similarity", "outcome"), [(-1.0, "pair"), (1.0, "replaced")])
def test_workers_of_a_crawl_ask_the_model_and_keep_what_it_said(
    project, drawn, tiny_clip, similarity, outcome
):
    Path("www").mkdir()
    for colour in ("red", "blue"):
        Path(f"www/{colour}.png").write_bytes(drawn("circle", colour))
    blue = hashlib.sha256(drawn("circle", "blue")).hexdigest()
    source = {"kind": "urls", "path": "t.csv", "contact": "mailto:o@c.example"}
    guard = {"model": f"local-dir:{tiny_clip()}", "similarity": similarity}
    values = {"sources": {"web": source | {"private_hosts": ["127.0.0.1"]}}, "guard": guard}
    with loopback.serve(Path("www")) as (address, port):
        rows = [f"http://{address}:{port}/{c}.png,a {c} ball,{blue}\n" for c in ("red", "blue")]
        Path("t.csv").write_text("url,text,sha256\n" + "".join(rows))
        crawl.main(Path(), Path("pool"), build(crawl.CrawlParams, values, "crawl"))
    blue_row, red_row = tables.read(Path("pool") / ledger.FILE).to_pylist()
    assert (blue_row["outcome"], blue_row["content"]) == ("pair", "same bytes")
    assert red_row["outcome"] == outcome
    assert re.search(r"caption.* -?0\.\d{4}", red_row["content"])


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ({"model": "local-dir:nowhere"}, "nowhere holds no open_clip_config.json"),
        ({"model": "ViT-B-32"}, "weights is null"),
        ({"model": "ViT-B-32", "weights": "no/such.pt"}, "no checkpoint at no/such.pt"),
        ({"model": "local-dir:nowhere", "weights": "x"}, "brings its own weights"),
        ({"model": "no-such-model", "weights": "openai"}, "cannot be loaded"),
    ],
)
def test_a_model_that_cannot_be_had_stops_a_crawl_before_it_starts(
    project, wanted, why, monkeypatch
):
    monkeypatch.setattr(urls, "items", None)  # would be called first
    source = {"kind": "urls", "path": "t.csv", "contact": "mailto:o@c.example"}
    params = build(crawl.CrawlParams, {"sources": {"web": source}, "guard": wanted}, "crawl")
    with pytest.raises(WeightsError, match=rf"crawl\.guard\.model .*null(?s:.)*{why}"):
        crawl.main(Path(), Path("pool"), params)
