"""A pair's story in; one HTML page that tells and shows it, and links to those beside it, out."""

from typing import Any

from curate import why
from curate.reports import cards
from curate.reports.page import render
from curate.reports.thumbnails import Thumbnails
from curate.story import Row, Story

_SIDE, _LARGE, _QUALITY = 192, 384, 70  # pixels of pictures' longest sides; of their WebP
_SHOWN = 24  # pairs of a gallery


def explained(story: Story) -> str:
    """The page of a pair."""
    with Thumbnails(_SIDE, _QUALITY) as thumbnails:
        galleries = [
            _gallery("Other pairs of this picture", story.others, thumbnails),
            _gallery("Pictures that look alike", story.alike, thumbnails),
            _gallery("Made from", story.parents, thumbnails),
            _gallery("Made from it", story.children, thumbnails),
            _gallery("Differs in one fact from", story.partners, thumbnails),
        ]
        with thumbnails.sized(_LARGE, _QUALITY) as large:
            picture = cards.card(story.pair, large)
    return render(
        "explained.html",
        title=story.pair["caption"],
        picture=picture,
        mark=_mark(story.decision or {}),
        verdict=why.verdict(story),
        facts=why.facts(story),
        rulings=why.rulings(story),
        scores=why.scores(story),
        endings=list(why.endings(story)),
        galleries=[gallery for gallery in galleries if gallery["cards"]],
    )


def _gallery(title: str, pairs: list[Row], thumbnails: Thumbnails) -> dict[str, Any]:
    """Some of the pairs beside one, each with what is said of it there."""
    return {
        "title": title,
        "pairs": len(pairs),
        "cards": [
            {**cards.card(pair, thumbnails, _told(pair)), "verdict": _mark(pair)}
            for pair in pairs[:_SHOWN]
        ],
    }


def _told(pair: Row) -> list[tuple[str, str]]:
    """What makes a pair one of its gallery, where that differs."""
    told = [("bits of 64 apart", str(pair["bits"]))] if "bits" in pair else []
    if "here" in pair:
        told += [("here", pair["here"]), ("there", pair["there"])]
    if pair.get("kept") is False:
        told.append(("dropped by", pair["reason"]))
    return told


def _mark(ruled: Row) -> str:
    """What was decided, if anything was."""
    return "" if "kept" not in ruled else ("kept" if ruled["kept"] else "dropped")
