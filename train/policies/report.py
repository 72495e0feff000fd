"""What a search over policies found, in figures, in; the same as Markdown that people read, out."""

from collections.abc import Mapping
from typing import Any

from curate.stage import markdown

_CHANCE = 0.05  # the p-value below which two rankings are not alike by chance
_PLAIN = {"complete": "to the end", "pruned": "stopped", "fail": "failed"}


def lines(told: Mapping[str, Any]) -> list[str]:
    """The report's lines, of what `train.policy_search` tells; `check` may be missing."""
    found = ["# Which policy is best?", "", *_searched(told)]
    if "check" in told:
        found += ["", *_checked(told["check"], told["winner"]["policy"])]
    failed = [f"- {t['policy']}: {t['why'].splitlines()[-1]}" for t in told["trials"] if t["why"]]
    return [*found, *(["", "## Policies that cannot run", "", *failed] if failed else [])]


def _searched(told: Mapping[str, Any]) -> list[str]:
    """The search's ranking, and how the winner is run again."""
    rungs, trials = told["rungs"], told["trials"]
    heads = ["policy", *(f"{steps} steps" for steps in rungs), "came", "CPU s", "changes"]
    rows = [
        [
            trial["policy"],
            *(_points(trial["points"].get(steps)) for steps in rungs),
            _PLAIN[trial["state"]],
            round(trial["cpu_seconds"]),
            ", ".join(f"{path} {_value(value)}" for path, value in trial["changes"].items()),
        ]
        for trial in trials
    ]
    return [
        f"{len(trials)} policies, {told['spent']:.0f} CPU seconds. Recall at 10 in points, the "
        "mean of both ways and of all languages,",
        "on clean pairs of the validation split; the best first. Each rung is trained anew.",
        "",
        *markdown.table(heads, rows),
        "",
        "The first again, measured on the test split:",
        "",
        f"    {told['winner']['command']}",
    ]


def _checked(check: Mapping[str, Any], winner: str) -> list[str]:
    """The ranking by fresh seeds and by each model."""
    models = check["models"]
    proxy = next(iter(models))
    heads = ["policy", *(h for name in models for h in (name, "place", f"{winner} minus it"))]
    rows = [
        [policy, *(cell for own in models.values() for cell in _row(own[policy]))]
        for policy in sorted(models[proxy], key=lambda name: models[proxy][name]["rank"])
    ]
    seeds = len(models[proxy][winner]["winner_minus"]["seeds"])
    return [
        "## Does the ranking hold?",
        "",
        f"Clean pairs of the test split, {seeds} fresh seeds, all steps; ± is the deviation over "
        "seeds,",
        "differences are of runs of one seed, with a 95% interval by Student's t.",
        "",
        *markdown.table(heads, rows),
        "",
        *(f"- {_said(name, proxy, own)}" for name, own in check["holds"].items()),
        *(f"- {_of_winner(name, own, winner)}" for name, own in models.items()),
    ]


def _row(own: Mapping[str, Any]) -> list[Any]:
    off = own["points"]["deviation"]
    told = f"{own['points']['mean']:.1f}{f' ± {off:.1f}' if off is not None else ''}"
    return [told, own["rank"], _difference(own["winner_minus"])]


def _said(name: str, proxy: str, own: Mapping[str, Any]) -> str:
    """Whether one ranking is the other, in words."""
    who = "The search's own order" if name == "search" else f"The ranking by {proxy}"
    whom = f"{proxy} from fresh seeds" if name == "search" else name
    if own["tau"] is None:
        return f"{who} cannot be compared with that by {whom}: fewer than two policies differ."
    low, high = own["seeds"]["low"], own["seeds"]["high"]
    over = f"{low:.2f} to {high:.2f} over the seeds" if low is not None else "no interval"
    told = f"Kendall's tau {own['tau']:.2f} of {own['policies']} policies, p {own['p']:.2f}, {over}"
    return f"{who} beside that by {whom}: {told}: {verdict(own)}."


def verdict(own: Mapping[str, Any]) -> str:
    """What an agreement of two rankings says.

    Args:
        own: of `ranking.agreement`.

    Returns:
        "holds" or "is turned round", where chance would give such a tau less than once in twenty
        times and the interval over the seeds, if there is one, leaves out 0; "is not told apart
        from chance" elsewhere. Seeds that agree to the dot give an interval without width: of
        three policies it says nothing.
    """
    low, high = own["seeds"]["low"], own["seeds"]["high"]
    if own["p"] is None or own["p"] >= _CHANCE:
        return "is not told apart from chance"
    if low is None:
        low = high = own["tau"]
    return (
        "holds" if low > 0 else "is turned round" if high < 0 else "is not told apart from chance"
    )


def _of_winner(name: str, own: Mapping[str, Any], winner: str) -> str:
    """Where the search's winner stands by one model."""
    surely = [p for p, one in own.items() if (one["winner_minus"]["low"] or 0.0) > 0]
    place = own[winner]["rank"]
    return (
        f"By {name}, {winner} is number {place} of {len(own)}; surely better than "
        f"{', '.join(surely) or 'none'}."
    )


def _difference(one: Mapping[str, Any]) -> str:
    if one["low"] is None or one["low"] == one["high"] == 0.0:
        return f"{one['mean']:+.1f}"
    return f"{one['mean']:+.1f} ({one['low']:+.1f} to {one['high']:+.1f})"


def _points(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


def _value(value: Any) -> str:
    return "off" if value is None else f"{value:.3g}" if isinstance(value, float) else str(value)
