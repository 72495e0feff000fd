import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from scipy.spatial.distance import jensenshannon

from curate import distributions
from curate.dataset import parts, record, tables
from curate.dataset.errors import DataError

OUT = Path("data/distributions.json")
COUNT = 400


class Spread:
    """A snapshot with a score of pairs and one of pictures, and the stage."""

    def __init__(self):
        Path("baseline.json").write_text("null")
        self.write()

    def write(self, shift=0.0, languages=("en", "de"), unknown=0):
        random = np.random.default_rng(0)
        names = [f"{n:032x}" for n in random.permutation(COUNT)]
        rows = [
            {
                **dict.fromkeys(record.MANIFEST.names),
                **{"uid": name, "image": name[::-1], "set": "data/pool", "caption": "a"},
                **{"lang": languages[n % len(languages)], "source": "drawn", "split": "train"},
                **{"width": 1, "height": 1, "shard": "a.tar", "offset": 0, "size": 1},
            }
            for n, name in enumerate(names)
        ]
        folder = Path("data/snapshot")
        manifest = pa.Table.from_pylist(rows, record.MANIFEST)
        tables.write(manifest, folder / "manifest.parquet", "uid", record.MANIFEST)
        (folder / "snapshot.json").write_text(json.dumps({"id": f"shifted by {shift}"}))
        values = random.normal(shift, 1, COUNT)
        values[:unknown] = np.nan
        scored = pa.table({"uid": names, "similarity": pa.array(values, from_pandas=True)})
        tables.write(scored, Path("data/scores/clip.parquet"), "uid")
        seen = {
            "image": [row["image"] for row in rows],
            "blank": [n % 5 == 0 for n in range(COUNT)],
        }
        tables.write(pa.table(seen), Path("data/scores/image.parquet"), "image")

    def run(self):
        return distributions.main(
            snapshot=Path("data/snapshot"),
            scores=Path("data/scores"),
            scores_made=Path("data/scores_made"),
            baseline=Path("baseline.json"),
            out=OUT,
        )

    def accept(self):
        self.run()
        Path("baseline.json").write_bytes(OUT.read_bytes())


@pytest.fixture
def spread(project):
    return Spread()


def test_every_pair_is_counted_once_in_every_column(spread):
    assert spread.run() == {"compared_with": None, "distances": {}}
    told = json.loads(OUT.read_text())
    assert told["columns"]["lang"]["counts"] == {"de": 200, "en": 200}
    assert told["columns"]["licence"]["counts"] == {"unknown": COUNT}
    for name in ("clip.similarity", "image.blank"):
        counts = told["columns"][name]["counts"]
        assert sum(counts) == COUNT
        assert len(counts) == len(told["columns"][name]["edges"]) + 2
    assert set(told["columns"]["clip.similarity"]["counts"][:-1]) == {20}  # a twentieth each


def test_the_accepted_version_is_at_no_distance_from_itself(spread):
    spread.accept()
    found = spread.run()
    assert found["compared_with"] == "shifted by 0.0"
    assert set(found["distances"].values()) == {0.0}
    assert set(found["distances"]) == {
        *("lang", "source", "licence", "split", "clip.similarity", "image.blank"),
    }


def test_the_distance_is_scipy_s_over_the_bins_of_the_accepted_version(spread):
    spread.accept()
    before = json.loads(Path("baseline.json").read_text())["columns"]["clip.similarity"]
    spread.write(shift=0.5, unknown=10)
    found = spread.run()["distances"]
    values = tables.read(Path("data/scores/clip.parquet")).column("similarity").drop_null()
    bins = [-np.inf, *before["edges"], np.inf]
    now = [*np.histogram(-values.to_numpy(), -np.array(bins[::-1]))[0][::-1], 10]
    assert sum(now) == COUNT
    wanted = jensenshannon(before["counts"], now, base=2)
    assert found["clip.similarity"] == pytest.approx(wanted, abs=1e-6)
    assert found["clip.similarity"] > 0.1 > found["image.blank"]


def test_a_language_that_came_or_went_is_at_the_distance_of_its_share(spread):
    spread.accept()
    spread.write(languages=("en", "fr"))
    wanted = jensenshannon([200, 200, 0], [0, 200, 200], base=2)
    assert spread.run()["distances"]["lang"] == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize("sample", [150, COUNT, 1 << 16])
def test_the_same_bytes_come_out_however_tables_are_cut(spread, monkeypatch, sample):
    monkeypatch.setattr(distributions, "_SAMPLE", sample)
    spread.accept()
    spread.write(shift=0.3, unknown=10)
    spread.run()
    whole = OUT.read_bytes()
    for rows in (50, 100, 399):
        monkeypatch.setattr(parts, "ROWS", rows)
        spread.run()
        assert OUT.read_bytes() == whole
    edges = json.loads(whole)["columns"]["clip.similarity"]["edges"]
    values = tables.read(Path("data/scores/clip.parquet"))
    low = values.sort_by("uid").slice(0, sample).column("similarity").drop_null().to_numpy()
    assert edges == pytest.approx(np.quantile(low, np.arange(1, 20) / 20), rel=1e-5)


def test_a_column_that_is_gone_is_named_and_not_compared(spread):
    spread.accept()
    Path("data/scores/image.parquet").unlink()
    assert "image.blank" not in spread.run()["distances"]
    assert json.loads(OUT.read_text())["gone"] == ["image.blank"]


def test_the_edges_of_the_distance():
    some, other = np.array([3, 0]), np.array([0, 5])
    assert distributions.distance(some, some) == 0
    assert distributions.distance(some, other) == 1
    assert distributions.distance(some * 0, some * 0) == 0
    assert distributions.distance(some * 0, some) == 1


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"id": "x"}'])
def test_what_is_no_baseline_is_refused(spread, text):
    Path("baseline.json").write_text(text)
    with pytest.raises(DataError, match=r"baseline\.json is no baseline .*or null"):
        spread.run()
