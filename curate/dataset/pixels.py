"""Encoded bytes to pixels: one decoder for every stage, so that all see the same picture.

What a picture is, is told by its bytes, never by a name, and only the decoders listed here see
them. A hostile file costs bounded time and memory: its pixels are read from the header before
anything is decoded, and so is the number of scans that a progressive JPEG asks for.
"""

import contextlib
import io
import warnings
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import simplejpeg
from PIL import (
    AvifImagePlugin,
    Image,
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from curate.dataset import heif
from curate.dataset.errors import ImageError

MAX_PIXELS = 50_000_000  # width x height; read from the header before anything is decoded
EXTENSIONS = {
    "PNG": "png",
    "JPEG": "jpg",
    "MPO": "jpg",  # a JPEG with more pictures behind it, as many cameras write them
    "WEBP": "webp",
    "GIF": "gif",
    "BMP": "bmp",
    "TIFF": "tif",
    "AVIF": "avif",
    "HEIF": "heic",  # where pi-heif is installed
}
JPEG = ("JPEG", "MPO")  # formats that `jpeg` reads
_READERS = (AvifImagePlugin, TiffImagePlugin, WebPImagePlugin)  # registered by their import
_READ = tuple(name for name in EXTENSIONS if name not in ("MPO", "HEIF"))  # by Pillow, by content
_STRIPE = 1 << 16  # pixels that are laid on white at a time, as many as a core's cache holds
_MAX_SCANS = 500  # of a JPEG; encoders write about ten
_SCANNED = 20  # times the pixels allowed that all scans of a JPEG may cover together
_ORIENTATION = 0x0112  # EXIF's tag
_METADATA = ("exif", "xmp", "XML:com.adobe.xmp", "Raw profile type exif")  # that may hold it
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def probe(data: bytes, max_pixels: int = MAX_PIXELS) -> tuple[str, int, int]:
    """File extension, width and height (pixels, after EXIF rotation) of a picture.

    The whole picture is decoded once, so a truncated file is found here and not in training.

    Raises:
        ImageError: the bytes are no picture of a known format, are truncated or corrupt, or ask
            for more than `max_pixels` pixels.
    """
    image = opened(data, max_pixels)
    if image.format not in JPEG or jpeg(data, "GRAY", (1, 1)) is None:
        _load(image)
    width, height = image.size
    if orientation(image) > 4:
        width, height = height, width
    return EXTENSIONS[image.format or ""], width, height


def decode(data: bytes, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """Picture in RGB, upright (EXIF), transparency laid on white; first frame of an animation.

    Grey values of 16 bits are scaled to 8; CMYK is converted without a colour profile.

    Raises:
        ImageError: as `probe`, except that a JPEG with some damaged data may be shown.
    """
    return on_white(decode_alpha(data, max_pixels))


def decode_alpha(data: bytes, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """As `decode`, in RGBA where the picture has transparency.

    Raises:
        ImageError: as `decode`.
    """
    image = opened(data, max_pixels)
    return upright(loaded(image), orientation(image))


def opened(data: bytes, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """Picture of which only the header was read, checked for its format and size.

    Raises:
        ImageError: as `probe`, of what the header tells.
    """
    formats = [*_READ, "HEIF"] if heif.is_one(data) else _READ
    with _refusing("no readable header"):
        try:
            image = Image.open(io.BytesIO(data), formats=formats)
        except UnidentifiedImageError:  # its message holds an address in memory
            raise ImageError(_unknown(data)) from None
    pixels = image.width * image.height
    if pixels > max_pixels:
        raise ImageError(f"{image.width} x {image.height} is more than {max_pixels} pixels")
    if image.mode in ("I", "F"):
        raise ImageError(f"mode {image.mode}: no one says which of its values is white")
    if image.format in JPEG:
        scans = _scans(data)
        if scans > _MAX_SCANS or scans * pixels > _SCANNED * max_pixels:
            raise ImageError(f"{scans} scans of {pixels} pixels are more than any encoder writes")
    return image


def orientation(image: Image.Image) -> int:
    """How an opened picture is to be turned, by EXIF or XMP: 1 (not at all) to 8, as in EXIF."""
    if image.format != "TIFF" and image.info.keys().isdisjoint(_METADATA):
        return 1
    with contextlib.suppress(Exception), warnings.catch_warnings():  # metadata is no picture's end
        warnings.simplefilter("ignore")
        found = image.getexif().get(_ORIENTATION)
        return found if found in _TURNS else 1
    return 1


def loaded(image: Image.Image) -> Image.Image:
    """An opened picture with its pixels, in RGBA where it has transparency, else in RGB.

    Raises:
        ImageError: as `decode`.
    """
    _load(image)
    with _refusing("cannot be shown in RGB"):
        return _channels(image)


def on_white(image: Image.Image) -> Image.Image:
    """RGB of a picture from `loaded`, transparency laid on white, as a page shows it."""
    return image if image.mode == "RGB" else Image.fromarray(white(image)[0])


def white(image: Image.Image) -> tuple[np.ndarray, float]:
    """As `on_white`, in (H, W, 3) uint8, and the mean of 1 - alpha, 0 to 1.

    Colours are those of Pillow's `paste` on a white ground with the picture as its own mask.
    """
    import cv2  # who shows no transparent picture does without

    held = _held(image)
    grid = np.empty((*held.shape[:2], 3), np.uint8)
    if image.mode == "RGB":
        return cv2.cvtColor(held, cv2.COLOR_RGBA2RGB, dst=grid), 0.0
    height = max(1, _STRIPE // image.width)
    opaque = 0.0
    for top in range(0, image.height, height):
        part, ground = held[top : top + height], grid[top : top + height]
        alpha = cv2.extractChannel(part, 3)
        opaque += cv2.sumElems(alpha)[0]
        shares = cv2.cvtColor(alpha, cv2.COLOR_GRAY2RGB)
        cv2.multiply(cv2.cvtColor(part, cv2.COLOR_RGBA2RGB), shares, dst=ground, scale=1 / 255)
        cv2.add(ground, cv2.bitwise_not(shares), dst=ground)
    return grid, 1 - opaque / (image.width * image.height) / 255


def upright(image: Image.Image, turned: int) -> Image.Image:
    """A picture turned upright from what `orientation` says."""
    return image.transpose(_TURNS[turned]) if turned in _TURNS else image


def jpeg(data: bytes, colours: str, least: tuple[int, int]) -> "np.ndarray | None":
    """Pixels of a JPEG, decoded at the smallest of its own scales that is large enough.

    Args:
        data: of a picture whose header was checked by `opened`.
        colours: "RGB" or "GRAY".
        least: width and height (pixels) that the result must have.

    Returns:
        (H, W, 3 or 1) uint8, not turned upright; None if it takes another decoder to tell.

    Raises:
        ImageError: the data is truncated or corrupt, also where other decoders fill in grey.
    """
    try:
        return simplejpeg.decode_jpeg(
            data, colours, False, False, min_width=least[0], min_height=least[1]
        )
    except ValueError as error:
        if "premature end" in str(error).lower() or "bad Huffman" in str(error):
            raise ImageError(f"truncated or corrupt: {error}") from error
        return None


def _scans(data: bytes) -> int:
    """Scans of a JPEG, at most: how often the marker that starts one stands in its bytes."""
    values = np.frombuffer(data, np.uint8)  # four times as fast as bytes.count
    return int(np.count_nonzero((values[:-1] == 0xFF) & (values[1:] == 0xDA)))


def _unknown(data: bytes) -> str:
    """What there is to say of bytes that no reader takes; other readers only see 16 bytes."""
    Image.init()
    for name, (_, accepts) in Image.OPEN.items():
        with contextlib.suppress(Exception):
            if accepts is not None and accepts(data[:16]) is True:
                if name in EXTENSIONS:
                    return f"{len(data)} bytes that begin like {name} and are no readable picture"
                return f"format {name} is not one of {', '.join(sorted(EXTENSIONS))}"
    return f"{len(data)} bytes that are no picture"


def _held(image: Image.Image) -> np.ndarray:
    """Pixels (H, W, 4) of a picture in RGB or RGBA, not copied where Pillow has them in one piece.

    Pillow holds RGB in four bytes a pixel, too.
    """
    try:
        values = pa.array(image).flatten().to_numpy()
    except ValueError:  # more than 16 MB lie in several pieces
        return np.asarray(image.convert("RGBA"))
    return values.reshape(image.height, image.width, 4)


def _load(image: Image.Image) -> None:
    with _refusing("truncated or corrupt"):
        image.load()


def _channels(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16"):
        image = _eight_bits(image)
    if image.mode in ("RGBa", "La"):
        image = image.convert(image.mode.upper())
    if image.mode in ("RGBA", "LA", "PA") or (image.mode != "RGB" and "transparency" in image.info):
        return image.convert("RGBA")
    return image if image.mode == "RGB" else image.convert("RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """Grey of 16 bits as 8 bits, with an alpha channel if one of its values is transparent."""
    values = np.asarray(image).astype(np.uint32)
    grey = Image.fromarray(((values * 255 + 32767) // 65535).astype(np.uint8))
    clear = image.info.get("transparency")
    if clear is None:
        return grey
    alpha = Image.fromarray(np.where(values == clear, 0, 255).astype(np.uint8))
    return Image.merge("LA", (grey, alpha))


@contextlib.contextmanager
def _refusing(what: str) -> Iterator[None]:
    """Make every error of a decoder an ImageError: each has its own, undocumented ones."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except ImageError:
        raise
    except Exception as error:
        raise ImageError(f"{what}: {error or type(error).__name__}") from error
