import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from curate.reports import plots

VALUES = np.linspace(0, 1, 200) ** 2


def histogram(name, kept, dropped, limits=()):
    """A histogram of values, binned as the report bins them."""
    edges, logarithmic = plots.edges_of(
        np.concatenate([kept, dropped]), [limit for _, limit in limits], 48
    )
    counts = [np.histogram(np.clip(v, edges[0], edges[-1]), edges)[0] for v in (kept, dropped)]
    return plots.histogram(name, edges, logarithmic, *counts, limits)


def names(svg):
    return set(re.findall(r'\bid="([^"]+)"', svg))


def test_a_plot_is_well_formed_and_refers_only_to_itself():
    svg, _ = histogram("clip.similarity", VALUES, VALUES / 2, [("clip ≥ 0.2", 0.2)])
    root = ET.fromstring(svg)
    assert root.tag.endswith("svg")
    assert "clip ≥ 0.2" in "".join(root.itertext())
    referred = set(re.findall(r"(?:url\(#|href=\"#)([^)\"]+)", svg))
    assert referred <= names(svg)
    assert not re.search(r"(href|src)=\"(?!#)", svg)


def test_a_plot_follows_the_pages_colours():
    svg, _ = histogram("a", VALUES, VALUES)
    assert "var(--kept)" in svg
    assert "var(--dropped)" in svg
    assert set(re.findall(r"#[0-9a-f]{6}\b", svg)) <= {"#000000", "#ffffff"}


def test_the_same_values_give_the_same_plot():
    assert histogram("a", VALUES, VALUES) == histogram("a", VALUES, VALUES)


def test_two_plots_on_a_page_share_no_names():
    one, _ = histogram("a.b", VALUES, VALUES)
    two, _ = histogram("a.c", VALUES, VALUES)
    assert names(one)
    assert not names(one) & names(two)


@pytest.mark.parametrize(
    ("kept", "dropped"),
    [
        (VALUES, np.array([])),
        (np.array([]), VALUES),
        (np.array([1.0]), np.array([])),
        (np.array([3.0, 3.0]), np.array([3.0])),
        (np.array([1e-9, 1.0]), np.array([1e9])),
        (np.array([-1.0, 0.0]), np.array([5.0])),
    ],
    ids=["none dropped", "none kept", "one value", "all equal", "far apart", "below zero"],
)
def test_any_values_give_a_plot(kept, dropped):
    svg, _ = histogram("a", kept, dropped, [("rule", 2.0)])
    ET.fromstring(svg)


def test_counts_on_a_log_scale_are_told_at_nought_and_at_powers_of_ten_that_stand_apart():
    edges = np.linspace(0, 1, 11)
    counts = np.array([300_000, 8, 9, 7, 8, 8, 9, 8, 7, 8])
    svg, _ = plots.histogram("a", edges, False, counts, np.zeros(10, int))
    told = ["".join(text.itertext()).strip() for text in ET.fromstring(svg).iter()]
    ticks = [text for text in dict.fromkeys(told) if re.fullmatch(r"[\d,]+", text)]
    assert ticks == ["0", "10", "1,000", "100,000"]


def test_what_stands_on_a_log_scale_is_said():
    steep = np.concatenate([np.zeros(5000), VALUES])
    assert histogram("a", steep, VALUES)[1] == "; counts on a log scale"
    wide = np.geomspace(1, 10_000, 400)
    assert "values" in histogram("a", wide, wide)[1]
    assert histogram("a", np.linspace(0, 1, 500), VALUES)[1] == ""


def test_a_shift_is_drawn_in_the_pages_colours_on_the_scale_of_its_edges():
    edges, logarithmic = plots.edges_of(np.geomspace(1, 10_000, 400), [], 8)
    svg = plots.shift("a", edges, logarithmic, np.full(8, 0.125), np.linspace(0, 0.25, 8))
    ET.fromstring(svg)
    assert logarithmic
    assert "var(--made)" in svg
    assert re.search(r"\d%<", svg)


def test_curves_name_their_lines():
    steps = np.arange(3)
    svg = plots.curves("m", {"train": (steps, steps * 2.0), "validation": (steps, steps * 3.0)})
    text = "".join(ET.fromstring(svg).itertext())
    assert "train" in text
    assert "validation" in text


@pytest.mark.parametrize(
    ("values", "limits"),
    [(VALUES, []), (VALUES * 7.3 - 2, [3.1]), (VALUES * 1e-6, []), (np.array([4.4, 4.4]), [])],
    ids=["shares", "with a limit", "tiny", "one value"],
)
def test_edges_are_round_and_hold_every_value_and_limit(values, limits):
    edges, logarithmic = plots.edges_of(values, limits, 48)
    step = edges[1] - edges[0]
    assert not logarithmic
    assert np.allclose(edges / step, np.round(edges / step), atol=1e-6)
    assert f"{step:.1e}"[:3] in ("1.0", "2.0", "2.5", "5.0")
    assert edges[0] <= min([np.quantile(values, 0.001), *limits])
    assert edges[-1] >= max([np.quantile(values, 0.999), *limits])


def test_a_few_values_more_leave_the_edges_where_they_are():
    more = np.append(VALUES, [0.501, 0.93])
    assert np.array_equal(plots.edges_of(VALUES, [], 48)[0], plots.edges_of(more, [], 48)[0])


@pytest.mark.filterwarnings("error:Glyph")
@pytest.mark.parametrize("name", ["طائر أزرق", "ציפור כחולה", "นกสีฟ้า", "नीली चिड़िया", "青い鳥"])
def test_a_name_in_any_script_stays_text_that_the_browser_shapes(name):
    steps = np.arange(3.0)
    for svg in (
        plots.curves("a", {name: (steps, steps), "b": (steps, steps)}),
        plots.against("a", [(name, 1.0, 0.5)], "across", "up"),
        histogram("a", VALUES, VALUES, [(name, 0.2)])[0],
    ):
        assert name in "".join(ET.fromstring(svg).itertext())


def test_the_front_is_what_none_beats_in_both_and_it_only_rises():
    places = [(9.0, 0.5), (4.0, 0.5), (2.0, 0.4), (2.0, 0.3), (3.0, 0.35), (1.0, 0.1), (1.0, 0.1)]
    assert plots.front(places) == [(1.0, 0.1), (2.0, 0.4), (4.0, 0.5)]


def test_points_that_another_beats_are_hollow_and_off_the_line(monkeypatch):
    drawn = []
    monkeypatch.setattr(plots, "_svg", lambda figure, _: drawn.append(figure) or "")
    points = [("a", 1.0, 0.2), ("b", 2.0, 0.1), ("c", 3.0, 0.4), ("d", 4.0, 0.4)]
    plots.against("front", points, "across", "up")
    (axes,) = drawn[0].axes
    (line,) = axes.lines
    assert line.get_xydata().tolist() == [[1.0, 0.2], [3.0, 0.4]]
    filled = [len(one.get_facecolor()) > 0 for one in axes.collections]
    assert filled == [True, False, True, False]
