"""HEIF files whose items have names that are no text: their reader would end the whole process."""

import base64
import subprocess
import sys
from pathlib import Path

import pytest

from curate.dataset import heif, pixels
from curate.dataset.errors import ImageError
from tests.test_hostile_pictures import HEIC

pytest.importorskip("pi_heif", reason="pip install pairwright[heic]")
SOUND = base64.b85decode(HEIC)
EXIF = b"\x00\x02\x00\x00Exif"  # number and type of an item
ALONE = "import pi_heif, sys; pi_heif.open_heif(sys.argv[1])"


def test_a_sound_file_is_read():
    assert heif.is_one(SOUND)
    assert pixels.probe(SOUND) == ("heic", 64, 48)


@pytest.mark.parametrize("kind", [b"Exi\x80", b"\xff\xfe\xfd\xfc", b"mim\xe9"])
def test_an_item_whose_type_is_no_text_is_refused(kind):
    assert SOUND.count(EXIF) == 1
    with pytest.raises(ImageError, match="corrupt: an item is called"):
        pixels.probe(SOUND.replace(EXIF, EXIF[:4] + kind))


def test_the_reader_alone_dies_of_it(tmp_path: Path):
    """If it does so no more, `curate.dataset.heif` has less to do."""
    (tmp_path / "a.heic").write_bytes(SOUND.replace(EXIF, EXIF[:4] + b"Exi\x80"))
    done = subprocess.run([sys.executable, "-c", ALONE, str(tmp_path / "a.heic")], check=False)
    assert done.returncode == -11


def test_what_is_no_heif_is_none():
    assert not heif.is_one(b"")
    assert not heif.is_one(SOUND[:8] + b"avif" + SOUND[12:])
