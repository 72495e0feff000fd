"""A stage's `main` becomes a command: paths are flags, params a dataclass, metrics a JSON file.

    def main(pool: Path, out: Path, params: SplitParams) -> dict[str, Any]: ...

    if __name__ == "__main__":
        run("curate.split", section="split")

gives `python -m curate.split --pool data/pool --out data/split.parquet [--metrics FILE]`.
A `name: str` argument names a plugin, whose own section is `<section>.<name>`. `--section` takes
the parameters from another section, for a stage that is run with two sets of them, and `--params`
from another file; a `main` with arguments `section: str` or `params_file: Path` is told them.
"""

import errno
import importlib
import inspect
import json
import math
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from curate.dataset import files
from curate.dataset.credentials import redacted
from curate.dataset.errors import PairwrightError
from curate.stage import params as parameter_file

_FULL = {errno.ENOSPC, errno.EDQUOT}


def run(module: str, section: str) -> None:
    """Run `main` of a module as a command with the arguments of this process.

    The module is imported by its own name, so that what it sends to other processes can be
    found there. An error that a user can act on, a full disk among them, ends the command with
    status 1 and its message alone. Idle threads of torch sleep instead of spin, unless the user
    says otherwise: on two cores that others use too, spinning made a training step ten times
    slower.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # read by torch when it is imported
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(command(importlib.import_module(module).main, section))
    try:
        app()
    except PairwrightError as error:
        kind = type(error).__name__
        print(f"\n{module}: {kind}: {redacted(str(error))}", file=sys.stderr)
        sys.exit(1)
    except OSError as error:
        if error.errno not in _FULL:
            raise
        advice = "make room and run the same again: what is done is not lost"
        print(f"\n{module}: the disk is full ({error}); {advice}", file=sys.stderr)
        sys.exit(1)


def command(main: Callable[..., dict[str, Any]], section: str) -> Callable[..., None]:
    """The function that typer turns into flags.

    Args:
        main: takes `Path`, `files.Place` (where a URL will do), `str`, `int` and `bool`
            arguments and perhaps `params`, a class made by `curate.stage.params.parameters`
            (or `Any`, for raw values), and returns metrics.
        section: its section of params.yaml; where `main` has a `name`, that plugin's below it.
    """
    hints = get_type_hints(main, include_extras=True)
    given = dict(inspect.signature(main).parameters)
    wanted = given.pop("params", None)
    told = [name for name in ("section", "params_file") if given.pop(name, None) is not None]

    def stage(**flags: Any) -> None:
        metrics: Path | None = flags.pop("metrics")
        of_run = {name: flags.pop(name) for name in ("section", "params_file")}
        chosen, file = of_run.values()
        if wanted is not None:
            where = f"{chosen}.{flags['name']}" if "name" in flags else chosen
            values = parameter_file.load(file, where)
            kind = hints["params"]
            flags["params"] = values if kind is Any else parameter_file.build(kind, values, where)
        flags |= {name: of_run[name] for name in told}
        started = time.perf_counter()
        result = main(**flags)
        seconds = time.perf_counter() - started
        if metrics is not None:
            write_json(result, metrics)
        print(f"{inspect.getmodule(main).__name__}: done in {seconds:.1f} s", file=sys.stderr)  # type: ignore[union-attr]

    own = [p.replace(annotation=_flag(hints[n]), kind=p.KEYWORD_ONLY) for n, p in given.items()]
    metrics_flag = Annotated[Path | None, typer.Option(help="JSON file for the figures returned.")]
    file_flag = Annotated[Path, typer.Option("--params", help="Parameter file.")]
    section_flag = Annotated[str, typer.Option(help="Section of the parameter file.")]
    own += [
        inspect.Parameter(flag, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=hint)
        for flag, default, hint in (
            ("metrics", None, metrics_flag),
            ("params_file", Path("params.yaml"), file_flag),
            ("section", section, section_flag),
        )
    ]
    stage.__signature__ = inspect.Signature(own)  # type: ignore[attr-defined]
    stage.__annotations__ = {p.name: p.annotation for p in own}
    stage.__doc__ = main.__doc__
    return stage


def _flag(hint: Any) -> Any:
    """An argument's type as typer wants it: it knows no unions, and a Path would mend URLs."""
    if hint == files.Place:
        return Annotated[Path, typer.Option(parser=files.place, metavar="PATH|URL")]
    return Annotated[hint, typer.Option()]


def write_json(values: Any, path: Path) -> None:
    """Write figures as `as_json` gives them; the file appears whole or not at all."""
    partial = files.partial(path)
    try:
        partial.write_text(as_json(values), encoding="utf-8")
        files.settle(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def as_json(values: Any) -> str:
    """Figures as JSON, floats to 6 significant digits, NaN as null, keys in their order.

    Credentials in URLs are left out.
    """
    return json.dumps(_rounded(values), indent=2, ensure_ascii=False) + "\n"


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {redacted(str(k)): _rounded(v) for k, v in value.items()}
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, list | tuple):
        return [_rounded(v) for v in value]
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    if hasattr(value, "item"):
        return _rounded(value.item())
    return value
