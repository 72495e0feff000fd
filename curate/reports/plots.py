"""Numbers become inline SVG by matplotlib, in the page's own colours and type.

A figure is drawn in marker colours that are replaced by the page's CSS variables, so that it
follows light and dark; its text stays text. Names inside an SVG are made the same on every run
and different between figures.
"""

import io
import re
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

_COLOURS = {  # marker colour -> CSS variable
    "#010203": "--ink",
    "#040506": "--muted",
    "#070809": "--line",
    "#0a0b0c": "--kept",
    "#0d0e0f": "--dropped",
    "#101112": "--made",
    "#131415": "--card",
}
_STEEP = 60  # a tallest bar so many times the usual one makes the counts logarithmic
_NAMES = {variable.removeprefix("--"): colour for colour, variable in _COLOURS.items()}


def histogram(
    name: str,
    edges: np.ndarray,
    logarithmic: bool,
    kept: np.ndarray,
    dropped: np.ndarray,
    thresholds: Sequence[tuple[str, float]] = (),
) -> tuple[str, str]:
    """Distribution of a score: kept pairs as filled bars, dropped ones outlined on top of them.

    Args:
        name: of the score; names inside the SVG start with it.
        edges: (B + 1,) of the bins.
        logarithmic: whether they are in ratio.
        kept: (B,) kept pairs of each bin.
        dropped: (B,) dropped ones.
        thresholds: words and value of each rule's limit, drawn as a line.

    Returns:
        An SVG element, and what to say of its scales.
    """
    figure, axes = _figure(3.5, 1.9)
    axes.stairs(kept, edges, fill=True, color=_NAMES["kept"])
    axes.stairs(
        kept + dropped,
        edges,
        baseline=kept,
        fill=True,
        facecolor="none",
        edgecolor=_NAMES["dropped"],
        hatch="//////",
        linewidth=0.8,
    )
    tall = kept + dropped
    usual = max(1.0, float(np.median(tall[tall > 0])))
    if steep := bool(tall.max() > _STEEP * usual):
        axes.set_yscale("symlog", linthresh=usual)
        axes.set_yticks([0, *_powers(usual, float(tall.max()))])
        axes.minorticks_off()
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.set_ylim(bottom=0)
    if logarithmic:
        axes.set_xscale("log")
    axes.set_xlim(edges[0], edges[-1])
    for line, (words, value) in enumerate(thresholds):
        axes.axvline(value, color=_NAMES["ink"], linewidth=1.2, linestyle=(0, (4, 2)))
        right = _position(value, edges, logarithmic) < 0.6
        axes.annotate(
            words,
            (value, 1),
            xycoords=("data", "axes fraction"),
            xytext=(0, 3 + 11 * line),  # above the bars, one over another
            textcoords="offset points",
            ha="left" if right else "right",
            va="bottom",
            color=_NAMES["ink"],
            fontsize=8,
            parse_math=False,
        )
    axes_said = " and ".join(["values"] * int(logarithmic) + ["counts"] * int(steep))
    return _svg(figure, name), f"; {axes_said} on a log scale" if axes_said else ""


def shift(
    name: str, edges: np.ndarray, logarithmic: bool, then: np.ndarray, now: np.ndarray
) -> str:
    """Two distributions of a score: that of then as a dashed outline, that of now filled.

    Args:
        name: of the score; names inside the SVG start with it.
        edges: (B + 1,) of the bins.
        logarithmic: whether they are in ratio.
        then: (B,) shares of the pairs.
        now: (B,) shares of the pairs.

    Returns:
        An SVG element.
    """
    figure, axes = _figure(3.5, 1.9)
    axes.stairs(now, edges, fill=True, color=_NAMES["made"], label="now")
    axes.stairs(then, edges, color=_NAMES["ink"], linestyle=(0, (3, 1.5)), linewidth=1.2)
    axes.set_ylim(bottom=0)
    if logarithmic:
        axes.set_xscale("log")
    axes.set_xlim(edges[0], edges[-1])
    axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:g}%")
    return _svg(figure, name)


