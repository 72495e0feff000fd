import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from curate.stage.commands import GROUP

ROOT = Path(__file__).resolve().parents[3]
OURS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
START = "from curate.stage.commands import main; main()"


def installed(site, name, commands):
    """A package as an installer leaves it: its metadata beside it on the path."""
    info = site / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    listed = "".join(f"{key} = {place}\n" for key, place in commands.items())
    (info / "entry_points.txt").write_text(f"[{GROUP}]\n{listed}")


@pytest.fixture
def pairwright(project):
    """Runs the command in a process that finds our entry points and those of another package."""
    site = project / "site"
    installed(site, "pairwright", OURS["entry-points"][GROUP])
    installed(site, "another", {"count": "another_package:count"})
    (site / "another_package.py").write_text(
        "from curate.dataset.errors import DataError\n"
        "def count(upto: int, fail: bool = False) -> None:\n"
        '    """Count up to a number."""\n'
        "    if fail:\n"
        '        raise DataError(f"{upto} is too far")\n'
        "    print(*range(1, upto + 1))\n"
    )

    def run(*arguments, start=START):
        return subprocess.run(
            [sys.executable, "-c", start, *arguments],
            capture_output=True,
            text=True,
            check=False,
            env={"PYTHONPATH": f"{site}:{ROOT}", "PATH": "", "COLUMNS": "120"},
        )

    return run


def test_the_console_script_is_this_command():
    assert OURS["scripts"] == {"pairwright": "curate.stage.commands:main"}


def test_help_names_every_subcommand_of_every_package(pairwright):
    done = pairwright("--help")
    assert done.returncode == 0, done.stderr
    assert all(name in done.stdout for name in [*OURS["entry-points"][GROUP], "count"])
    assert "Count up to a number." in done.stdout


def test_a_subcommand_of_another_package_runs(pairwright):
    assert pairwright("count", "3").stdout == "1 2 3\n"


def test_an_error_of_ours_is_a_message_and_no_traceback(pairwright):
    done = pairwright("count", "3", "--fail")
    assert (done.returncode, done.stderr) == (1, "pairwright: DataError: 3 is too far\n")


def test_help_loads_nothing_heavy(pairwright):
    heavy = ("torch", "open_clip", "pyarrow", "pandas", "numpy", "dvc", "great_expectations")
    start = (
        "import sys\nfrom curate.stage.commands import main\n"
        f"try: main()\nfinally: print('loaded', [n for n in {heavy} if n in sys.modules])"
    )
    done = pairwright("--help", start=start)
    assert done.stdout.endswith("loaded []\n"), done.stdout


def test_an_unknown_subcommand_is_an_error_that_names_it(pairwright):
    done = pairwright("wy")
    assert done.returncode == 2
    assert "No such command 'wy'" in done.stderr
