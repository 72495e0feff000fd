import json
import re
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
import yaml

from benchmarks import _cost
from curate import coverage
from curate.dataset import record, tables
from curate.dataset.errors import DataError, ParamsError, PluginError
from tests import _large
from tests._frozen import freeze
from tests._report import OPTIONAL, OUT, SECTIONS, graph, write
from tests.curate.conftest import SNAPSHOT

LOADED = """(async () => {
    document.querySelectorAll('details').forEach(d => d.open = true);
    const pictures = [...document.images];
    pictures.forEach(p => p.loading = 'eager');
    await Promise.all(pictures.map(p => p.decode()));
    return pictures.map(p => p.naturalWidth);
})()"""


def test_a_browser_shows_every_picture_and_asks_for_nothing_over_a_network(reported, browser):
    seen = browser.look(OUT, LOADED)
    assert len(seen["value"]) == reported.metrics["pictures"] > 20
    assert min(seen["value"]) > 0
    assert seen["errors"] == []
    outside = [url for url in seen["requests"] if not url.startswith(("data:", "file:"))]
    assert outside == []
    assert [url for url in seen["requests"] if url.startswith("file:")] == [OUT.resolve().as_uri()]


def test_captions_from_the_web_are_shown_as_text_and_run_nothing(reported, browser):
    seen = browser.look(OUT, "[window.hacked ?? null, document.body.innerText]")
    hacked, text = seen["value"]
    assert hacked is None
    assert "{{ 7 * 7 }}" in text
    assert "<script>window.hacked" in text


@pytest.mark.parametrize("width", [320, 768, 1600])
def test_the_page_fits_narrow_and_wide_screens(reported, browser, width):
    script = "[document.documentElement.scrollWidth, window.innerWidth]"
    needed, there = browser.look(OUT, script, width)["value"]
    assert there == width
    assert needed <= there


def test_every_picture_has_an_alternative_text_and_every_section_a_heading(reported, browser):
    script = """({
        alts: [...document.querySelectorAll('main img')].map(i => i.alt),
        drawings: [...document.querySelectorAll('main [role=img]')].map(i => i.ariaLabel),
        ids: [...document.querySelectorAll('[id]')].map(e => e.id),
        headings: [...document.querySelectorAll('main h2')].length,
    })"""
    found = browser.look(OUT, script)["value"]
    assert found["alts"]
    assert all(found["alts"])
    assert all(found["drawings"])
    assert len(found["ids"]) == len(set(found["ids"]))
    assert found["headings"] == len(SECTIONS) + 1  # and that of the warnings


def test_captions_run_in_the_direction_of_their_script(reported, browser):
    script = """[...document.querySelectorAll('.caption')].map(
        c => [c.lang, getComputedStyle(c).direction])"""
    found = {tuple(pair) for pair in browser.look(OUT, script)["value"]}
    assert {way for tag, way in found if tag == "ar"} == {"rtl"}
    assert {way for tag, way in found if tag != "ar"} == {"ltr"}


def test_all_sections_tell_what_their_stages_left(reported):
    text = reported.text
    assert "Not run." not in text
    for words in (
        "Source stamps was skipped: no apt-get",
        "Histogram of caption.words",
        "clip ≥ 2",
        "Dropped by <code>clip</code>",
        "made: a red square",
        "circle.n.01",
        "circle is red",
        "a <ins>navy</ins> circle",
        "8 × chance",
        "1 of 1 scarce",
        "Curve of loss of imagebert: train from 1 to 0.333; validation from 2 to 0.667",
        'href="data_docs/pool/index.html"',
        "Towards circles.",
        "https://spdx.org/licenses/CC0-1.0.html",
        "<code>pairwright concept dog</code> tells of any",
        "Accuracy at the pretraining tasks",
        "Recording of: a red circle",
        "4 frames in 0.4 s",
    ):
        assert words in text, words


def test_nothing_that_is_missing_reads_as_none_or_nan(reported, browser):
    text = browser.look(OUT, "document.body.textContent")["value"]
    assert "round thing" in text  # a concept without a gloss
    assert re.findall(r"\b(?:nan|None|null)\b", text) == []


def test_the_same_inputs_give_the_same_bytes(reported, finished):
    _, again = write()
    assert again == reported.text


def test_the_funnel_adds_up(reported, browser):
    script = """[...document.querySelectorAll('.funnel li')].map(
        li => [li.className, li.querySelector('.count').innerText.replace('−', '-')])"""
    steps = browser.look(OUT, script)["value"]
    left = 0
    for kind, count in steps:
        if kind == "start":
            left = int(count)
        elif kind == "stop":
            assert int(count) == left
        else:
            left += int(count)
    assert left == sum(row["parent"] is None for row in reported.project.manifest()) == 7


def test_a_source_of_which_nothing_could_be_used_is_in_the_funnel(finished):
    lost = {"source": "lost", "item": "x.png", "reason": "unreadable picture", "detail": "torn"}
    table = pa.Table.from_pylist([lost], record.REJECTED)
    tables.write(table, Path("data/pool/rejected.parquet"), "item", record.REJECTED)
    _, text = write(params={"sections": ["funnel", "galleries"]})
    assert "0% of lost kept" in text
    assert "unreadable picture" in text