def curves(name: str, lines: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> str:
    """Figures over training steps, one line per name; the first is solid, the others are not.

    Args:
        name: of the plot; names inside the SVG start with it.
        lines: name -> steps and values.

    Returns:
        An SVG element.
    """
    figure, axes = _figure(3.5, 2.0)
    styles = [("made", "-"), ("dropped", "--"), ("kept", ":"), ("ink", "-.")]
    for (label, (steps, values)), (colour, dashes) in zip(lines.items(), styles, strict=False):
        few = len(steps) <= 25
        axes.plot(
            steps,
            values,
            dashes,
            color=_NAMES[colour],
            linewidth=1.6,
            marker="o" if few else "",
            markersize=3,
            label=label,
        )
    axes.margins(x=0.02)
    axes.set_xlabel("step", fontsize=8, color=_NAMES["muted"], loc="right", labelpad=1)
    if len(lines) > 1:
        figure.legend(
            frameon=False,
            fontsize=8,
            labelcolor=_NAMES["ink"],
            loc="outside upper left",  # over no line
            ncols=len(lines),
        )
    return _svg(figure, name)


def against(name: str, points: Sequence[tuple[str, float, float]], across: str, up: str) -> str:
    """Named points, those of the `front` filled and joined, the others hollow; ratio scale across.

    Args:
        name: of the figure; names inside the SVG start with it.
        points: words, and places across and up.
        across: words below.
        up: words beside.

    Returns:
        An SVG element.
    """
    figure, axes = _figure(7.2, 3.4)
    leading = front([(x, y) for _, x, y in points])
    axes.plot(*zip(*leading, strict=True), color=_NAMES["muted"], linewidth=0.8, zorder=1)
    for words, x, y in points:
        face = _NAMES["kept"] if (x, y) in leading else "none"
        axes.scatter([x], [y], s=30, facecolor=face, edgecolor=_NAMES["kept"], zorder=2)
        axes.annotate(
            words, (x, y), xytext=(5, 4), textcoords="offset points", size=7, color=_NAMES["ink"]
        )
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter("{x:g}")
    axes.tick_params(axis="x", which="minor", labelsize=7, colors=_NAMES["muted"])
    axes.margins(x=0.12, y=0.12)
    axes.set_xlabel(across, size=8, color=_NAMES["muted"])
    axes.set_ylabel(up, size=8, color=_NAMES["muted"])
    return _svg(figure, name)


def front(places: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Places that none beats, from the left: it would be as far left and up, and further in one."""
    found: list[tuple[float, float]] = []
    for x, y in sorted(set(places), key=lambda place: (place[0], -place[1])):
        if not found or y > found[-1][1]:
            found.append((x, y))
    return found


def edges_of(values: np.ndarray, limits: Sequence[float], bins: int) -> tuple[np.ndarray, bool]:
    """Edges of about so many bins that show the bulk of the values and every limit.

    They are round numbers where values are not in ratio, so that a few pairs more do not move
    them, and two versions can be compared bin by bin.

    Returns:
        (B + 1,) edges, and whether they are in ratio.
    """
    low, high = np.quantile(values, [0.001, 0.999])
    low, high = min([low, *limits]), max([high, *limits])
    whole = bool(np.all(values == np.round(values)))
    if low > 0 and high / low > 100 and bool(np.median(values) < (low + high) / 8):
        return np.geomspace(low, high, bins + 1), True
    if whole and high - low < bins:
        return np.arange(np.floor(low), np.ceil(high) + 2) - 0.5, False
    if high <= low:
        low, high = low - 0.5, high + 0.5
    step = _round((high - low) / bins)
    first, last = np.floor(low / step), max(np.ceil(high / step), np.floor(low / step) + 1)
    return np.arange(first, last + 1) * step, False


def counted(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """(B,) counts of values between edges (B + 1,); those far out are in the outermost bins."""
    return np.histogram(np.clip(values, edges[0], edges[-1]), edges)[0]


def _round(step: float) -> float:
    """The least of 1, 2, 2.5 and 5 times a power of ten that is not below a step."""
    power = 10.0 ** np.floor(np.log10(step))
    return float(next(n * power for n in (1, 2, 2.5, 5, 10) if n * power >= step * (1 - 1e-9)))


def _powers(low: float, high: float) -> np.ndarray:
    """Powers of ten between two numbers, or every other, or fewer: no more than four."""
    first, last = int(np.ceil(np.log10(low))), int(np.floor(np.log10(high)))
    return 10.0 ** np.arange(first, last + 1, 1 + (last - first) // 4)


def _position(value: float, edges: np.ndarray, logarithmic: bool) -> float:
    """Where on the axis a value is drawn, 0 to 1."""
    low, high = edges[0], edges[-1]
    if logarithmic:
        low, high, value = np.log(low), np.log(high), np.log(value)
    return float((value - low) / (high - low))


def _figure(width: float, height: float) -> tuple[Any, Any]:
    """A bare figure of so many inches, and its axes, in marker colours."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(width, height), layout="constrained")
    figure.patch.set_alpha(0)
    axes = figure.add_subplot()
    axes.patch.set_alpha(0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(_NAMES["muted"])
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.grid(axis="y", color=_NAMES["line"], linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=_NAMES["muted"], labelsize=8, length=0)
    axes.tick_params(axis="x", length=3)
    return figure, axes


def _svg(figure: Any, name: str) -> str:
    import matplotlib as mpl

    fixed: dict[Any, Any] = {"svg.fonttype": "none", "svg.hashsalt": name, "hatch.linewidth": 0.7}
    out = io.StringIO()
    with mpl.rc_context(fixed), warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Glyph \d+ .*missing", UserWarning)  # the browser has it
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    text = out.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.S)
    own = re.sub(r"\W+", "-", name)
    text = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{own}-", text)
    for colour, variable in _COLOURS.items():
        text = text.replace(colour, f"var({variable})")
    text = re.sub(r"font: [^;\"]*?(\d+)px[^;\"]*", r"font-size: \1px", text)
    text = re.sub(r'width="[\d.]+pt" height="[\d.]+pt"', 'aria-hidden="true"', text, count=1)
    return re.sub(r"\s*\n\s*", "\n", text)
