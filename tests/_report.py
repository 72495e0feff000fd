"""A drawn project in; what every stage would leave of it, and its report, out."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import yaml

from align import build_graph
from align.labelers import knowledge, scene
from curate import coverage, embeddings, report, together
from curate.columns import Rows
from curate.dataset import record, sets, tables
from curate.scorers import caption, duplicates, image, phash
from curate.stage import params as parameter_file
from tests import _aligned

SECTIONS = ["funnel", "scores", "map", "galleries", "duplicates", "media"]
SECTIONS += ["made", "scenes", "alignment", "graph"]
SECTIONS += ["coverage", "datasheet", "training", "comparison", "backbones", "languages"]
SECTIONS += ["devices", "choosing", "validation"]
OPTIONAL = {
    "scores": "data/scores",
    "embeddings": "data/embeddings/clip",
    "split": "data/split.parquet",
    "made": "data/made",
    "labels": "data/labels",
    "labels_made": "data/labels_made",
    "snapshot": "data/snapshot",
    "graph": "data/graph",
    "figures": "metrics",
    "dvclive": "dvclive",
    "docs": "reports/data_docs",
    "rules": "params.yaml",
}
OUT = Path("reports/index.html")
HOSTILE = (
    "دائرة <script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'>\"'`{{ 7 * 7 }}"
)


def write(params=None, **changes):
    """Run the stage on the drawn project, all optional inputs given unless changed."""
    given = {**OPTIONAL, **changes}
    values = {"title": "Drawn shapes", "sections": SECTIONS, **(params or {})}
    metrics = report.main(
        pool=Path("data/pool"),
        decisions=Path("data/decisions"),
        out=OUT,
        params=parameter_file.build(report.ReportParams, values, "report"),
        **{name: Path(path) for name, path in given.items() if path is not None},
    )
    return metrics, OUT.read_text(encoding="utf-8")


def score(pairs):
    """Real scores of the drawn pool by the scorers that need no weights."""
    images = sets.distinct_images(pairs)
    small = together.measure(images, [(image, image.Params()), (phash, phash.Params())])
    words = caption.score(pairs, caption.Params())
    for scorer, table in zip((image, phash, caption), (*small, words), strict=True):
        name = scorer.__name__.rpartition(".")[2]
        tables.write(table, Path(f"data/scores/{name}.parquet"), scorer.KEY, scorer.SCHEMA)
    drawn = np.random.default_rng(0).normal(size=(images.num_rows, 8))
    pool = Rows(pairs, Path("data/scores"))
    table = duplicates.score(images, duplicates.Params(), pool, None)
    tables.write(table, Path("data/scores/duplicates.parquet"), "image", duplicates.SCHEMA)
    vectors = embeddings.raw("images", dict(zip(images["image"].to_pylist(), drawn, strict=True)))
    texts = embeddings.raw("texts", {"a red circle": drawn[0]})
    embeddings.write(embeddings.Embeddings(vectors, texts), Path("data/embeddings/clip"))


def label(project):
    """The graph of `a red circle`: one object, linked, and its attribute."""
    uid = project.circles["red"]["uid"]
    nodes = [
        (uid, 0, "attribute", "red", "red", 2, 5, 1, None, 1.0),
        (uid, 1, "object", "circle", "circle", 6, 12, None, None, 1.0),
    ]
    rows = {
        ("scene", "nodes", scene.NODES, ("uid", "node")): nodes,
        ("scene", "edges", scene.EDGES, ("uid", "edge")): [],
        ("knowledge", "synsets", knowledge.SYNSETS, ("synset",)): [
            ("n1", "circle.n.01", "a round shape", "noun.shape"),
            ("n2", "shape.n.01", "an outline", "noun.shape"),
        ],
        ("knowledge", "hypernyms", knowledge.HYPERNYMS, ("synset", "hypernym")): [("n1", "n2")],
    }
    for (labeler, name, schema, key), values in rows.items():
        table = pa.Table.from_pylist(
            [dict(zip(schema.names, row, strict=True)) for row in values], schema
        )
        tables.write(table, Path(f"data/labels/{labeler}/{name}.parquet"), key, schema)
    _aligned.label(project)


def train():
    """Logs and figures as a training run leaves them."""
    from dvclive import Live

    with Live("dvclive/imagebert", save_dvc_exp=False, dvcyaml=None, report=None) as live:
        for step in range(3):
            live.log_metric("train/loss", 1 / (step + 1))
            live.log_metric("validation/loss", 2 / (step + 1))
            live.next_step()
    figures = {"recall_at_10": 0.4, "chance_at_10": 0.05, "times_chance_at_10": 8.0}
    values = {
        "evaluate/imagebert": {"image_retrieval": {"candidates": 200, **figures}},
        "compare": compared(),
        "backbones": compared_backbones(),
        "languages": compared_languages(),
        "compression": compressed(),
        "validate/pool": {"evaluated": 60, "failed": 0, "success": True, "tables": {}},
        "crawl": {"skipped": {"stamps": "no apt-get"}},
    }
    for name, figure in values.items():
        path = Path(f"metrics/{name}.json")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(figure))


def made_of(section, folder, name, figures):
    """What a section makes of some figures in a folder, `<name>.json`."""
    from curate.reports.inputs import Inputs, Paths

    (folder / f"{name}.json").write_text(json.dumps(figures))
    inputs = Inputs(Paths(Path("pool"), Path("decisions"), figures=folder), Path("out.html"))
    return section.section(inputs, None, None)


def compared():
    """The table of two models that were trained alike, one of them from one seed only."""

    def spread(mean, deviation):
        return {"mean": mean, "deviation": deviation, "least": mean, "most": mean}

    def figures(seeds, recall, deviation):
        found = {"candidates": 200, "recall_at_10": spread(recall, deviation), "chance_at_10": 0.05}
        found["recall_at_1"] = spread(recall / 4, deviation)
        task = {"accuracy": spread(0.7, deviation), "chance": 0.5, "targets": 40}
        return {
            "seeds": seeds,
            "parameters": 4_400_000,
            "cpu_seconds": {"pretrain": spread(321.0, deviation)},
            "image_retrieval": found,
            "text_retrieval": found,
            "least_times_chance": recall / 0.05,
            "learning": {
                "itm": {"loss": {"start": spread(0.7, deviation), "end": spread(0.5, deviation)}}
            },
            "tasks": {"itm": task, "mrfr": {"cosine": spread(0.5, deviation), "targets": 40}},
        }

    return {
        "budget": {"manifest": "m", "steps": 600, "pairs": 76_800},
        "models": {"lxmert": figures([0], 0.1, None), "uniter": figures([0, 1], 0.3, 0.02)},
        "missing": ["lxmert-1"],
    }


def compared_backbones():
    """The table of two ways to take pictures in, of which a new picture takes 30 and 2 ms."""

    def told(p50):
        return {"mean": p50, "deviation": None, "least": p50, "most": p50}

    found = compared()
    ways = {"proposals": "regions by proposals, frozen", "resnet": "grid of resnet18, trained"}
    for way, (name, sees), took in zip(
        ("lxmert", "uniter"), ways.items(), (30.0, 2.0), strict=True
    ):
        picture = {"p50_ms": told(took), "p99_ms": told(2 * took)}
        answer = {"p50_ms": told(9.0), "p99_ms": told(12.0)}
        own = found["models"].pop(way)
        found["models"][name] = {**own, "visual": sees, "picture": picture, "answer": answer}
    return {**found, "missing": ["resnet-1"]}


def compared_languages():
    """The table of two ways to choose languages, one of which never read Japanese."""

    def told(recall, deviation):
        spread = {"mean": recall, "deviation": deviation, "least": recall, "most": recall}
        found = {"candidates": 200, "recall_at_10": spread, "chance_at_10": 0.05}
        return {"image_retrieval": found, "text_retrieval": found}

    def figures(seeds, japanese, share, deviation):
        beside = {"en": told(0.25, deviation)}
        english = {**told(0.25, deviation), "share": 1 - share, "zero_shot": False}
        other = {**told(japanese, deviation), "share": share, "zero_shot": share == 0}
        languages = {"en": {**english, "beside": beside}, "ja": {**other, "beside": beside}}
        alike = {"candidates": 200, "shared": 180, "left_out": {"he": 12}}
        return {"seeds": seeds, **alike, "languages": languages}

    return {
        "budget": {"manifest": "m", "steps": 800, "pairs": 102_400},
        "models": {
            "english": figures([0], 0.125, 0.0, None),
            "balanced": figures([0, 1], 0.3, 0.4, 0.02),
        },
        "missing": ["balanced-1"],
    }


def compressed():
    """Two forms of a model, the smaller and faster one a little worse."""

    def row(form, size, took, recall, **against):
        return {
            "variant": "whole",
            "form": form,
            "bytes": size,
            "packed_bytes": size // 2,
            "p50_ms": took,
            "p99_ms": 2 * took,
            "peak_mib": 100 * took,
            "recall_at_10": recall,
            "chance_at_10": 0.05,
            "front": True,
            **against,
        }

    before = row("eager", 16 << 20, 8.0, 0.25, smaller=1.0, faster=1.0, points_lost=0.0)
    after = row("onnx_int8", 4 << 20, 2.0, 0.245, smaller=4.0, faster=4.0, points_lost=0.5)
    return {
        "model": "models/imagebert",
        "candidates": 200,
        "rows": [before, after],
        "missing": ["pruned"],
    }


def graph():
    """The graph of the snapshot, and its figures."""
    places = (Path("data", name) for name in ("snapshot", "labels", "graph"))
    figures = build_graph.main(*places, build_graph.GraphParams())
    Path("metrics").mkdir(exist_ok=True)
    Path("metrics/graph.json").write_text(json.dumps(figures))


def finish(drawn_project, packages):
    """Leave what every stage leaves, with a hostile caption; `packages` has the WordNet."""
    red = drawn_project.circles["red"]
    uid = record.pair_uid(red["image"], "ar", HOSTILE)
    hostile = {**red, "lang": "ar", "caption": HOSTILE, "uid": uid}
    drawn_project.pairs.append(hostile)
    table = pa.Table.from_pylist(drawn_project.pairs, record.PAIRS)
    tables.write(table, Path("data/pool/pairs.parquet"), "uid", record.PAIRS)
    drawn_project.decide("pool", drawn_project.pairs, [drawn_project.circles["black"]["uid"], uid])
    score(sets.located([Path("data/pool")]))
    label(drawn_project)
    train()
    drawn_project.freeze()
    graph()
    folders = [Path("data", name) for name in ("pool", "decisions", "labels", "snapshot")]
    scarce = coverage.main(*folders, packages, coverage.CoverageParams())
    Path("metrics/coverage.json").write_text(json.dumps(scarce))
    rules = {"clip": {"column": "caption.words", "at_least": 2.0}}
    Path("params.yaml").write_text(yaml.safe_dump({"filter": {"rules": rules}}))
    Path("reports/data_docs/pool").mkdir(parents=True)
    Path("reports/data_docs/pool/index.html").write_text("<!doctype html>")
    return drawn_project
