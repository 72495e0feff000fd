"""`pairwright what-if -S …`: changed rules in; what they would keep and drop, as lines, out.

The rules are asked twice, as params.yaml has them and as changed, of tables that are there. No
stage runs and nothing is written.
"""

import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from curate import listing
from curate.dataset.errors import ParamsError
from curate.stage import params as parameter_file

if TYPE_CHECKING:
    import pandas as pd

    from curate.rules.rule import Verdict

_RIGHT = (2, 3, 4, 5, 6)  # columns of numbers


def what_if(
    set_param: Annotated[
        list[str], typer.Option("-S", "--set-param", help="A change, written as for dvc exp run.")
    ],
    data: Annotated[Path, typer.Option(help="Folder of the tables.")] = Path("data"),
    params: Annotated[Path, typer.Option(help="Parameter file.")] = Path("params.yaml"),
    made: Annotated[bool, typer.Option(help="Ask of made pairs, by filter_made.")] = False,
    examples: Annotated[int, typer.Option(min=0, help="Pairs shown of each kind.")] = 5,
) -> None:
    """Say what a change of rules would keep and drop; no stage runs, nothing is written."""
    section = "filter_made" if made else "filter"
    new = changed(params, set_param, section)
    pairs = compare(data, parameter_file.load(params, section), new, section)
    for line in lines(pairs, examples):
        typer.echo(line)


def changed(file: Path, changes: list[str], section: str) -> Any:
    """A section of a params file after some changes; the file stays as it is.

    Raises:
        ParamsError: a change cannot be read, or would change another section.
    """
    from dvc.exceptions import DvcException
    from dvc.utils.hydra import apply_overrides

    before = parameter_file.load(file, section)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / file.name
        shutil.copyfile(file, copy)
        for change in changes:
            place = change.lstrip("+~").partition("=")[0]
            if place.split(".")[0] != section:
                raise ParamsError(
                    f"{change!r} is no change of {section}; what-if asks rules of scores that are "
                    f"there, and `dvc exp run -S '{change}'` runs what else it takes"
                )
        try:
            apply_overrides(copy, changes)
        except DvcException as error:
            known = ", ".join(before.get("rules", {}))
            cause = error.__cause__ or error
            raise ParamsError(f"{' '.join(changes)}: {cause} (rules: {known})") from error
        after = parameter_file.load(copy, section)
    if after == before:
        raise ParamsError(f"{' '.join(changes)} changes nothing: {file} says so already")
    return after


def compare(data: Path, before: Any, after: Any, section: str) -> "pd.DataFrame":
    """Pairs with what two sets of rules decide.

    Args:
        data: folder of the pipeline's tables.
        before: a section of rules.
        after: the same section, changed.
        section: filter or filter_made.

    Returns:
        A row for each pair: schema `record.PAIRS`, and kept, reason and margin of each set of
        rules, those of the second as kept_then, reason_then and margin_then.
    """
    from curate import filter as stage
    from curate.columns import Rows
    from curate.dataset import sets

    made = section == "filter_made"
    pairs = sets.located([data / ("made" if made else "pool")])
    parents = data / "scores" if made else None
    rows = Rows(pairs, data / ("scores_made" if made else "scores"), parents)
    frame = pairs.to_pandas()
    known: dict[tuple[str, bytes], Verdict] = {}  # what did not change is asked once
    for values, suffix in ((before, ""), (after, "_then")):
        asked = stage.rules_of(parameter_file.build(stage.FilterParams, values, section))
        found = stage.decide(pairs.column("uid"), list(asked), stage.ask(asked, rows, known))
        for name in ("kept", "reason", "margin"):
            frame[f"{name}{suffix}"] = found.column(name).to_pandas()
    return frame


def lines(pairs: "pd.DataFrame", examples: int) -> Iterable[str]:
    """What `compare` found, line by line."""
    from curate.reports.inputs import sample

    gone = pairs[pairs["kept"] & ~pairs["kept_then"]]
    come = pairs[~pairs["kept"] & pairs["kept_then"]]
    yield (
        f"Kept {_share(pairs['kept'])} now, {_share(pairs['kept_then'])} then, "
        f"of {len(pairs):,} pairs: {len(gone):,} newly dropped, {len(come):,} newly kept"
    )
    yield ""
    yield from listing.table(_groups(pairs), right=_RIGHT)
    for title, some, rule, margin in (
        ("Newly dropped", gone, "reason_then", "margin_then"),
        ("Newly kept, with the rule that drops it now", come, "reason", "margin"),
    ):
        if some.empty:
            continue
        counts = ", ".join(f"{name} {n:,}" for name, n in some[rule].value_counts().items())
        yield from ("", f"{title}: {counts}")
        shown = sample(some, examples).to_dict("records")
        yield from listing.table(
            (
                f"  {row['uid'][:12]}",
                row["source"],
                row["lang"],
                listing.short(row["caption"]),
                row[rule],
                listing.signed(row[margin]),
            )
            for row in shown
        )


def _share(kept: "pd.Series") -> str:
    return f"{int(kept.sum()):,} ({kept.mean():.1%})"


def _groups(pairs: "pd.DataFrame") -> list[tuple[Any, ...]]:
    """Counts of every source, and of its languages in which something changes."""
    rows: list[tuple[Any, ...]] = [
        ("source", "language", "pairs", "kept", "then", "dropped", "gained")
    ]
    for source, part in pairs.groupby("source"):
        languages = list(part.groupby("lang"))
        if len(languages) > 1:
            rows.append((source, "all", *_counts(part)))
        rows += [
            (source, lang, *_counts(some))
            for lang, some in languages
            if len(languages) == 1 or (some["kept"] != some["kept_then"]).any()
        ]
    return [*rows, ("all", "all", *_counts(pairs))]


def _counts(pairs: "pd.DataFrame") -> tuple[str, ...]:
    now, then = pairs["kept"], pairs["kept_then"]
    counts = (len(pairs), now.sum(), then.sum(), (now & ~then).sum(), (then & ~now).sum())
    return tuple(f"{count:,}" for count in counts)
