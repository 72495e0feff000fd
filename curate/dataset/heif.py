"""A picture's bytes in; whether they are HEIF that its reader does not die of, out.

The reader (pi-heif) is a library in C, in this process. It takes the names of a file's items for
UTF-8 and dies where they are not, so these are looked at before; thumbnails, depth and further
pictures of a file, which nobody here wants, it does not read at all.
"""

import re
from collections.abc import Iterator

from PIL import Image

from curate.dataset.errors import ImageError

_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_ITEM = re.compile(rb"infe([\x02\x03])")  # a box that names an item (ISO 14496-12), by version
_TYPE = {2: 12, 3: 14}  # version of such a box -> where its item's type stands
_LONGEST = 1024  # bytes of the strings behind it


def is_one(data: bytes) -> bool:
    """Whether a file is HEIF by its content, with its reader ready.

    Raises:
        ImageError: it is one that cannot be read here.
    """
    if data[4:8] != b"ftyp" or data[8:12] not in _BRANDS:
        return False
    if "HEIF" not in Image.OPEN:
        try:
            import pi_heif
        except ImportError as error:
            raise ImageError("HEIC is read where pi-heif is installed (pip install)") from error
        pi_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
    for name in _names(data):
        try:
            name.decode("utf-8")
        except UnicodeDecodeError:
            raise ImageError(f"truncated or corrupt: an item is called {name[:40]!r}") from None
    return True


def _names(data: bytes) -> Iterator[bytes]:
    """The types, names and kinds of content of a file's items."""
    for box in _ITEM.finditer(data):
        start = box.start() + _TYPE[box[1][0]]
        kind = data[start : start + 4]
        yield kind
        if kind in (b"mime", b"uri "):
            yield from data[start + 4 : start + _LONGEST].split(b"\0")[:3]
