"""The record: what a pair is, how it is named, and the schema of every shared table.

A set is a folder with `pairs.parquet` (sorted by `uid`), `rejected.parquet` and `images/*.tar`; a
crawled one also has `fetched.parquet` and, where its sources know more of a pair than its record
holds, `extra.parquet` (`uid`, `origin` and further columns), and where audio or clips lie beside
its pictures, `audio.parquet` and `audio/*.tar`, `video.parquet` and `video/*.tar`; a made one has
`parents.parquet`, and its pictures may lie in another set's tars (`shard` then begins with `../`).
Tables that say more about a set are keyed by `uid` (a pair) or by `image` (an image's content), so
they can be joined without touching a pixel.
"""

import hashlib

import pyarrow as pa

AUDIO_FILE = "audio.parquet"  # of a set that has audio
VIDEO_FILE = "video.parquet"  # of a set that has clips
MANIFEST_FILE = "manifest.parquet"  # of a snapshot's folder, see `curate.snapshot`
SNAPSHOT_FILE = "snapshot.json"
ID_FILE = "id"  # the id of a snapshot alone, for those that only need it
DATASHEET_FILE = "croissant.json"
PROVENANCE_FILE = "provenance.json"
LEAKAGE_FILE = "leakage.json"
LEAKS_FILE = "leaks.parquet"
CARD_FILE = "README.md"
LEAK_KINDS = {  # how an evaluation set holds a pair -> what the pair then is to an item of it
    "exact": "is the very file",
    "near": "looks like",
    "mirrored": "is the mirror image of",
    "cropped": "is a crop of",
    "holding": "was cropped to",
    "semantic": "shows the same as",
    "caption": "says nearly the same as",
}
SPLIT_NAMES = ("train", "validation", "test")

_HEX_DIGITS = 32  # 128 bits: no collision to expect below 10^18 names

PAIRS = pa.schema(
    [
        pa.field("uid", pa.string(), nullable=False),  # hash of image + language + caption
        pa.field("image", pa.string(), nullable=False),  # hash of the image's bytes
        pa.field("caption", pa.string(), nullable=False),
        pa.field("lang", pa.string(), nullable=False),  # BCP-47, "und" where unknown
        pa.field("source", pa.string(), nullable=False),  # key under crawl.sources, or method
        pa.field("url", pa.string()),  # where the bytes came from
        pa.field("page", pa.string()),  # the page or file that showed them
        pa.field("licence", pa.string()),
        pa.field("width", pa.int32(), nullable=False),  # pixels, after EXIF rotation
        pa.field("height", pa.int32(), nullable=False),  # pixels, after EXIF rotation
        pa.field("shard", pa.string(), nullable=False),  # path of the tar inside the set
        pa.field("offset", pa.int64(), nullable=False),  # bytes from the tar's start
        pa.field("size", pa.int64(), nullable=False),  # bytes of the encoded image
        pa.field("parent", pa.string()),  # uid it was made from, or null
        pa.field("recipe", pa.string()),  # how it was made (JSON), or null
    ]
)

PARENTS = pa.schema(
    [
        pa.field("uid", pa.string(), nullable=False),  # of a made pair
        pa.field("parent", pa.string(), nullable=False),  # uid of a pair it was made from
        pa.field("position", pa.int32(), nullable=False),  # among its parents, from 0
    ]
)
"""Every parent of every made pair; `PAIRS.parent`, the first, is the one whose licence and place
it has. A pair that it was made from twice is there twice."""

REJECTED = pa.schema(
    [
        pa.field("source", pa.string(), nullable=False),
        pa.field("item", pa.string(), nullable=False),  # url, path or uid of what was refused
        pa.field("reason", pa.string(), nullable=False),  # a short class of reasons
        pa.field("detail", pa.string(), nullable=False),  # what exactly was found
    ]
)

FETCHED = pa.schema(
    [
        pa.field("source", pa.string(), nullable=False),
        pa.field("item", pa.string(), nullable=False),  # url or path, once for each source
        pa.field(
            "outcome", pa.string(), nullable=False
        ),  # "pair", "page", "sitemap", or why none of them
        pa.field("url", pa.string()),  # that answered, after redirects; null where none was asked
        pa.field("status", pa.int32()),  # of HTTP
        pa.field("sha256", pa.string()),  # of the bytes as they were found
        pa.field("bytes", pa.int64()),  # as they were found
        pa.field("content", pa.string()),  # beside an expected hash: the same, or what differs
        pa.field("image", pa.string()),  # the picture in the set; the same for the same bytes
        pa.field("licence", pa.string()),
    ]
)
"""What became of every item of a crawl."""

