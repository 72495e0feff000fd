"""One file per kind of source: what a corpus offers becomes pictures with captions.

A kind is a module of this package with three names:

    @parameters
    class Params: ...                 # keys of `crawl.sources.<name>`, `kind` left out

    def items(params: Params, packages: Path, spool: Path) -> list[Any]
        # what there is: small picklable descriptions, in an order that is the same each time;
        # an item that is a Refusal already is passed on as it is. `packages` is the folder of
        # fetched archives; `spool` an own, empty folder for files that last as long as the crawl.

    def read(item: Any, params: Params) -> Found | Refusal
        # one item, read in another process; never raises for what is wrong with the item

`items` raises SourceError where the corpus as a whole cannot be had.
"""

from dataclasses import dataclass
from typing import NamedTuple


class Caption(NamedTuple):
    """A text that was found with a picture.

    `lang` is a BCP-47 tag, `page` the page or file that said it.
    """

    lang: str
    text: str
    page: str | None = None


@dataclass(frozen=True)
class Found:
    """A picture as it was found: encoded bytes, what is said of it, where it came from."""

    item: str  # its name in the corpus (path or URL), the same in every run
    data: bytes  # encoded image, not yet checked
    captions: tuple[Caption, ...]
    url: str | None  # where the bytes came from
    licence: str | None


@dataclass(frozen=True)
class Refusal:
    """Something that was found and cannot be used."""

    item: str  # its name in the corpus (path or URL), the same in every run
    reason: str  # a short class of reasons
    detail: str = ""  # what exactly was found
