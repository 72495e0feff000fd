import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from curate import embeddings, score
from curate.columns import Rows
from curate.dataset import record, tables
from curate.dataset.errors import DataError, ParamsError
from curate.embeddings import Embeddings, raw
from curate.rules import asking
from curate.stage.params import build

SCORES, VECTORS = Path("data/scores"), Path("data/embeddings/clip")


class Pool:
    """Drawn pictures that have been hashed, and the table of their duplicates."""

    def __init__(self, rows, write_set):
        self.pairs = write_set(Path("data/pool/drawn"), rows)
        self.names = [record.image_name(row[0]) for row in rows]
        score.main("phash", Path("data/pool"), SCORES / "phash.parquet", {})

    def judge(self, **params):
        """The table's rows, by image."""
        out = SCORES / "duplicates.parquet"
        score.main("duplicates", Path("data/pool"), out, params, VECTORS, SCORES)
        return {row["image"]: row for row in tables.read(out).to_pylist()}

    def embed(self, vectors):
        named = {name: np.array(v, float) for name, v in vectors.items()}
        text = raw("texts", {"x": np.array([1.0, 0])})
        embeddings.write(Embeddings(raw("images", named), text), VECTORS)


def photo(seed, side):
    """A smooth random field, as a photo is."""
    small = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), np.uint8)
    out = io.BytesIO()
    Image.fromarray(small).resize((side, side), Image.Resampling.BICUBIC).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def pool(project, workers, write_set):
    """A picture in three sizes from two sources, and two others."""
    rows = [(photo(1, side), "en", f"at {side}", "web") for side in (96, 192)]
    rows += [(photo(1, 64), "en", "small", "book")]
    rows += [(photo(seed, 96), "en", f"number {seed}", "web") for seed in (2, 3)]
    return Pool(rows, write_set)


def test_a_cluster_has_one_keeper_and_the_name_of_its_smallest_member(pool):
    found = pool.judge(distance=6)
    copies = pool.names[:3]
    for name in copies:
        row = found[name]
        assert (row["cluster"], row["size"], row["link"]) == (min(copies), 3, "perceptual")
        assert row["kept"] == copies[1]
        assert row["keeper"] == (name == copies[1])
        assert row["bits"] <= 6
    for name in pool.names[3:]:
        row = found[name]
        assert (row["cluster"], row["kept"], row["size"], row["keeper"]) == (name, name, 1, True)
        assert row["link"] is row["bits"] is row["cosine"] is None


def test_the_keeper_is_chosen_by_source_size_score_or_order(pool):
    first, large, small = pool.names[:3]
    told = {row["image"]: row["uid"] for row in pool.pairs.to_pylist()}
    values = {told[first]: 0.3, told[large]: 0.1}
    table = pa.table({"uid": list(values), "similarity": list(values.values())})
    tables.write(table, SCORES / "clip.parquet", "uid")

    def keeper(**params):
        return pool.judge(distance=6, **params)[first]["kept"]

    assert keeper() == large
    assert keeper(order=["book"]) == small
    assert keeper(keep="best_score", score="clip.similarity") == first
    urls = {name: f"http://drawn.localhost/{name}" for name in (first, large)}
    assert keeper(keep="earliest", order=["web", "book"]) == min(urls, key=urls.get)
    with pytest.raises(ParamsError, match="best_score needs a column"):
        keeper(keep="best_score")
    with pytest.raises(ParamsError, match="earliest needs order"):
        keeper(keep="earliest")


def test_a_chain_is_one_cluster_and_shows_how_far_its_ends_are(pool):
    a, b, c, d, e = pool.names
    angles = {a: 0, b: 20, c: 40, d: 60, e: 180}  # degrees: neighbours at a cosine of 0.94
    radians = {name: np.deg2rad(angle) for name, angle in angles.items()}
    pool.embed({name: (np.cos(r), np.sin(r)) for name, r in radians.items()})
    found = pool.judge(exact=False, distance=None, cosine=0.93, order=["web"])
    assert {found[name]["cluster"] for name in (a, b, c, d)} == {min(a, b, c, d)}
    assert (found[e]["size"], found[e]["link"], found[e]["cosine"]) == (1, None, None)
    assert found[d]["kept"] == b
    assert found[d]["link"] == "semantic"
    assert found[d]["cosine"] == pytest.approx(np.cos(np.deg2rad(20)), abs=1e-3)
    assert found[d]["keeper_cosine"] == pytest.approx(np.cos(np.deg2rad(40)), abs=1e-3)
    assert found[d]["bits"] is None
    assert found[d]["keeper_bits"] is not None


