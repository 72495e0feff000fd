from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from curate import naming
from curate.dataset.errors import DataError, ParamsError


@naming.naming
def tell(named: naming.Named, loud: bool = False) -> None:
    """Tell what is named."""
    for entry in naming.entries(named, "asked", Path("data")):
        typer.echo(f"{entry.words}{'!' if loud else ''}")


def test_each_kind_has_a_flag_that_may_be_given_several_times():
    app = typer.Typer()
    app.command()(tell)
    words = ["--url", "http://a.example/1", "--domain", "B.example", "--domain", "c.example"]
    done = CliRunner().invoke(app, [*words, "--loud"])
    assert done.stdout.split("\n")[:-1] == [
        "url http://a.example/1!",
        "domain b.example!",
        "domain c.example!",
    ]


def test_a_picture_is_named_by_its_file_too(project, capsys):
    Path("sent.png").write_bytes(b"bytes")
    tell(image=["sent.png"])
    assert capsys.readouterr().out.startswith("image 277089d91c0bdf4f2e6862ba7e4a0760")
    with pytest.raises(DataError, match=r"--image gone\.png: No such file"):
        tell(image=["gone.png"])


def test_to_name_nothing_is_an_error():
    with pytest.raises(ParamsError, match="--url, --page, --domain, --image, --uid"):
        tell()
