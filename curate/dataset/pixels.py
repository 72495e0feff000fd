"""Encoded bytes to pixels: one decoder for every stage, so that all see the same picture."""

import io
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError

from curate.dataset.errors import ImageError

MAX_PIXELS = 50_000_000  # width x height; read from the header before anything is decoded
_BACKGROUND = (255, 255, 255)  # transparent pictures are shown on white, as a page would
EXTENSIONS = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp", "GIF": "gif", "BMP": "bmp"}


def probe(data: bytes, max_pixels: int = MAX_PIXELS) -> tuple[str, int, int]:
    """File extension, width and height (pixels, after EXIF rotation) of a picture.

    The whole picture is decoded once, so a truncated file is found here and not in training.

    Raises:
        ImageError: the bytes are no picture of a known format, are truncated, or have more
            than `max_pixels` pixels.
    """
    image = _open(data, max_pixels)
    extension = EXTENSIONS[image.format or ""]
    rotated = _load(image)
    return extension, rotated.width, rotated.height


def decode(data: bytes, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """Picture in RGB, upright (EXIF), transparency laid on white; first frame of an animation.

    Raises:
        ImageError: as `probe`.
    """
    image = _load(_open(data, max_pixels))
    if image.mode == "RGB":
        return image
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        ground = Image.new("RGB", image.size, _BACKGROUND)
        ground.paste(image, mask=image.getchannel("A"))
        return ground
    return image.convert("RGB")


def _open(data: bytes, max_pixels: int) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(data))
    except UnidentifiedImageError as error:
        raise ImageError(f"{len(data)} bytes that are no picture") from error
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise ImageError(f"no readable picture: {error}") from error
    if image.format not in EXTENSIONS:
        raise ImageError(f"format {image.format} is not one of {', '.join(sorted(EXTENSIONS))}")
    if image.width * image.height > max_pixels:
        raise ImageError(f"{image.width} x {image.height} is more than {max_pixels} pixels")
    return image


def _load(image: Image.Image) -> Image.Image:
    try:
        image.load()
        ImageOps.exif_transpose(image, in_place=True)
        return image
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, TypeError) as error:
        raise ImageError(f"truncated or corrupt: {error}") from error