AUDIO = pa.schema(
    [
        pa.field("audio", pa.string(), nullable=False),  # hash of the file's bytes
        pa.field("image", pa.string(), nullable=False),  # the picture that it lies beside
        pa.field("uid", pa.string()),  # of the pair whose caption it speaks; null where unknown
        pa.field("kind", pa.string(), nullable=False),  # "description" (spoken words) or "sound"
        pa.field("lang", pa.string()),  # BCP-47, of what is spoken; null where nothing is
        pa.field("extension", pa.string(), nullable=False),  # by content, without dot
        pa.field("seconds", pa.float64(), nullable=False),
        pa.field("rate", pa.int32(), nullable=False),  # Hz
        pa.field("channels", pa.int32(), nullable=False),
        pa.field("url", pa.string()),  # where the bytes came from
        pa.field("licence", pa.string()),
        pa.field("source", pa.string(), nullable=False),  # key under crawl.sources
        pa.field("shard", pa.string(), nullable=False),  # path of the tar inside the set
        pa.field("offset", pa.int64(), nullable=False),  # bytes from the tar's start
        pa.field("size", pa.int64(), nullable=False),  # bytes of the encoded audio
    ]
)
"""Audio beside pictures. A file that lies beside several has a row for each."""

VIDEO = pa.schema(
    [
        pa.field("video", pa.string(), nullable=False),  # hash of the file's bytes
        pa.field("image", pa.string(), nullable=False),  # its poster: the picture it lies beside
        pa.field("extension", pa.string(), nullable=False),  # by content, without dot
        pa.field("frames", pa.int32(), nullable=False),  # that it shows one after the other
        pa.field("seconds", pa.float64(), nullable=False),
        pa.field("width", pa.int32(), nullable=False),  # pixels, upright
        pa.field("height", pa.int32(), nullable=False),  # pixels, upright
        pa.field("url", pa.string()),  # where the bytes came from
        pa.field("licence", pa.string()),
        pa.field("source", pa.string(), nullable=False),  # key under crawl.sources
        pa.field("shard", pa.string(), nullable=False),  # path of the tar inside the set
        pa.field("offset", pa.int64(), nullable=False),  # bytes from the tar's start
        pa.field("size", pa.int64(), nullable=False),  # bytes of the encoded clip
    ]
)
"""Clips beside pictures: animated pictures and short films. A clip shows what its picture shows, so
all captions of the picture are its captions. One that lies beside several has a row for each."""

DECISIONS = pa.schema(
    [
        pa.field("uid", pa.string(), nullable=False),
        pa.field("kept", pa.bool_(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),  # deciding rule: first failed, or closest
        pa.field("margin", pa.float64()),  # value minus threshold in the rule's units; < 0: dropped
        pa.field("failed", pa.list_(pa.string()), nullable=False),  # every rule that failed
        # of every rule that was asked about the pair, in their order; null: the rule has none
        pa.field("margins", pa.map_(pa.string(), pa.float64()), nullable=False),
    ]
)

SPLITS = pa.schema(
    [
        pa.field("image", pa.string(), nullable=False),
        pa.field("split", pa.string(), nullable=False),  # train, validation or test
        pa.field("group", pa.string(), nullable=False),  # pictures that must stay together
    ]
)

MANIFEST = PAIRS.insert(1, pa.field("set", pa.string(), nullable=False)).append(
    pa.field("split", pa.string(), nullable=False)
)
"""A snapshot's rows: a pair, the set folder (relative to the project) that holds its bytes,
and its split."""


def image_name(data: bytes) -> str:
    """Name of an image: SHA-256 of its encoded bytes, shortened to 32 hex digits."""
    return image_named(hashlib.sha256(data).hexdigest())


def image_named(sha256: str) -> str:
    """Name of an image whose SHA-256 is known, in hexadecimal digits."""
    return sha256[:_HEX_DIGITS]


def pair_uid(image: str, lang: str, caption: str) -> str:
    """Name of a pair: SHA-256 over image name, language and caption, 32 hex digits."""
    text = "\x1f".join((image, lang, caption))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_HEX_DIGITS]
