import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from curate import presets
from curate.dataset import record, sets, tables
from curate.dataset.errors import ParamsError
from curate.stage import params as parameter_file

ROOT = Path(__file__).resolve().parents[2]
COUNT = 2000
SOURCES = ("clipart", "emoji", "manual", "stamps")
CAPTION = ("repetition", "filename_like", "boilerplate", "mojibake")
LEMMAS = ("cat", "ice cream", "stone")


@pytest.fixture
def table(project):
    """A pool with random sizes, captions and scores, some missing; gives all as columns."""
    rng = np.random.default_rng(0)
    said = ["a cat", "Ice-cream!", "category", "two stones", "stone by stone by stone", "x"]
    pictures = np.arange(COUNT) // 2
    caption = rng.choice(said, COUNT).astype(object)
    caption[::3] = [f"no. {n}" for n in range(0, COUNT, 3)]
    looks = rng.integers(0, 2**63, COUNT // 2, dtype=np.uint64)
    looks[1::10] = looks[::10] ^ np.uint64(0b101)  # two bits beside the picture before it
    frame = pd.DataFrame(
        {
            "uid": [f"{n:032x}" for n in range(COUNT)],
            "image": [f"{n:032x}" for n in pictures],
            "caption": caption,
            "source": rng.choice(SOURCES, COUNT // 2)[pictures],
            "size": rng.integers(4000, 9000, COUNT),
            "words": rng.integers(1, 6, COUNT),
            "characters": rng.integers(1, 12, COUNT),
            "lang_detected": rng.choice(["en", "de"], COUNT),
            "shortest_side": np.repeat(rng.integers(150, 300, COUNT // 2), 2),
            "aspect": np.repeat(rng.uniform(1, 5, COUNT // 2), 2),
            "similarity": rng.uniform(-0.1, 0.5, COUNT),
            "blank": rng.uniform(0.5, 1, COUNT // 2)[pictures],
            "sharpness": rng.uniform(0, 200, COUNT // 2)[pictures],
            "phash": [f"{n:016x}" for n in looks[pictures].tolist()],
            "repetition": rng.uniform(0, 0.7, COUNT),
            "filename_like": rng.uniform(0, 0.7, COUNT),
            "boilerplate": rng.uniform(0, 0.8, COUNT),
            "mojibake": rng.choice(20, COUNT) // 19,
            "support": rng.uniform(-3, 0, COUNT),
            "distance": rng.uniform(0, 0.8, COUNT // 2)[pictures],
            "repeated": np.repeat(rng.uniform(0.8, 1, COUNT // 2), 2),
            "norm_sim": np.repeat(rng.uniform(0.2, 0.9, COUNT // 2), 2),
        }
    )
    frame["colours"] = [bytes(192)] * COUNT
    frame.loc[frame["image"].isin(frame["image"][::89]), "repeated"] = np.nan
    frame["complexity"] = rng.choice([np.nan, 0, 1, 2], COUNT)  # null where it is not English
    frame["actions"] = frame["complexity"].where(
        frame["complexity"].isna(), rng.integers(0, 3, COUNT)
    )
    frame["matched"] = rng.integers(0, 9, COUNT)
    frame["masked"] = rng.uniform(0, 0.5, COUNT)
    frame.loc[::97, ["similarity", "masked"]] = np.nan
    rest = {"lang": "en", "width": 1, "height": 1, "shard": "images/a.tar", "offset": 0}
    pairs = [{**rest, **row} for row in frame.to_dict("records")]
    known = [{name: row.get(name) for name in record.PAIRS.names} for row in pairs]
    tables.write(pa.Table.from_pylist(known, record.PAIRS), Path("data/pool/pairs.parquet"), "uid")
    for scorer, key, columns in (
        ("caption", "uid", ["words", "characters", *CAPTION]),
        ("language", "uid", ["lang_detected", "support"]),
        ("image", "image", ["shortest_side", "aspect", "blank", "sharpness"]),
        ("phash", "image", ["phash", "colours"]),
        ("complexity", "uid", ["complexity", "actions"]),
        ("text_spotted", "uid", ["matched"]),
        *((f"clip{size}", "uid", ["similarity"]) for size in ("", "_b32", "_l14")),
        ("prototype", "image", ["repeated", "distance"]),
        ("norm_sim", "image", ["norm_sim"]),
    ):
        scores = frame[[key, *columns]].drop_duplicates(key)
        written = pa.Table.from_pandas(scores, preserve_index=False)
        tables.write(written, Path(f"data/scores/{scorer}.parquet"), key)
    masked = pa.table({"uid": list(frame.uid), "similarity": pa.array(frame.masked)})
    tables.write(masked, Path("data/scores/text_masked.parquet"), "uid")
    return frame


def wordnet_package():
    """WordNet's archive, with three lemmas in it, where the preset looks for it."""
    (Path("deb/DEBIAN")).mkdir(parents=True)
    Path("deb/DEBIAN/control").write_text(
        "Package: wordnet-base\nVersion: 1\nArchitecture: all\nMaintainer: a\nDescription: b\n"
    )
    Path("deb/usr/share/wordnet").mkdir(parents=True)
    lines = "".join(f"{lemma.replace(' ', '_')} n 1 0\n" for lemma in LEMMAS)
    Path("deb/usr/share/wordnet/index.noun").write_text(f"  1 licence\n{lines}")
    archive = Path("data/packages/wordnet-base.deb")
    archive.parent.mkdir(parents=True)
    subprocess.run(["dpkg-deb", "--build", "deb", archive], check=True, capture_output=True)


def highest(values, share):
    known = values.dropna()
    return values >= known.nlargest(round(share * len(known))).iloc[-1]


def laion(t, least):
    english = (t.lang_detected == "en") & (t.characters >= 5)
    return english & (t["size"] >= 5000) & (t.similarity >= least)


def d4(t):
    left = ~(t.repeated > 0.95)
    return left & highest(t.distance.where(left), 0.75)


def pairwright(t):
    named = t.source.isin(["emoji", "stamps"])
    keep = (t.shortest_side >= 24) & (t.aspect <= 6) & (t.blank <= 0.98) & (t.sharpness >= 10)
    keep &= (t.words >= 1) & (t.characters <= 2000) & (t.repetition <= 0.6) & (t.mojibake == 0)
    keep &= named | ((t.filename_like <= 0.6) & (t.boilerplate <= 0.7) & (t.support >= -2.7))
    beside = t[keep].groupby(["source", "caption"]).image.transform("nunique")
    keep &= named | (beside.reindex(t.index) <= 6)
    keep &= named | (t.source == "manual") | ~(t.similarity < 0)
    number = t.image.map(lambda name: int(name, 16))
    twin = number.where(number % 10 != 1, number - 1)  # as the fixture plants them
    asked = t.assign(twin=twin, rank=t.source.map({"stamps": 0, "clipart": 1, "manual": 2}))
    asked = asked[keep & (t.source != "emoji")].sort_values(["rank", "image"])
    return keep & ((t.source == "emoji") | t.image.isin(asked.drop_duplicates("twin").image))


EXPECTED = {
    "pairwright": pairwright,
    "d4": d4,
    "cat": lambda t: (t.complexity >= 1) & (t.actions >= 1) & (t.matched < 5),
    "laion-400m": lambda t: laion(t, 0.3),
    "laion-2b-en": lambda t: laion(t, 0.28),
    "datacomp-basic": lambda t: (
        (t.lang_detected == "en") & (t.words > 2) & (t.characters > 5)
        & (t.shortest_side >= 200) & (t.aspect <= 3)
    ),
    "datacomp-clip": lambda t: highest(t.similarity, 0.3),
    "datacomp-image-clip": lambda t: (
        (t.lang_detected == "en") & (t.words > 1) & (t.characters > 5)
        & highest(t.similarity, 0.3) & highest(t.norm_sim, 0.24)
    ),
    "dfn": lambda t: highest(t.similarity, 0.15),
    "semdedup": lambda t: ~(t.repeated > 1 - 0.05),
    "t-mars": lambda t: highest(t.masked, 0.5),
    "metaclip": lambda t: t.caption.isin(["a cat", "Ice-cream!", "stone by stone by stone"]),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(file.stem for file in (ROOT / "presets").glob("*.yaml")))
def test_a_preset_keeps_what_a_few_lines_of_pandas_keep(table, name):
    if name == "metaclip":
        wordnet_package()
    values = parameter_file.load(ROOT / f"presets/{name}.yaml", "filter")
    pairs = sets.located([Path("data/pool")])
    kept = presets.keeps(values, pairs, Path("data/scores"))
    assert kept.tolist() == np.asarray(EXPECTED[name](table)).tolist()
    assert 0 < kept.sum() < COUNT


@pytest.mark.parametrize("cap", [60, 120])
def test_a_cap_that_binds_leaves_as_many_captions_of_each_entry_on_average(table, cap):
    wordnet_package()
    values = parameter_file.load(ROOT / "presets/metaclip.yaml", "filter")
    values["rules"]["balance"]["balance"]["at_most"] = cap
    pairs = sets.located([Path("data/pool")])
    kept = presets.keeps(values, pairs, Path("data/scores"))
    for caption in ("a cat", "Ice-cream!", "stone by stone by stone"):
        own = (table.caption == caption).to_numpy()
        chance = cap / own.sum()
        assert chance < 0.7
        assert abs(kept[own].sum() - cap) <= 4 * np.sqrt(cap * (1 - chance))
    assert not kept[~EXPECTED["metaclip"](table).to_numpy()].any()


def test_our_own_preset_is_what_params_yaml_begins_with():
    ours, preset = (
        parameter_file.load(file, "filter")["rules"]
        for file in (ROOT / "params.yaml", ROOT / "presets/pairwright.yaml")
    )
    assert list(ours.items()) == list(preset.items())


def told(capsys, *names):
    presets.presets(list(names), Path("presets"), Path("data"), Path("params.yaml"))
    return capsys.readouterr().out.splitlines()


@pytest.fixture
def beside(table):
    """Presets beside the pool, and rules of ours that keep all clip art."""
    shutil.copytree(ROOT / "presets", "presets")
    rule = "{column: pairs.source, equals: clipart}"
    Path("params.yaml").write_text(f"filter: {{rules: {{clipart: {rule}}}}}\n")
    return table


def test_presets_stand_side_by_side_with_how_far_they_agree_with_ours(beside, capsys):
    head, ours, basic, clip, *_ = (line.split() for line in told(capsys, "datacomp-basic", "dfn"))
    assert head == ["preset", "pairs", "share", "pictures", "as", "ours", *SOURCES]
    clipart = beside.source == "clipart"
    assert ours[:2] == ["params.yaml", f"{clipart.sum():,}"]
    assert ours[4:] == ["100%", "100%", "0%", "0%", "0%"]
    kept = EXPECTED["datacomp-basic"](beside)
    agree = (kept & clipart).sum() / (kept | clipart).sum()
    assert basic[:2] == ["datacomp-basic", f"{kept.sum():,}"]
    assert basic[4] == f"{agree:.0%}"
    assert clip[0] == "dfn"


def test_a_preset_whose_scores_are_not_there_says_what_it_lacks(beside, capsys):
    Path("data/scores/clip.parquet").unlink()
    out = told(capsys)
    (why,) = (line for line in out if line.startswith("dfn: "))
    assert why.startswith("dfn: no column 'clip.similarity' in data/scores")
    assert why.endswith("; presets/dfn.yaml says what it takes")
    assert any(line.startswith("metaclip: package wordnet-base is not in data") for line in out)
    assert [line.split()[1] for line in out if line.startswith(("dfn ", "metaclip "))] == ["–", "–"]


def test_a_preset_that_brings_its_scorers_says_how_they_are_run(beside, capsys):
    Path("data/scores/clip_b32.parquet").unlink()
    why = told(capsys, "laion-400m")[-1]
    assert why.startswith("laion-400m: no column 'clip_b32.similarity' in data/scores")
    told_how = (
        "`pairwright presets laion-400m --run` scores clip_b32 as presets/laion-400m.yaml says"
    )
    assert why.endswith(f"; {told_how}")


def test_rules_of_ours_that_cannot_be_asked_name_their_file(beside, capsys):
    Path("params.yaml").write_text("filter: {rules: {web: {column: x.y, at_least: 1}}}\n")
    with pytest.raises(ParamsError, match=r"params\.yaml: no column 'x\.y' in data/scores"):
        told(capsys)


def test_an_unknown_preset_is_an_error_that_names_the_known_ones(beside, capsys):
    with pytest.raises(ParamsError, match=r"no preset 'dfm' in presets; did you mean 'dfn'"):
        told(capsys, "dfm")
