"""One file per kind of source: what a corpus offers becomes pictures with captions.

A kind is a module of this package with three names:

    @parameters
    class Params: ...                 # keys of `crawl.sources.<name>`, `kind` left out

    def items(params: Params, packages: Path, spool: Path) -> Sequence[Any]
        # what there is: small picklable descriptions whose repr says all there is to them, in an
        # order that is the same each time; an item that is a Refusal already is passed on as it
        # is. `packages` is the folder of fetched archives; `spool` an own folder for files that
        # last as long as the crawl: a crawl that was killed finds there what it left.

    def read(item: Any, params: Params) -> Found | Refusal
        # one item, read in another process; never raises for what is wrong with the item

A kind that reads files that are not fetched says which of its parameters name them, so that a
crawl can tell which of them DVC does not watch:

    READS = ("path",)                 # fields of Params: paths, patterns or URLs

A kind that fetches has a further one, which is asked instead of `read`:

    def read_all(items: Sequence[Any], params: Params) -> Iterator[Found | Refusal]
        # one answer for each item, in another process: in the order of the items, or in any
        # order with `place` set in all of them

A kind that fetches in `items` already keeps what it was answered in the folder `KEPT` of its
spool, which is there again when what failed is retried, and says what is to be asked for anew:

    def forget(spool: Path, reasons: Sequence[str]) -> None
        # ask again for what was refused for one of some reasons, given as patterns

Its `items` and its `read_all` have one argument more, of type `Forbids`, which is asked before
anything is kept.

`items` raises SourceError where the corpus as a whole cannot be had. A sequence of items whose
slices are small descriptions themselves keeps a large corpus out of memory.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

KEPT = "kept"  # folder of a spool that lasts until the next crawl
BLOCKED = "blocked"  # reason: on the user's blocklist
UNREADABLE = "unreadable picture"  # reason
UNREADABLE_DRAWING = "unreadable drawing"  # reason, of SVG
PAGE, SITEMAP = READ = ("page", "sitemap")
"""Reasons of what was read on the way to pictures: its row is in the ledger, and is no reject."""
LEFT_OUT = NO_PAGE, MAX_PAGES, MAX_DEPTH, MAX_SITEMAPS, NOT_ARCHIVED = (
    *("no page", "max_pages", "max_depth", "too many sitemaps", "not archived"),
)
"""Reasons of URLs that were found where many lead elsewhere; they speak against no source."""


class Forbids(NamedTuple):
    """Says what must not be kept."""

    entry: Callable[[bytes, str], str | None]
    """(file, its SHA-256 in hexadecimal digits) -> the entry of the user's blocklist that it is,
    None where it is on none; an ImageError where it is to be looked at and cannot be."""
    print: str  # fingerprint of all that decides


class Caption(NamedTuple):
    """A text that was found with a picture.

    `lang` is a BCP-47 tag, `page` the page or file that said it, `origin` what kind of text it
    was there: alt, title, figcaption, sidecar, the name of a table's column.
    """

    lang: str
    text: str
    page: str | None = None
    origin: str | None = None


class Fetch(NamedTuple):
    """How a URL was answered."""

    url: str | None  # that answered in the end, after redirects
    status: int | None  # of HTTP
    started: float  # seconds since 1970
    seconds: float  # until the whole answer was there


class Expected(NamedTuple):
    """What the bytes of a picture were when its source was made."""

    sha256: str | None = None  # 64 hexadecimal digits
    md5: str | None = None  # 32 hexadecimal digits
    phash: str | None = None  # 16 hexadecimal digits, of `imagehash.phash`


class Audio(NamedTuple):
    """A file of audio that was found beside a picture.

    `kind` is "description" where it speaks the words of a caption, "sound" where it is what the
    thing on the picture sounds like; `lang` the BCP-47 tag of what is spoken, None for sounds
    without words; `url` says where the bytes came from.
    """

    data: bytes  # encoded, not yet checked
    kind: str
    lang: str | None
    url: str


class Video(NamedTuple):
    """An animated picture or film that was found beside a picture, which it shows in motion.

    `url` says where the bytes came from.
    """

    data: bytes  # encoded, not yet checked
    url: str


@dataclass(frozen=True)
class Found:
    """A picture as it was found: encoded bytes, what is said of it, where it came from."""

    item: str  # its name in the corpus (path or URL), the same in every run
    data: bytes  # encoded image, not yet checked
    captions: tuple[Caption, ...]
    url: str | None  # where the bytes came from
    licence: str | None
    extra: Mapping[str, Any] = field(default_factory=dict)  # further columns: str, int, float, bool
    expected: Expected | None = None
    fetch: Fetch | None = None
    place: int | None = None  # of its item among those of `read_all`; None: in their order
    audio: "tuple[Audio | Refusal, ...]" = ()  # beside it; a Refusal: there, but not to be read
    video: "tuple[Video | Refusal, ...]" = ()


@dataclass(frozen=True)
class Refusal:
    """Something that was found and cannot be used."""

    item: str  # its name in the corpus (path or URL), the same in every run
    reason: str  # a short class of reasons
    detail: str = ""  # what exactly was found
    fetch: Fetch | None = None
    place: int | None = None  # as of `Found`
    sha256: str | None = None  # of the bytes that were refused, in hexadecimal digits
    size: int | None = None  # bytes that were refused
