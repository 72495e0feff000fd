"""The command `pairwright`: its subcommands are functions that entry points name.

    [project.entry-points."pairwright.commands"]
    why = "curate.why:why"

gives `pairwright why`. Whoever installs a package with such a line has a subcommand more, so no
package imports another for the sake of the command line. Only the module of the subcommand that
is called is loaded; `pairwright --help` loads them all, so they load what is heavy when called.
"""

import sys
from importlib.metadata import entry_points

import typer

from curate.dataset.credentials import redacted
from curate.dataset.errors import PairwrightError

GROUP = "pairwright.commands"


def main() -> None:
    """Run a subcommand with the arguments of this process.

    An error that a user can act on ends the command with status 1 and its message alone.
    """
    found = {entry.name: entry for entry in sorted(entry_points(group=GROUP))}
    asked = [found[name] for name in sys.argv[1:2] if name in found]
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True)
    app.callback(help="Data-centric curation for vision-language pretraining.")(_nothing)
    for entry in asked or found.values():
        app.command(entry.name)(entry.load())
    try:
        app(prog_name="pairwright")
    except PairwrightError as error:
        print(f"pairwright: {type(error).__name__}: {redacted(str(error))}", file=sys.stderr)
        sys.exit(1)


def _nothing() -> None:
    """Without it, typer takes the only subcommand that was loaded for the command itself."""
