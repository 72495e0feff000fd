from pathlib import Path

import pyarrow as pa
import pytest

from curate.comparing.comparison import compare
from curate.comparing.version import opened
from curate.dataset import record, tables
from curate.reports import difference
from tests.curate.comparing.conftest import Versions

OUT = Path("pages/difference.html")
HOSTILE = (
    "دائرة <script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'>{{ 7 * 7 }}"
)
SEEN = """(async () => {
    document.querySelectorAll('details').forEach(d => d.open = true);
    const pictures = [...document.images];
    pictures.forEach(p => p.loading = 'eager');
    await Promise.all(pictures.map(p => p.decode()));
    return {
        widths: pictures.map(p => p.naturalWidth),
        alts: [...document.querySelectorAll('main img')].map(i => i.alt),
        drawings: [...document.querySelectorAll('main [role=img]')].map(i => i.ariaLabel),
        ids: [...document.querySelectorAll('[id]')].map(e => e.id),
        sums: [...document.querySelectorAll('.headline .value')].map(e => e.innerText),
        hacked: window.hacked ?? null,
        text: document.body.innerText,
        wide: document.documentElement.scrollWidth - window.innerWidth,
    };
})()"""


@pytest.fixture
def written(drawn_project):
    """A page of a project before and after a new rule and a hostile caption; gives its text."""
    versions = Versions(drawn_project)
    versions.run()
    versions.aside()
    file = Path("data/pool/pairs.parquet")
    rows = tables.read(file).to_pylist()
    gold = next(row for row in rows if row["caption"] == "a gold circle")
    gold |= {"caption": HOSTILE, "uid": record.pair_uid(gold["image"], "en", HOSTILE)}
    tables.write(pa.Table.from_pylist(rows, record.PAIRS), file, "uid", record.PAIRS)
    versions.rules["english"] = {"column": "pairs.lang", "is_in": ["en"]}
    versions.run()
    with opened("before") as a, opened(".") as b:
        difference.write(compare(a, b), OUT)
    return OUT.read_text(encoding="utf-8")


def test_the_page_shows_what_went_and_came_offline_without_an_error(written, browser):
    seen = browser.look(OUT, SEEN)
    assert seen["errors"] == []
    requests = [url for url in seen["requests"] if not url.startswith("data:")]
    assert requests == [OUT.resolve().as_uri()]
    value = seen["value"]
    assert value["sums"] == ["9", "−2", "+1", "8"]
    assert len(value["widths"]) == 3
    assert all(value["widths"])
    assert all(value["alts"])
    assert all(value["drawings"])
    assert len(value["ids"]) == len(set(value["ids"]))
    assert "other caption of its picture" in value["text"]
    assert "the rule is new" in value["text"]
    assert value["hacked"] is None
    assert "{{ 7 * 7 }}" in value["text"]


def test_the_page_fits_a_narrow_screen(written, browser):
    assert browser.look(OUT, SEEN, 320)["value"]["wide"] <= 0


def test_nothing_that_changed_makes_a_page_too(drawn_project):
    versions = Versions(drawn_project)
    versions.run()
    with opened(".") as a, opened(".") as b:
        difference.write(compare(a, b), OUT)
    text = OUT.read_text(encoding="utf-8")
    assert "No pair went." in text
    assert "As before: caption.words" in text
