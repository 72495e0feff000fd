"""The page of a pair shows its story, leads to the pairs beside it, and can be used by all."""

import re
from pathlib import Path

import pytest

from curate.explained import explained
from curate.story import Project, tell

HOSTILE = "<script>document.title = 'run'</script>"


@pytest.fixture
def page(scored_project):
    """Writes the page of a pair; gives its file."""

    def write(uid):
        project = Project(scored_project.root / "data", scored_project.root / "params.yaml")
        file = Path("why.html")
        file.write_text(explained(tell(uid, project)), encoding="utf-8")
        return file

    return write


def test_a_page_tells_what_the_command_tells(scored_project, page):
    red = scored_project.circles["red"]
    text = page(red["uid"]).read_text(encoding="utf-8")
    assert f'<td dir="auto">{red["uid"]}</td>' in text
    assert "✓ Kept; closest to failing words, margin +0" in text
    assert "words 3, characters 12" in text
    assert "data/snapshot (drawn-shapes 0.1.0, id " in text
    french = next(row for row in scored_project.pairs if row["lang"] == "fr")
    text = page(french["uid"]).read_text(encoding="utf-8")
    assert "✗ Dropped by shown" in text
    assert text.count("✗ failed") == 1
    assert "✓ passed" in text
    assert "not asked" in text


def test_the_pairs_beside_one_are_shown_and_led_to(scored_project, page):
    red = scored_project.circles["red"]
    french = next(row for row in scored_project.pairs if row["lang"] == "fr")
    (made,) = scored_project.write_made([("square", "red", "a red square", red["uid"])])
    text = page(red["uid"]).read_text(encoding="utf-8")
    assert set(re.findall(r'<a href="([0-9a-f]+)">', text)) >= {french["uid"], made["uid"]}
    assert 'alt="a red square"' in text
    assert "dropped by <b>shown</b>" in text
    assert f'<a href="{red["uid"]}">' in page(made["uid"]).read_text(encoding="utf-8")


def test_a_caption_from_the_web_is_shown_and_not_run(scored_project, page, browser):
    red = scored_project.circles["red"]
    (made,) = scored_project.write_made([("square", "red", HOSTILE, red["uid"])])
    seen = browser.look(
        page(made["uid"]), "[document.title, document.querySelector('h1').textContent]"
    )
    assert seen["value"] == [f"{HOSTILE} · Pairwright", HOSTILE]


def test_all_can_use_the_page_in_both_schemes_and_on_a_phone(scored_project, page, browser, axe):
    file = page(scored_project.circles["red"]["uid"])
    script = f"""(async () => {{ {axe};
      const fits = document.documentElement.scrollWidth <= innerWidth;
      return [(await axe.run()).violations, fits]; }})()"""
    for scheme, width in (("light", 1280), ("dark", 390)):
        seen = browser.look(file, script, width, media={"prefers-color-scheme": scheme})
        assert seen["errors"] == []
        assert seen["value"] == [[], True]
        assert [url for url in seen["requests"] if not url.startswith(("file:", "data:"))] == []
