"""What is foretold and measured of groups, in figures, in; the same as Markdown out."""

from collections.abc import Mapping
from typing import Any

from curate.stage import markdown
from train import data_report

_BY = {
    "influence": "gradients, plain descent",
    "adaptive": "gradients, as Adam scales them",
    "excess": "losses of the ledger",
}


def lines(told: Mapping[str, Any]) -> list[str]:
    """The report's lines, of what `train.influence` tells."""
    return [
        "# Which pairs help, and which hurt?",
        "",
        "Influence above 0 lowers the loss on clean held-out pairs: cosine of their gradient with",
        "a group's, less that of all pairs, mean over the states of a run; beside it the sums of",
        "the dot products, in thousandths, plain and as Adam scales them, ± deviation over seeds.",
        "Excess: how much more loss a pair has than others of its step; beside it the group's mean",
        "loss in each part of the run.",
        "",
        *_groups(told["groups"]),
        "",
        "## Left out",
        "",
        "Clean recall at 10 without the group, less that without as many pairs by lot: what it",
        "gains to leave it out, in points, of runs of one seed; 95% interval by Student's t.",
        "",
        *_left_out(told["left_out"], told["groups"]),
        "",
        "Does what is foretold come true? Rank correlation with the gain, over these groups:",
        "",
        *(f"- {_BY[by]}: {_correlated(one)}" for by, one in told["correlation"].items()),
        "",
        "## Noise by its loss",
        "",
        "Chance that a planted pair has more excess loss than a clean one (AUC; 0.5 is by lot):",
        "",
        *markdown.table(
            ["kind", "AUC"], [[kind, _plain(value)] for kind, value in told["noise"].items()]
        ),
        *(["", f"Missing: {', '.join(told['missing'])}"] if told["missing"] else []),
    ]


def _groups(groups: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """A table of all groups, those that help most first; the ones too small for gradients last."""

    def order(name: str) -> tuple[bool, float]:
        one = groups[name]
        return ("cosine" not in one, -one["cosine"]["mean"] if "cosine" in one else 0.0)

    heads = ["group", "pairs", "share", "cosine", "influence", "adaptive", "excess", "loss"]
    rows = [
        [
            name,
            groups[name]["pairs"],
            _share(groups[name].get("share")),
            _spread(groups[name].get("cosine"), 1),
            _spread(groups[name].get("influence"), 1000),
            _spread(groups[name].get("adaptive"), 1000),
            _signed(groups[name]["excess"]),
            ", ".join(_plain(part) for part in groups[name]["loss"]),
        ]
        for name in sorted(groups, key=order)
    ]
    return markdown.table(heads, rows)


def _left_out(
    measured: Mapping[str, Mapping[str, Any]], groups: Mapping[str, Mapping[str, Any]]
) -> list[str]:
    heads = ["without", "pairs", "gain over a lot", "over everything", "a lot over everything"]
    rows = [
        [
            name,
            groups[name]["pairs"],
            *(data_report.said(one[key]) for key in ("gain", "over_whole", "lot_over_whole")),
        ]
        for name, one in measured.items()
    ]
    return markdown.table(heads, rows)


def _correlated(one: Mapping[str, Any]) -> str:
    if one["rho"] is None:
        return f"{one['groups']} groups are too few to tell"
    return f"{one['rho']:+.2f} (p = {one['p']:.2g}, {one['groups']} groups)"


def _share(one: Mapping[str, Any] | None) -> str:
    return "too few pairs" if one is None else f"{one['mean']:.1%}"


def _spread(one: Mapping[str, Any] | None, scale: float) -> str:
    if one is None:
        return "none"
    off = f" ± {scale * one['deviation']:.2f}" if one["deviation"] is not None else ""
    return f"{scale * one['mean']:+.2f}{off}"


def _signed(value: float | None) -> str:
    return "none" if value is None else f"{value:+.2f}"


def _plain(value: float | None) -> str:
    return "none" if value is None else f"{value:.2f}"
