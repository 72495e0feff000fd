"""A comparison of two versions becomes one HTML page: what went and came with pictures, and shifts.

The page stands alone, as the report does: pictures are inside it, it asks for nothing and runs
no script.
"""

from pathlib import Path
from typing import Any

import pandas as pd

from curate import listing
from curate.comparing.changes import said
from curate.comparing.comparison import WAYS, Cause, Comparison
from curate.comparing.shifts import Groups, Shift
from curate.comparing.version import Version
from curate.reports import cards, page, plots
from curate.reports.inputs import sample
from curate.reports.page import number
from curate.reports.thumbnails import Thumbnails, blurred

_SIDE, _QUALITY = 192, 65  # pixels of a thumbnail's longest side; of WebP
_CAUSES = 12  # causes with pictures, those of most pairs first
_CARDS = 12  # of a cause
_GROUPS = 12  # of each kind


def write(found: Comparison, out: Path) -> None:
    """Write the page.

    Args:
        found: the comparison, its versions still open.
        out: the HTML file.
    """
    with Thumbnails(_SIDE, _QUALITY, _blurred(found)) as thumbnails:
        ways = [_way(way, found, thumbnails) for way in WAYS]
    numbers = [shift for shift in found.scores if isinstance(shift, Shift)]
    classes = [group for group in found.scores if isinstance(group, Groups)]
    text = page.render(
        "difference.html",
        title=f"{found.a.name} → {found.b.name}",
        a=_version(found.a),
        b=_version(found.b),
        stayed=found.stayed,
        notes=found.notes,
        ways=ways,
        moved=_moved(found),
        params=[(key, said(then), said(now)) for key, then, now in found.changes.params],
        stages=found.changes.stages,
        charts=[_chart(shift) for shift in numbers if shift.distance > 0],
        same=[shift.name for shift in numbers if shift.distance == 0],
        groups=[_groups(group) for group in [*found.groups, *classes]],
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text, encoding="utf-8")


def _blurred(found: Comparison) -> dict[str, dict[str, Any]]:
    """Pictures of either version that were blurred in one of them."""
    roots = (found.b.root, found.a.root)
    rows = {**blurred(found.a.rows), **blurred(found.b.rows)}
    return {image: {**row, "set": _place(row, roots)} for image, row in rows.items()}


def _version(version: Version) -> dict[str, Any]:
    about = version.about
    named = " ".join(str(about[key]) for key in ("name", "version") if about.get(key))
    called = {"asked": version.name, "named": named, "id": str(about.get("id", ""))[:16]}
    return {**called, "pairs": version.rows.num_rows}


def _way(way: str, found: Comparison, thumbnails: Thumbnails) -> dict[str, Any]:
    causes: list[Cause] = getattr(found, way)
    holder, other = (found.a, found.b) if way == "went" else (found.b, found.a)
    told = []
    for place, cause in enumerate(causes):
        then, now = cause.margins()
        drawn = sample(cause.pairs, _CARDS) if place < _CAUSES else cause.pairs.head(0)
        told.append(
            {
                "title": cause.title,
                "why": cause.why,
                "behind": cause.behind,
                "pairs": len(cause.pairs),
                "then": number(then),
                "now": number(now),
                "sources": cause.pairs["source"].value_counts().to_dict(),
                "cards": _cards(drawn, (holder.root, other.root), thumbnails),
            }
        )
    return {
        "name": way,
        "title": way.capitalize(),
        "pairs": sum(len(cause.pairs) for cause in causes),
        "verdict": "dropped" if way == "went" else "kept",
        "causes": told,
    }


def _cards(
    pairs: pd.DataFrame, roots: tuple[Path, ...], thumbnails: Thumbnails
) -> list[dict[str, Any]]:
    found = []
    for pair in cards.rows(pairs):
        margins = [("then", pair["margin_then"]), ("now", pair["margin_now"])]
        facts = [(f"margin {when}", number(value)) for when, value in margins if value == value]
        found.append(cards.card({**pair, "set": _place(pair, roots)}, thumbnails, facts))
    return found


def _place(pair: dict[str, Any], roots: tuple[Path, ...]) -> str:
    """The folder of a pair's set: in its own project, in the other's, or here.

    A shard is named by what is in it, so that of the other will do.
    """
    places = [str(root / pair["set"]) for root in roots if "://" not in pair["set"]]
    held = (place for place in places if Path(place, pair["shard"]).is_file())
    return next(held, pair["set"])


def _moved(found: Comparison) -> list[tuple[str, int]]:
    said_of: list[tuple[str, int]] = []
    for name, moved in found.moved.items():
        if isinstance(moved, int):
            said_of.append((f"another {name}", moved))
        else:
            said_of += [(str(way), int(count)) for way, count in moved.counts["now"].items()]
    return said_of


def _chart(shift: Shift) -> dict[str, Any]:
    then, now = shift.shares
    middles = [number(values[len(values) // 2]) for values in shift.quantiles]
    about = f"distance {number(shift.distance)}, median {middles[0]} then, {middles[1]} now"
    return {
        "name": shift.name,
        "svg": plots.shift(f"shift {shift.name}", shift.edges, shift.logarithmic, then, now),
        "about": about,
        "alt": f"Histograms of {shift.name} then and now: {about}.",
    }


def _groups(group: Groups) -> dict[str, Any]:
    counts = group.counts.head(_GROUPS).itertuples(name=None)
    return {
        "name": group.name,
        "distance": number(group.distance),
        "others": max(0, len(group.counts) - _GROUPS),
        "rows": [(str(name), then, now, _change(now - then)) for name, then, now in counts],
    }


def _change(by: int) -> str:
    return listing.signed(by) if by else "0"
