"""Requirements of a peer in, the Python of an environment of its own out."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(".pairwright/bench")  # what benchmarks install and make; may be deleted


def python(name: str, requirements: Sequence[str]) -> str:
    """Path of an interpreter that has the requirements; installed once.

    Raises:
        RuntimeError: pip does not install them.
    """
    folder = ROOT / "peers" / name
    stamp = folder / "requirements.txt"
    wanted = "\n".join(requirements)
    inside = folder / "bin" / "python"
    if not stamp.is_file() or stamp.read_text() != wanted:
        print(f"bench: installing {', '.join(requirements)}", file=sys.stderr)
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        quietly = ["--quiet", "--disable-pip-version-check"]
        pip = [str(inside), "-m", "pip", "install", *quietly]
        done = subprocess.run([*pip, *requirements], capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"pip install {wanted}:\n{done.stderr[-2000:]}")
        stamp.write_text(wanted)
    return str(inside.absolute())


def beside(requirement: str) -> Path:
    """Folder of a package that uses what is installed here; for `PYTHONPATH`; installed once.

    Raises:
        RuntimeError: pip does not install it.
    """
    folder = ROOT / "peers" / requirement.replace("==", "-")
    if not folder.is_dir():
        print(f"bench: installing {requirement}", file=sys.stderr)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        aside = folder.with_name(f"{folder.name}.partial")
        words = [*pip, "--no-deps", "--target", str(aside), requirement]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"pip install {requirement}:\n{done.stderr[-2000:]}")
        aside.rename(folder)
    return folder.absolute()
