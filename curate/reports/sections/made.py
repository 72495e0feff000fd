"""Made pairs become pictures beside all their parents, with what was changed and what is known."""

from typing import Any

import pandas as pd

from curate.reports import cards, edits, survival
from curate.reports.inputs import Inputs, sample
from curate.reports.thumbnails import Thumbnails
from curate.reports.truths import Truths

TITLE = "Made pairs"
LEAD = (
    "What augmentation made, beside what it was made from. Only training pairs become parents, and "
    "a made pair is kept only where it holds up. Edited words are marked; numbered boxes are those "
    "of composed objects, which are known exactly."
)
_PARENTS = 4  # that are shown beside what was made of them
_FIRST = (3, 1)  # kept and dropped pairs of a method that are seen at once; the others unfold


def section(inputs: Inputs, thumbnails: Thumbnails, params: Any) -> dict[str, Any]:
    """For each method what became of its pairs, and some of them beside their parents."""
    figures = _Figures(inputs, thumbnails)
    made = inputs.made
    ran = sorted({*inputs.metrics_below("make"), *made["source"]})
    return {"methods": [_method(name, inputs, figures, params) for name in ran]}


def _method(name: str, inputs: Inputs, figures: "_Figures", params: Any) -> dict[str, Any]:
    """What became of a method's pairs; some that were kept, and fewer that were dropped."""
    pairs = inputs.made[inputs.made["source"] == name]
    kept, dropped = pairs[pairs["kept"]], pairs[~pairs["kept"]]
    drawn = sample(kept, params.per_gallery // 2), sample(dropped, params.per_gallery // 6)
    first = [rows.head(number) for rows, number in zip(drawn, _FIRST, strict=True)]
    rest = [rows.iloc[number:] for rows, number in zip(drawn, _FIRST, strict=True)]
    couples = figures.of(pd.concat([*first, *rest]))
    at_once = sum(map(len, first))
    return {
        **survival.of(name, pairs, inputs),
        "couples": couples[:at_once],
        "further": couples[at_once:],
    }


class _Figures:
    """Makes figures of made pairs."""

    def __init__(self, inputs: Inputs, thumbnails: Thumbnails) -> None:
        self._frames = (inputs.pool, inputs.made)
        self._thumbnails = thumbnails
        self._truths = Truths(inputs)

    def of(self, pairs: pd.DataFrame) -> list[dict[str, Any]]:
        """Figures of pairs; of two that differ in one fact only the first."""
        seen: set[str] = set()
        found = []
        for pair in cards.rows(pairs):
            if pair["uid"] not in seen:
                figure = self._figure(pair)
                seen.update(other["card"]["uid"] for other in figure["twins"])
                found.append(figure)
        return found

    def _figure(self, pair: dict[str, Any]) -> dict[str, Any]:
        twins = self._twins(pair)
        shown = {twin["card"]["uid"] for twin in twins}  # a parent may be one
        named = [
            uid for uid in self._truths.parents(pair["uid"], pair["parent"]) if uid not in shown
        ]
        parents = [row for uid in named if (row := self._known(uid)) is not None]
        words: edits.Words = [(pair["caption"], False)]
        if twins:
            _, words = edits.marked(twins[0]["card"]["caption"], pair["caption"])
        elif len(named) == 1 and parents and parents[0]["lang"] == pair["lang"]:
            _, words = edits.marked(parents[0]["caption"], pair["caption"])
        return {
            "parents": [
                {"card": cards.card(row, self._thumbnails), "words": self._was(row, pair, named)}
                for row in parents[:_PARENTS]
            ],
            "more": len(named) - len(parents[:_PARENTS]),
            "child": cards.card(pair, self._thumbnails),
            "told": pair["image"] in {row["image"] for row in parents},
            "words": words,
            "boxes": self._truths.boxes(pair["image"]),
            "relations": self._truths.relations(pair["image"]),
            "twins": twins,
            "recipe": cards.recipe(pair["recipe"]),
            "kept": pair["kept"],
            "reason": pair["reason"],
        }

    def _was(self, parent: dict[str, Any], pair: dict[str, Any], named: list[str]) -> edits.Words:
        """The words of a parent's caption, marked where they were edited; none if it stayed."""
        if parent["caption"] == pair["caption"]:
            return []
        if len(named) == 1 and parent["lang"] == pair["lang"]:
            return edits.marked(parent["caption"], pair["caption"])[0]
        return [(parent["caption"], False)]

    def _twins(self, pair: dict[str, Any]) -> list[dict[str, Any]]:
        """Pairs that it differs from in one fact, with the fact in both."""
        return [
            {
                "card": cards.card(other, self._thumbnails),
                "words": edits.marked(pair["caption"], other["caption"])[1],
                "boxes": self._truths.boxes(other["image"]),
                **{name: fact[name] for name in ("kind", "was", "becomes")},
                "kept": other["kept"],  # trained models see the fact only where both are
                "reason": other["reason"],
            }
            for fact in self._truths.counterfactuals(pair["uid"])
            if (other := self._known(fact["other"])) is not None
        ]

    def _known(self, uid: str) -> dict[str, Any] | None:
        """A pair of the pool or a made one; both are sorted by uid."""
        for frame in self._frames:
            place = int(frame["uid"].searchsorted(uid))
            if place < len(frame) and frame["uid"].iat[place] == uid:
                return cards.rows(frame.iloc[[place]])[0]
        return None
