"""What a made picture says of itself: a mark becomes metadata inside the picture, and back.

The mark is an XMP packet (ISO 16684-1) that JPEG, PNG and WebP can hold. It says, in the terms that
other programs read, from which kind of source the picture is (IPTC Photo Metadata,
`Iptc4xmpExt:DigitalSourceType`, a term of https://cv.iptc.org/newscodes/digitalsourcetype/), which
method made it (`xmp:CreatorTool`) and of which pictures (`xmpMM:Ingredients`). It lies in the bytes
that name the picture, so it goes wherever they are copied. The same mark gives the same bytes.
"""

import io
from collections.abc import Sequence
from typing import Any, NamedTuple
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from curate.dataset import pixels

EDITED = "algorithmicallyEnhanced"  # altered by an algorithm; what is shown stays the same
COMPOSED = "composite"  # of several pictures, none of them generated
GENERATED = "trainedAlgorithmicMedia"  # by a model that was trained on pictures
GENERATED_IN_PART = "compositeWithTrainedAlgorithmicMedia"  # a picture, changed by such a model
SOURCE_TYPES = (EDITED, COMPOSED, GENERATED, GENERATED_IN_PART)

SCHEME = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_TOOL = "Pairwright "  # before the name of a method
_SPACES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "xmpMM": "http://ns.adobe.com/xap/1.0/mm/",
    "stRef": "http://ns.adobe.com/xap/1.0/sType/ResourceRef#",
}


class Mark(NamedTuple):
    """What a made picture says of itself.

    Attributes:
        source_type: one of `SOURCE_TYPES`.
        method: name of what made it.
        parents: names of the pictures that it was made from, in the recipe's order.
    """

    source_type: str
    method: str
    parents: Sequence[str] = ()


def packet(mark: Mark) -> bytes:
    """A mark as an XMP packet.

    Raises:
        ValueError: it names no source type that is known here.
    """
    if mark.source_type not in SOURCE_TYPES:
        known = ", ".join(SOURCE_TYPES)
        raise ValueError(f"no digital source type {mark.source_type!r} (known: {known})")
    spaces = " ".join(f'xmlns:{name}="{uri}"' for name, uri in _SPACES.items() if name != "rdf")
    parents = "".join(f"<rdf:li stRef:documentID={quoteattr(name)}/>" for name in mark.parents)
    made_of = f"<xmpMM:Ingredients><rdf:Bag>{parents}</rdf:Bag></xmpMM:Ingredients>"
    text = (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{_SPACES["rdf"]}">'
        f'<rdf:Description rdf:about="" {spaces}'
        f" Iptc4xmpExt:DigitalSourceType={quoteattr(SCHEME + mark.source_type)}"
        f" xmp:CreatorTool={quoteattr(_TOOL + mark.method)}>{made_of if parents else ''}"
        '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
    )
    return text.encode()


def read(data: bytes) -> Mark | None:
    """The mark of an encoded picture; None where Pairwright left none.

    Raises:
        ImageError: the bytes are no picture.
    """
    found = _packet(data)
    if found is None or b"<!DOCTYPE" in found:  # XMP has none; a bomb of entities would
        return None
    try:
        about = ElementTree.fromstring(found).find(".//rdf:Description", _SPACES)
    except ElementTree.ParseError:
        return None
    if about is None:
        return None
    tool = about.get(f"{{{_SPACES['xmp']}}}CreatorTool", "")
    term = about.get(f"{{{_SPACES['Iptc4xmpExt']}}}DigitalSourceType", "").removeprefix(SCHEME)
    if not tool.startswith(_TOOL) or term not in SOURCE_TYPES:
        return None
    named = f"{{{_SPACES['stRef']}}}documentID"
    parents = about.iterfind("xmpMM:Ingredients/rdf:Bag/rdf:li", _SPACES)
    return Mark(term, tool.removeprefix(_TOOL), [one.get(named, "") for one in parents])


def held(data: bytes) -> bool:
    """Whether bytes of a JPEG, PNG or WebP hold a packet like ours; quicker than `read`."""
    return SCHEME.encode() in data


def carried(old: bytes, new: bytes) -> bytes:
    """New bytes of a JPEG or PNG, with the mark of the old ones, if these have any.

    Raises:
        ImageError: bytes are no picture.
    """
    mark = read(old)
    return new if mark is None else marked(new, mark)


def marked(data: bytes, mark: Mark) -> bytes:
    """The bytes of a JPEG or PNG with a mark; a JPEG keeps its tables.

    Raises:
        ImageError: the bytes are no picture.
    """
    image = pixels.opened(data)
    if image.format in pixels.JPEG:
        return saved(image, "JPEG", mark, quality="keep", subsampling="keep")
    return saved(image, "PNG", mark)


def saved(image: Image.Image, encoding: str, mark: Mark, **options: Any) -> bytes:
    """A picture with its mark as Pillow writes it: JPEG, PNG or WEBP, with that one's options."""
    told = packet(mark)
    if encoding == "PNG":
        chunks = PngInfo()
        chunks.add_itxt("XML:com.adobe.xmp", told.decode())
        options["pnginfo"] = chunks
    else:
        options["xmp"] = told
    out = io.BytesIO()
    image.save(out, encoding, **options)
    return out.getvalue()


def _packet(data: bytes) -> bytes | None:
    found: bytes | None = pixels.opened(data).info.get("xmp")
    return found
