"""One archive or many, scanned."""

from collections.abc import Callable
from pathlib import Path

import pytest

from curate.dataset.errors import SourceError
from curate.sources._archives import scans


def letters(
    work: tuple[str, Path], params: str, seen: Callable[[], object] = int
) -> tuple[str, str]:
    """A scan that copies what it reads."""
    archive, file = work
    text = Path(archive).read_text()
    for _ in text:
        seen()
    file.write_text(params + text)
    return Path(archive).name, file.name


@pytest.mark.parametrize("count", [1, 12])
def test_each_archive_is_scanned_into_a_file_of_its_own_and_named_in_order(project, count):
    Path("in").mkdir()
    Path("out").mkdir()
    for number in range(count):
        Path(f"in/{number:02}.warc").write_text(f"{number}")
    found = scans(letters, "in", (".warc",), ">", Path("out"))
    assert found == [(f"{n:02}.warc", f"{n:06}.parquet") for n in range(count)]
    texts = {file.name: file.read_text() for file in Path("out").iterdir()}
    assert texts == {f"{n:06}.parquet": f">{n}" for n in range(count)}


def test_no_archive_is_an_error(project):
    with pytest.raises(SourceError, match=r"no \.warc at nowhere"):
        scans(letters, "nowhere", (".warc",), "", Path())
