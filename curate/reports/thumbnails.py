"""Pairs become small pictures inside the page: WebP as data URIs, each image decoded once."""

import base64
import io
from collections.abc import Mapping
from typing import Any, Self

from curate.dataset import pixels, shards
from curate.dataset.errors import DataError


class Thumbnails:
    """Makes thumbnails of pairs.

    Args:
        side: pixels of the longest side.
        quality: of the WebP, 1 to 100.
    """

    def __init__(self, side: int, quality: int) -> None:
        self._side = side
        self._quality = quality
        self._readers: dict[str, shards.ShardReader] = {}
        self._made: dict[str, dict[str, Any]] = {}

    def of(self, pair: Mapping[str, Any]) -> dict[str, Any]:
        """`src` (a data URI, or None for an image that cannot be read), `width` and `height`."""
        image = pair["image"]
        if image not in self._made:
            self._made[image] = self._make(pair)
        return self._made[image]

    def _make(self, pair: Mapping[str, Any]) -> dict[str, Any]:
        reader = self._readers.setdefault(pair["set"], shards.ShardReader(pair["set"]))
        try:
            data = reader.read(pair["shard"], int(pair["offset"]), int(pair["size"]))
            picture = pixels.decode(data)
        except DataError:
            return {"src": None, "width": self._side, "height": self._side}
        picture.thumbnail((self._side, self._side))
        out = io.BytesIO()
        picture.save(out, "WEBP", quality=self._quality, method=6)
        text = base64.b64encode(out.getvalue()).decode()
        return {
            "src": f"data:image/webp;base64,{text}",
            "width": picture.width,
            "height": picture.height,
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for reader in self._readers.values():
            reader.close()
