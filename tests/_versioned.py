"""Commands for tests of projects that are under git and DVC."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENV = {
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    "PYTHONPATH": str(ROOT),
    "DVC_NO_ANALYTICS": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    **{
        f"GIT_{who}_{what}": "t@t.invalid"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    },
}


def call(*words: str) -> str:
    """Run a command with the interpreter and the code of the tests; gives what it prints."""
    done = subprocess.run(words, env=os.environ | ENV, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def commit(message: str) -> str:
    """Commit all that git does not ignore; gives the commit's name."""
    call("git", "add", "--all", ":/")
    call("git", "commit", "-qm", message)
    return call("git", "rev-parse", "HEAD").strip()
