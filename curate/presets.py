"""`pairwright presets`: published recipes in; what each would keep of the pool, side by side, out.

A preset is a params file `presets/<name>.yaml` with a section `filter`, and sections of the scorers
that its rules ask beside those of the default job. To take one over, copy its sections to
params.yaml. No stage runs; `--run` scores the pool by what a preset lacks, see `curate.recipes`.
"""

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from curate import listing, recipes
from curate.dataset.errors import PairwrightError, ParamsError
from curate.stage import params as parameter_file

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

OURS = "params.yaml"  # name of the project's own rules in the table
_DASH = "–"


def presets(
    names: Annotated[list[str] | None, typer.Argument(help="Presets; none: all.")] = None,
    folder: Annotated[Path, typer.Option(help="Folder of the presets.")] = Path("presets"),
    data: Annotated[Path, typer.Option(help="Folder of the tables.")] = Path("data"),
    params: Annotated[Path, typer.Option(help="Parameter file with rules of yours.")] = Path(OURS),
    run: Annotated[bool, typer.Option("--run", help="First score by what they lack.")] = False,
) -> None:
    """Set published recipes side by side: what each would keep of the pool."""
    from curate.dataset import sets

    pairs = sets.located([data / "pool"])
    kept, missing = {}, {}
    for name, file in {OURS: params, **chosen(folder, names or [])}.items():
        values = parameter_file.load(file, "filter")
        try:
            if run and name != OURS:
                recipes.run(file, data)
            kept[name] = keeps(values, pairs, data / "scores", recipes.scores(data))
        except PairwrightError as error:
            if name == OURS:
                raise type(error)(f"{file}: {error}") from error
            brief = str(error).partition(" (known: ")[0]  # the columns that there are, each time
            lacking = ", ".join(recipes.lacking(file, data))
            how = f"`pairwright presets {name} --run` scores {lacking} as {file} says"
            missing[name] = f"{brief}; {how if lacking else f'{file} says what it takes'}"
    for line in lines(pairs, kept, missing):
        typer.echo(line)


def chosen(folder: Path, names: list[str]) -> dict[str, Path]:
    """The files of some presets, or of all, by name.

    Raises:
        ParamsError: there is no such preset, or none at all.
    """
    known = {file.stem: file for file in sorted(folder.glob("*.yaml"))}
    if not known:
        raise ParamsError(f"no presets in {folder.resolve()}; --folder names where they are")
    for name in names:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            guess = f"; did you mean {close[0]!r}?" if close else ""
            raise ParamsError(f"no preset {name!r} in {folder}{guess} (known: {', '.join(known)})")
    return {name: known[name] for name in names or known}


def keeps(values: Any, pairs: "pa.Table", scores: Path, more: Path | None = None) -> "np.ndarray":
    """Which pairs a section of rules keeps.

    Args:
        values: a section `filter` of a params file.
        pairs: N pairs of schema `sets.LOCATED`.
        scores: folder of score tables.
        more: the same, for what the first has not, or None.

    Returns:
        (N,) bool.

    Raises:
        ParamsError: a rule cannot be asked, for example of a scorer that did not run.
        DataError: the entries of a rule `balance` cannot be read.
    """
    import numpy as np

    from curate import filter as stage
    from curate.columns import Rows

    asked = stage.rules_of(parameter_file.build(stage.FilterParams, values, "filter"))
    return np.logical_not(stage.ask(asked, Rows(pairs, scores, more=more)).failed.any(axis=0))


def lines(
    pairs: "pa.Table", kept: dict[str, "np.ndarray"], missing: dict[str, str]
) -> Iterable[str]:
    """A row for each preset: pairs and pictures kept, share of each source, agreement with ours."""
    import numpy as np

    from curate.reports.page import share

    source = pairs.column("source").to_numpy()
    image = pairs.column("image").to_numpy()
    sources = sorted(set(source))
    rows = [("preset", "pairs", "share", "pictures", "as ours", *sources)]
    for name, keep in kept.items():
        both, either = (keep & kept[OURS]).sum(), (keep | kept[OURS]).sum()
        cells = (
            f"{keep.sum():,}",
            share(keep.mean()),
            f"{len(np.unique(image[keep])):,}",
            share(both / either) if either else _DASH,
            *(share(keep[source == one].mean()) for one in sources),
        )
        rows.append((name, *cells))
    rows += [(name, *[_DASH] * (len(rows[0]) - 1)) for name in missing]
    yield from listing.table(rows, right=tuple(range(1, len(rows[0]))))
    yield ""
    yield f"Of {len(source):,} pairs; as ours: pairs that both keep, of those that either keeps"
    yield from (f"{name}: {why}" for name, why in missing.items())
