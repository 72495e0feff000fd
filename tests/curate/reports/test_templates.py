import itertools
import json
from pathlib import Path

import pyarrow.compute as pc
import pytest
import yaml

from curate.comparing.comparison import compare
from curate.comparing.version import opened
from curate.dataset import tables
from curate.media import AUDIO, VIDEO
from curate.reports import difference
from tests import _report

CHECK = """axe.run(document, {{resultTypes: ['violations', 'incomplete']}}).then(found => ({{
    rules: found.passes.length,
    wrong: found.violations.map(v => [v.id, v.help, v.nodes.slice(0, 5).map(n => n.html)]),
}}))"""
MARKUP = "<img src=x onerror='window.hacked=1'><b onclick=\"\">$x$</b>"
OPENED = "document.querySelectorAll('details').forEach(d => d.open = true);"


def check(axe):
    """An expression that asks axe-core what is wrong with a page whose parts are all open."""
    return f"(() => {{ {axe}; {OPENED} return {CHECK.replace('{{', '{').replace('}}', '}')}; }})()"


@pytest.fixture
def pages(reported):
    """A report and a comparison."""
    return reported.pages


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_a_checker_of_accessibility_finds_nothing_wrong(pages, browser, axe, scheme, width):
    for page in pages:
        media = {"prefers-color-scheme": scheme}
        found = browser.look(page, check(axe), width, media=media)["value"]
        assert found["rules"] > 20
        assert found["wrong"] == [], json.dumps(found["wrong"], indent=1)


def test_the_first_key_leads_past_the_contents(pages, browser):
    for page in pages:
        look = "(e => [e.className, e.getBoundingClientRect().left])(document.activeElement)"
        name, left = browser.look(page, look, keys=["Tab"])["value"]
        assert name == "skip"
        assert left >= 0
        there = browser.look(page, "location.hash", keys=["Tab", "Enter"])["value"]
        assert there == "#main"


def test_every_control_can_be_reached_by_key_and_shows_that_it_has_the_focus(pages, browser):
    reached = f"""(() => {{ {OPENED}
        const controls = [...document.querySelectorAll('a, summary, input, [tabindex]')];
        return controls.filter(c => {{
            c.focus({{focusVisible: true}});
            const drawn = getComputedStyle(c);
            return document.activeElement !== c || drawn.outlineStyle === 'none';
        }}).map(c => c.outerHTML);
    }})()"""
    for page in pages:
        assert browser.look(page, reached)["value"] == []


def test_arrow_keys_go_from_picture_to_picture_on_the_map(finished, browser):
    _report.write(params={"sections": ["map"]})
    shown = """[...document.querySelectorAll('.spot > span')]
        .filter(s => getComputedStyle(s).display !== 'none').map(s => s.innerText)"""
    tabs = ["Tab"] * 4  # past the skip link, the contents and the map's colours
    first = browser.look(_report.OUT, shown, keys=tabs)["value"]
    second = browser.look(_report.OUT, shown, keys=[*tabs, "ArrowRight"])["value"]
    assert len(first) == len(second) == 1
    assert first != second


def test_headings_are_in_order_and_tables_have_headers(pages, browser):
    script = """({
        levels: [...document.querySelectorAll('h1, h2, h3, h4')].map(h => +h.tagName[1]),
        bare: [...document.querySelectorAll('table')]
            .filter(t => !t.querySelector('th[scope]')).map(t => t.outerHTML),
    })"""
    for page in pages:
        found = browser.look(page, script)["value"]
        levels = found["levels"]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(b - a <= 1 for a, b in itertools.pairwise(levels))
        assert found["bare"] == []


def test_nothing_moves_for_readers_who_asked_for_it(pages, browser):
    script = """[...document.querySelectorAll('*')].filter(e => {
        const s = getComputedStyle(e);
        return s.scrollBehavior === 'smooth' || s.transitionDuration !== '0s'
            || s.animationName !== 'none';
    }).map(e => e.tagName)"""
    for page in pages:
        media = {"prefers-reduced-motion": "reduce"}
        assert browser.look(page, script, media=media)["value"] == []


def test_a_verdict_is_said_in_words_not_by_colour_alone(pages, browser):
    judged = ".card.kept, .card.dropped, .couple:not(.aligned)"
    script = f"""[...document.querySelectorAll('{judged}')].filter(c =>
        !c.innerText.includes(c.classList.contains('kept') ? 'kept' : 'dropped')).length"""
    opened_first = f"(() => {{ {OPENED} return {script}; }})()"
    for page in pages:
        assert browser.look(page, opened_first)["value"] == 0