def test_the_surest_link_counts_and_pictures_without_a_vector_have_no_cosine(pool):
    a, b, c, d, _ = pool.names
    pool.embed({a: (1, 0), b: (1, 0), d: (1, 0)})
    found = pool.judge(distance=6, cosine=0.99)
    assert {found[name]["cluster"] for name in (a, b, c, d)} == {min(a, b, c, d)}
    assert [found[name]["link"] for name in (a, c, d)] == ["perceptual", "perceptual", "semantic"]
    assert found[c]["cosine"] is found[c]["keeper_cosine"] is None
    assert found[a]["keeper_cosine"] == 1


def test_where_pictures_lie_and_in_which_order_changes_no_byte(pool):
    pool.judge(distance=6)
    before = (SCORES / "duplicates.parquet").read_bytes()
    for name in "second", "first":
        rows = pool.pairs.to_pylist()[:: -1 if name == "second" else 1]
        part = rows[:2] if name == "second" else rows[:3]
        folder = Path(f"data/pool/{name}")
        folder.mkdir()
        (folder / "images").symlink_to(Path("data/pool/drawn/images").resolve())
        table = pa.Table.from_pylist(part, record.PAIRS)
        tables.write(table, folder / "pairs.parquet", "uid", record.PAIRS)
    Path("data/pool/drawn/pairs.parquet").unlink()
    pool.judge(distance=6)
    assert (SCORES / "duplicates.parquet").read_bytes() == before


def test_rules_keep_one_picture_of_each_cluster_or_so_many_pairs(pool):
    pool.judge(distance=6)
    rows = Rows(pool.pairs, SCORES)
    images = pool.pairs.column("image").to_pylist()

    def kept(**values):
        verdict = asking.judge(build(asking.Rule, values, "rules.one"), rows, "rules.one")
        return {image for image, keep in zip(images, verdict.keep, strict=True) if keep}

    assert kept(column="duplicates.keeper", equals=True) == set(pool.names[1:2] + pool.names[3:])
    capped = kept(cap={"by": "duplicates.cluster", "at_most": 2, "order": ["pairs.width"]})
    assert capped == set(pool.names) - {pool.names[2]}


def test_what_is_missing_is_an_error_that_names_it(pool):
    with pytest.raises(DataError, match=r"no table at data/embeddings/clip/images\.parquet"):
        pool.judge(cosine=0.9)
    with pytest.raises(ParamsError, match="by --scores"):
        score.main("duplicates", Path("data/pool"), Path("x.parquet"), {})
    (SCORES / "phash.parquet").unlink()
    with pytest.raises(ParamsError, match=r"no column 'phash\.phash'"):
        pool.judge()


def test_a_picture_without_a_hash_is_in_a_cluster_of_its_own(pool):
    file = SCORES / "phash.parquet"
    rows = tables.read(file).to_pylist()
    lost = pool.names[0]
    rows = [row | {"phash": None, "colours": None} if row["image"] == lost else row for row in rows]
    tables.write(pa.Table.from_pylist(rows, tables.read(file).schema), file, "image")
    found = pool.judge(distance=6, mirrored=8)
    assert (found[lost]["size"], found[lost]["keeper"]) == (1, True)
    assert found[pool.names[1]]["size"] == 2


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"distance": 20}, r"duplicates\.distance is 20: .* within 0 to 15 .* not look alike"),
        ({"cropped": 0}, r"duplicates\.cropped"),
        ({"mirrored": -1}, r"duplicates\.mirrored is -1: .* within 0 to 15"),
        ({"colours": 513}, r"duplicates\.colours is 513: .* by 0 to 255 levels .*black and white"),
        ({"colours": float("nan")}, r"duplicates\.colours is nan: .* by 0 to 255 levels"),
    ],
)
def test_what_no_two_pictures_can_differ_by_is_answered_with_its_range(pool, params, message):
    with pytest.raises(ParamsError, match=message):
        pool.judge(**params)
