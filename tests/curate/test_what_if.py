from pathlib import Path

import pyarrow as pa
import pytest
import yaml

from curate import what_if
from curate.dataset import tables
from curate.dataset.errors import ParamsError

RULES = {
    "clip": {"column": "clip.similarity", "at_least": 0.2},
    "words": {"column": "caption.words", "at_least": 2},
}


@pytest.fixture
def scored(project, drawn, write_set):
    """Six pairs of two sources and languages with scores; gives the files' bytes."""
    colours = ("red", "green", "blue", "gold", "navy", "teal")
    rows = [
        (drawn("circle", colour), "en" if n < 4 else "fr", f"a {colour}", "web" if n else "books")
        for n, colour in enumerate(colours)
    ]
    uids = write_set(project / "data/pool", rows).column("uid").to_pylist()
    pairs = tables.read(project / "data/pool/pairs.parquet").to_pylist()
    place = {f"a {colour}": n for n, colour in enumerate(colours)}
    values = [place[row["caption"]] / 10 for row in pairs]
    clip = pa.table({"uid": [row["uid"] for row in pairs], "similarity": values})
    tables.write(clip, project / "data/scores/clip.parquet", "uid")
    words = pa.table({"uid": uids, "words": [2] * 6})
    tables.write(words, project / "data/scores/caption.parquet", "uid")
    Path("params.yaml").write_text(yaml.safe_dump({"filter": {"rules": RULES}}, sort_keys=False))
    return lambda: {p: p.read_bytes() for p in Path().rglob("*") if p.is_file()}


def said(capsys, *changes, examples=5):
    what_if.what_if(list(changes), Path("data"), Path("params.yaml"), made=False, examples=examples)
    return capsys.readouterr().out


def test_a_stricter_rule_names_what_it_would_drop_by_source_and_language(scored, capsys):
    out = said(capsys, "filter.rules.clip.at_least=0.35").splitlines()
    assert out[0] == (
        "Kept 4 (66.7%) now, 2 (33.3%) then, of 6 pairs: 2 newly dropped, 0 newly kept"
    )
    assert [line.split() for line in out[2:7]] == [
        ["source", "language", "pairs", "kept", "then", "dropped", "gained"],
        ["books", "en", "1", "0", "0", "0", "0"],
        ["web", "all", "5", "4", "2", "2", "0"],
        ["web", "en", "3", "2", "0", "2", "0"],  # nothing changes for web in French
        ["all", "all", "6", "4", "2", "2", "0"],
    ]
    assert out[8] == "Newly dropped: clip 2"
    assert sorted(line.split(maxsplit=1)[1] for line in out[9:]) == [
        "web  en  a blue  clip  −0.15",
        "web  en  a gold  clip  −0.05",
    ]


def test_a_rule_that_is_taken_out_or_looser_names_what_would_come_back(scored, capsys):
    out = said(capsys, "~filter.rules.clip")
    assert "4 (66.7%) now, 6 (100.0%) then" in out
    assert "Newly kept, with the rule that drops it now: clip 2" in out
    assert "books  en  a red    clip  −0.2" in out
    assert "then, of 6 pairs: 0 newly dropped, 1 newly kept" in said(
        capsys, "filter.rules.clip.at_least=0.1"
    )


def test_a_new_rule_and_several_changes_at_once_are_asked_together(scored, capsys):
    out = said(capsys, "+filter.rules.few={sample: 0.0}", "filter.rules.words=null", examples=1)
    assert "Newly dropped: few 4" in out
    assert len(out.split("Newly dropped: few 4\n")[1].splitlines()) == 1


def test_nothing_is_written(scored, capsys):
    before = scored()
    said(capsys, "filter.rules.clip.at_least=0.35")
    assert scored() == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("filter.rules.clp.at_least=1", r"Could not override.*\n.*\(rules: clip, words\)"),
        ("+filter.rules.clip.at_lest=1", r"rules\.clip\.at_lest; did you mean 'at_least'"),
        ("filter.rules.clip.at_least=0.2", r"changes nothing: params.yaml says so already"),
        ("score.clip.model=x", r"no change of filter.*`dvc exp run -S 'score.clip.model=x'`"),
        ("filter.rules.clip", r"missing EQUAL"),
    ],
)
def test_a_change_that_cannot_be_asked_says_why(scored, capsys, change, message):
    with pytest.raises(ParamsError, match=message):
        said(capsys, change)
