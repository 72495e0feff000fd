"""Pages are found by the entry points of whatever is installed."""

import sys
import tomllib
from pathlib import Path

import pytest

from curate.stage.pages import GROUP, Page, Places, found

ROOT = Path(__file__).resolve().parents[3]
OURS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder of packages as an installer leaves them, on the path."""
    monkeypatch.syspath_prepend(tmp_path)

    def install(name, pages):
        info = tmp_path / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        listed = "".join(f"{key} = {place}\n" for key, place in pages.items())
        (info / "entry_points.txt").write_text(f"[{GROUP}]\n{listed}")

    return install


def test_a_package_adds_a_page_by_a_line_and_is_told_the_places(site, tmp_path):
    (tmp_path / "another_package.py").write_text(
        "from curate.stage.pages import Page\n"
        "def about(places):\n"
        "    return Page('About', lambda rest: f'{places.data}'.encode(), 'none')\n"
    )
    site("another", {"about": "another_package:about"})
    page = found(Places(data=Path("elsewhere")))["about"]
    assert (page.title, page.html(""), page.of_pair) == ("About", b"elsewhere", False)
    sys.modules.pop("another_package")


def test_our_own_pages_are_the_report_and_the_story_of_a_pair(site):
    site("pairwright_ours", OURS["entry-points"][GROUP])
    pages = found(Places())
    assert {"report", "why"} <= set(pages)
    assert all(isinstance(page, Page) for page in pages.values())
