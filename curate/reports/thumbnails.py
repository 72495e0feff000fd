"""Pairs become small pictures inside the page: WebP as data URIs, each image decoded once.

Of a picture whose faces were blurred the blurred one is shown, whoever asks by which name.
"""

import base64
import io
from collections.abc import Mapping
from typing import Any, Self

import pyarrow as pa
import pyarrow.compute as pc

from curate.dataset import pixels, shards
from curate.dataset.errors import DataError
from curate.dataset.overlay import with_originals


def blurred(rows: pa.Table) -> dict[str, dict[str, Any]]:
    """The rows whose picture stands for another one, by that one's name.

    Args:
        rows: schema `sets.LOCATED` or `record.MANIFEST`.
    """
    original = with_originals(rows).column("image")
    other = pc.not_equal(original, rows.column("image"))
    named = original.filter(other).to_pylist()
    return dict(zip(named, rows.filter(other).to_pylist(), strict=True))


class Thumbnails:
    """Makes thumbnails of pairs.

    Args:
        side: pixels of the longest side.
        quality: of the WebP, 1 to 100.
        instead: image -> where one lies that is shown in its place, as `blurred` gives it.
    """

    def __init__(
        self, side: int, quality: int, instead: Mapping[str, Mapping[str, Any]] | None = None
    ) -> None:
        self._side = side
        self._quality = quality
        self._instead = instead or {}
        self._readers: dict[str, shards.ShardReader] = {}
        self._made: dict[str, dict[str, Any]] = {}

    def of(self, pair: Mapping[str, Any]) -> dict[str, Any]:
        """`src` (a data URI, or None for an image that cannot be read), `width` and `height`."""
        image = pair["image"]
        if image not in self._made:
            self._made[image] = self._make(pair)
        return self._made[image]

    def hides(self, image: str) -> bool:
        """Whether another picture is shown in the place of one."""
        return image in self._instead

    def sized(self, side: int, quality: int) -> "Thumbnails":
        """Thumbnails of the same pictures in another size."""
        return Thumbnails(side, quality, self._instead)

    def _make(self, pair: Mapping[str, Any]) -> dict[str, Any]:
        pair = self._instead.get(pair["image"], pair)
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