def test_a_dropped_pair_names_every_other_rule_that_it_fails(finished):
    file = Path("data/decisions/pool.parquet")
    rows = tables.read(file).to_pylist()
    for row in rows:
        row["failed"] += ["sharp", "words"] if row["failed"] else []
    decided = pa.Table.from_pylist(rows[1:], record.DECISIONS)  # one pair has no decision
    tables.write(decided, file, "uid", record.DECISIONS)
    _, text = write(params={"sections": ["galleries"]})
    assert "sharp, words" in text.split("also fails")[1][:60]


@pytest.mark.parametrize("name", OPTIONAL)
def test_an_input_that_is_missing_leaves_a_note_and_no_crash(finished, name):
    drawn = name in ("scores", "rules")  # the others are not in the charts of scores
    sections = [section for section in SECTIONS if drawn or section != "scores"]
    _, text = write(params={"sections": sections}, **{name: "nowhere"})
    noted = name in ("scores", "embeddings", "made", "labels", "snapshot", "graph", "figures")
    assert ("<strong>Not run.</strong>" in text) == noted


def test_a_pool_alone_is_enough(drawn_project):
    _, text = write(params={"sections": SECTIONS}, **dict.fromkeys(OPTIONAL))
    assert text.count("<strong>Not run.</strong>") == 16
    assert "pairs in the pool" in text


def test_without_decisions_the_error_says_what_to_run(finished):
    Path("data/decisions/pool.parquet").unlink()
    with pytest.raises(DataError, match=r"no table at data/decisions/pool\.parquet; run the stage"):
        write()


def test_an_unreadable_picture_is_said_to_be_so(finished):
    tar = next(Path("data/made/geometric/images").glob("*.tar"))
    tar.write_bytes(b"\0" * tar.stat().st_size)
    _, text = write(params={"sections": ["made"]})
    assert text.count('alt="made:') == 0
    assert "a red <ins>square</ins>" in text
    assert "cannot be read" in text


def test_an_unknown_section_or_parameter_is_answered_with_the_known_ones(finished):
    with pytest.raises(PluginError, match="did you mean 'funnel'"):
        write(params={"sections": ["funel"]})
    with pytest.raises(ParamsError, match="did you mean 'thumbnail'"):
        write(params={"thumbnails": 64})


def test_pictures_are_as_small_and_as_many_as_was_asked(finished):
    small, _ = write(params={"sections": ["galleries"], "per_gallery": 1, "strip": 0})
    large, _ = write(params={"sections": ["galleries"], "per_gallery": 12, "thumbnail": 16})
    assert small["pictures"] < large["pictures"]


def test_results_of_earlier_versions_stand_beside_those_of_this_one(finished):
    _, alone = write(params={"sections": ["training"]})
    assert "those before" not in alone
    for words in (["init", "-q"], ["add", "metrics"], ["commit", "-qm", "then"]):
        named = ("-c", "user.name=t", "-c", "user.email=t@t.invalid")
        subprocess.run(["git", *named, *words], check=True)
    file = Path("metrics/evaluate/imagebert.json")
    file.write_text(file.read_text().replace("0.4", "0.125"))
    _, text = write(params={"sections": ["training"]})
    rows = text.partition("This version and those before")[2].split("<tr>")[1:]
    assert [re.search(r"<b>(.*?)</b>", row)[1] for row in rows[1:]] == ["12.5%", "40.0%"]
    assert "this one" in rows[1]


@pytest.mark.parametrize("count", [20_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
def test_the_report_of_many_pairs_takes_bounded_memory_and_opens_at_once(
    project, packages, browser, count
):
    _large.write(count)
    freeze({**SNAPSHOT, "max_rejected": 0.99})
    folders = [Path("data", name) for name in ("pool", "decisions", "labels", "snapshot")]
    scarce = coverage.main(*folders, packages, coverage.CoverageParams())
    graph()
    Path("metrics/coverage.json").write_text(json.dumps(scarce))
    params = yaml.safe_load(Path("params.yaml").read_text())
    lacking = ("media", "training", "comparison", "backbones", "devices", "choosing")
    shown = [name for name in SECTIONS if name not in (*lacking, "validation")]
    params["report"] = {"title": "Many pairs", "sections": shown}
    Path("params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))
    paths = {"pool": "data/pool", "decisions": "data/decisions", "scores-made": "data/scores_made"}
    paths |= {n: OPTIONAL[n] for n in OPTIONAL if n not in ("dvclive", "docs")}
    flags = [word for name, path in paths.items() for word in (f"--{name.replace('_', '-')}", path)]
    cost = _cost.measured(
        [sys.executable, "-m", "curate.report", *flags, "--out", str(OUT), "--plots", "plots"]
    )
    text = OUT.read_text(encoding="utf-8")
    print(f"{count} pairs: {cost}, {OUT.stat().st_size / 2**20:.1f} MiB")
    assert "<strong>Not run.</strong>" not in text
    assert f"All {count:,} pairs are counted" in text
    assert cost.memory < 8 * 1024  # MB
    assert OUT.stat().st_size < 12 * 2**20
    seen = browser.look(OUT, "document.images.length")
    print(f"opened in {seen['seconds']:.2f} s with {seen['value']} pictures")
    assert seen["value"] > 200
    assert seen["errors"] == []
    assert seen["seconds"] < 3