def poison(file, columns, key):
    """Put markup into every word of some columns of a table."""
    table = tables.read(Path(file))
    schema = table.schema
    for name in columns:
        marked = pc.binary_join_element_wise(pc.fill_null(table[name], ""), MARKUP, "")
        table = table.set_column(table.column_names.index(name), name, marked)
    tables.write(table, Path(file), key, schema)


def marked(value):
    """A JSON value with markup in each text that is not one of the stage's own words."""
    if isinstance(value, dict):
        return {k: v if k == "action" else marked(v) for k, v in value.items()}
    if isinstance(value, list):
        return [marked(one) for one in value]
    return f"{value}{MARKUP}" if isinstance(value, str) else value


def test_markup_in_any_table_is_shown_and_never_run(finished, browser):
    poison("data/pool/pairs.parquet", ["caption", "source", "licence", "url", "page"], "uid")
    poison("data/pool/audio.parquet", ["source", "licence"], AUDIO.key)
    poison("data/pool/video.parquet", ["source", "licence"], VIDEO.key)
    poison("data/made/geometric/pairs.parquet", ["caption", "licence", "recipe"], "uid")
    poison("data/decisions/pool.parquet", ["reason"], "uid")
    poison("data/labels/scene/nodes.parquet", ["text", "lemma"], ["uid", "node"])
    poison("data/labels/knowledge/synsets.parquet", ["name", "gloss"], "synset")
    poison("data/graph/concepts.parquet", ["name", "gloss"], "concept")
    words = ["caption", "was", "becomes", "proof", "twin", "twin_negative", "how"]
    poison("data/labels/negatives/negatives.parquet", words, ["uid", "negative"])
    poison("data/labels/grounding/phrases.parquet", ["words"], ["uid", "node"])
    poison("data/labels/knowledge/concepts.parquet", ["name", "description"], "concept")
    finished.freeze("data/snapshot", name=MARKUP)
    rules = {MARKUP: {"column": "caption.words", "at_least": 2.0}}
    Path("params.yaml").write_text(yaml.safe_dump({"filter": {"rules": rules}}))
    Path("metrics/crawl.json").write_text(json.dumps({"skipped": {MARKUP: MARKUP}}))
    figures = {MARKUP: {"recall_at_1": 0.5, MARKUP: 0.5}}
    Path("metrics/evaluate/imagebert.json").write_text(json.dumps(figures))
    alike = {**_report.compared(), "missing": [MARKUP]}
    alike["models"][MARKUP] = alike["models"].pop("uniter")
    Path("metrics/compare.json").write_text(json.dumps(alike))
    ways = {**_report.compared_backbones(), "missing": [MARKUP]}
    ways["models"][MARKUP] = {**ways["models"].pop("resnet"), "visual": MARKUP}
    Path("metrics/backbones.json").write_text(json.dumps(ways))
    tongues = {**_report.compared_languages(), "missing": [MARKUP]}
    tongues["models"][MARKUP] = tongues["models"].pop("balanced")
    Path("metrics/languages.json").write_text(json.dumps(tongues))
    small = _report.compressed()
    small |= {"missing": [MARKUP], "rows": [{**row, "form": MARKUP} for row in small["rows"]]}
    Path("metrics/compression.json").write_text(json.dumps(small))
    scarce = Path("metrics/coverage.json")
    scarce.write_text(json.dumps(marked(json.loads(scarce.read_text()))))
    validated = {"evaluated": 1, "failed": 0, "success": True, "tables": {MARKUP: {"rows": 1}}}
    Path("metrics/validate/pool.json").write_text(json.dumps(validated))
    _report.write(params={"title": MARKUP})
    with opened(".") as a, opened(".") as b:
        difference.write(compare(a, b), Path("reports/difference.html"))
    look = f"""(() => {{ {OPENED} return {{
        hacked: window.hacked ?? null,
        made: document.querySelectorAll('img[onerror], script, [onclick]').length,
        bare: [...document.querySelectorAll('main section')].filter(
            s => !s.innerText.includes('onerror=')).map(s => s.id),
    }}}})()"""
    for page in (_report.OUT, Path("reports/difference.html")):
        seen = browser.look(page, look)
        assert seen["errors"] == []
        assert seen["value"]["hacked"] is None
        assert seen["value"]["made"] == 0
    report = browser.look(_report.OUT, look)["value"]
    assert report["bare"] == ["duplicates"]  # no two shapes look alike
