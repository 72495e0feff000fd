"""A text, a picture or the name of one in; the pictures of a snapshot that fit it best, out."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate.dataset import record, tables
from curate.dataset.errors import DataError, ParamsError
from train.encoded import COLUMNS, Encoded
from train.search.opened import Opened
from train.search.rerank import Reranker

PAIR = ("uid", "caption", "lang", "source", "url", "page", "licence", "split")
CANDIDATES = 32  # pictures that are looked at again


class Hit(NamedTuple):
    """A picture that was found.

    Attributes:
        image: its name.
        similarity: cosine with what was asked for, -1 to 1.
        match: log-odds that it fits, of the matching head; None where that was not asked, or knows
            no regions of the picture.
        pairs: what the snapshot says of it (`PAIR`), those told in the wanted language first.
    """

    image: str
    similarity: float
    match: float | None
    pairs: list[dict[str, Any]]


class Searcher:
    """Finds pictures of a snapshot. May be asked by several threads.

    Args:
        opened: index of its pictures.
        snapshot: folder with `manifest.parquet`.
        reranker: looks again at what comes first; None: nothing does.
        candidates: how many it looks at.
    """

    def __init__(
        self,
        opened: Opened,
        snapshot: Path,
        reranker: Reranker | None = None,
        candidates: int = CANDIDATES,
    ) -> None:
        self._nearest, self._images, self._encoder = opened
        self._reranker, self._candidates = reranker, candidates
        manifest = tables.read(snapshot / record.MANIFEST_FILE, ["image", *COLUMNS, *PAIR])
        self._pairs = manifest.sort_by([("image", "ascending"), ("uid", "ascending")])
        self._sorted = self._pairs.column("image").to_numpy()
        self._row = {name: row for row, name in enumerate(self._images)}
        self._files = Encoded(manifest, pa.array(self._images))

    def __len__(self) -> int:
        return len(self._images)

    @property
    def reranks(self) -> bool:
        """Whether it can look again."""
        return self._reranker is not None

    def by_text(
        self, text: str, count: int, rerank: bool = False, language: str | None = None
    ) -> list[Hit]:
        """Pictures that fit a text, the best first.

        Args:
            text: in any language that the model reads.
            count: at most so many.
            rerank: whether the matching head puts in order what the index found.
            language: BCP-47 tag of the captions to be told first.

        Raises:
            ParamsError: the text is blank, or there is no model to look again.
        """
        if not text.strip():
            raise ParamsError("nothing is asked for: the text is blank")
        if rerank and self._reranker is None:
            raise ParamsError("no model was named to look again (--rerank models/imagebert)")
        wanted = max(count, self._candidates) if rerank else count
        near, rows = self._nearest(self._encoder.texts([text]), wanted)
        images = [self._images[row] for row in rows[0]]
        if not rerank:
            return [self._hit(*one, None, language) for one in zip(images, near[0], strict=True)]
        assert self._reranker is not None
        matches = self._reranker(text, images)
        order = np.argsort(-np.nan_to_num(matches, nan=-np.inf), kind="stable")[:count]
        return [self._hit(images[at], near[0][at], matches[at], language) for at in order]

    def by_picture(self, data: bytes, count: int, language: str | None = None) -> list[Hit]:
        """Pictures that look like an encoded one, the likest first.

        Raises:
            ImageError: the bytes are no picture that can be read.
        """
        vector = self._encoder.pictures([self._encoder.prepared(data)])
        return self._like(vector, count, language)

    def by_name(self, name: str, count: int, language: str | None = None) -> list[Hit]:
        """Pictures that look like one of the snapshot, itself not among them.

        Args:
            name: of the picture or of a pair, or how it begins.
            count: at most so many.
            language: as in `by_text`.

        Raises:
            DataError: nothing, or more than one picture, has such a name.
        """
        image = self.named(name)
        vector = self._nearest.vector(self._row[image])[None]
        return [h for h in self._like(vector, count + 1, language) if h.image != image][:count]

    def named(self, name: str) -> str:
        """The indexed picture that a name of it, or of a pair, or the beginning of one, means."""
        if name in self._row:
            return name
        found = {
            image
            for column in ("image", "uid")
            for image in self._beginning(column, name)
            if image in self._row
        }
        if len(found) != 1:
            some = f"{len(found)} pictures have" if found else "no indexed picture has"
            raise DataError(f"{some} a name, or a pair whose name, begins with {name!r}")
        return found.pop()

    def read(self, image: str) -> bytes:
        """The encoded bytes of an indexed picture.

        Raises:
            DataError: there is no such picture, or its shard is missing.
        """
        if image not in self._row:
            raise DataError(f"no picture {image!r} is indexed")
        return next(self._files.read(np.array([self._row[image]])))

    def _beginning(self, column: str, name: str) -> list[str]:
        """Pictures of the pairs of which a column begins so."""
        begins = pc.starts_with(self._pairs.column(column), name)
        found: list[str] = self._pairs.filter(begins).column("image").to_pylist()
        return found

    def _like(self, vector: np.ndarray, count: int, language: str | None) -> list[Hit]:
        near, rows = self._nearest(vector, count)
        return [
            self._hit(self._images[row], cosine, None, language)
            for cosine, row in zip(near[0], rows[0], strict=True)
        ]

    def _hit(self, image: str, near: float, match: float | None, language: str | None) -> Hit:
        first, last = (np.searchsorted(self._sorted, image, side=s) for s in ("left", "right"))
        pairs = self._pairs.slice(first, last - first).select(PAIR).to_pylist()
        pairs.sort(key=lambda pair: pair["lang"] != language)
        known = match is not None and not np.isnan(match)
        return Hit(image, float(near), float(match) if known else None, pairs)  # type: ignore[arg-type]
