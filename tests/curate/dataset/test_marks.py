import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from curate.dataset import marks, pixels
from curate.dataset.marks import Mark

MARK = Mark(marks.COMPOSED, "cutmix", ["0a" * 16, "f7" * 16])
# terms of the vocabulary as IPTC gives it out (2024-10-23)
IPTC = {
    "algorithmicallyEnhanced",
    "composite",
    "trainedAlgorithmicMedia",
    "compositeWithTrainedAlgorithmicMedia",
}


def saved(encoding, mark=None, mode="RGB"):
    image = Image.linear_gradient("L").resize((40, 30)).convert(mode)
    if mark is not None:
        return marks.saved(image, encoding, mark)
    out = io.BytesIO()
    image.save(out, encoding)
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["JPEG", "PNG", "WEBP"])
def test_a_mark_is_read_back_from_the_bytes_that_pillow_writes(encoding):
    data = saved(encoding, MARK)
    assert marks.read(data) == MARK
    assert marks.held(data)


@pytest.mark.parametrize("encoding", ["JPEG", "PNG", "WEBP"])
def test_a_picture_without_a_mark_has_none(encoding):
    data = saved(encoding)
    assert marks.read(data) is None
    assert not marks.held(data)


def test_the_source_types_are_terms_of_iptc_at_their_address():
    assert set(marks.SOURCE_TYPES) == IPTC
    told = marks.packet(MARK).decode()
    (term,) = re.findall(r'Iptc4xmpExt:DigitalSourceType="([^"]+)"', told)
    assert term == "http://cv.iptc.org/newscodes/digitalsourcetype/composite"


def test_an_unknown_source_type_is_refused_by_name():
    with pytest.raises(ValueError, match="no digital source type 'photo'"):
        marks.packet(Mark("photo", "cutmix"))


@given(st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=20))
def test_any_name_of_a_method_is_read_back_and_is_no_markup(name):
    name = " ".join(name.split()) or "x"  # what XML keeps of spaces in an attribute
    mark = Mark(marks.EDITED, name, [name])
    assert marks.read(marks.saved(Image.new("RGB", (4, 4)), "PNG", mark)) == mark


@pytest.mark.parametrize(
    "packet",
    [
        b"<x:xmpmeta",
        b'<!DOCTYPE x [<!ENTITY a "a">]><x>&a;</x>',
        b"<nothing/>",
        marks.packet(MARK).replace(b"Pairwright ", b"Some Camera "),
        marks.packet(MARK).replace(b"/composite", b"/digitalCapture"),
    ],
)
def test_other_programs_packets_are_no_marks_of_ours(packet):
    out = io.BytesIO()
    Image.new("RGB", (4, 4)).save(out, "WEBP", xmp=packet)
    assert Image.open(out).info["xmp"] == packet
    assert marks.read(out.getvalue()) is None


def test_a_picture_written_anew_keeps_the_mark_of_the_one_before():
    for old, new in (("JPEG", "JPEG"), ("PNG", "PNG"), ("JPEG", "PNG")):
        found = marks.carried(saved(old, MARK), saved(new))
        assert marks.read(found) == MARK
        assert pixels.probe(found) == pixels.probe(saved(new))
    bare = saved("PNG")
    assert marks.carried(saved("JPEG"), bare) is bare


def test_marking_a_png_changes_no_pixel_and_no_alpha():
    bare = saved("PNG", mode="LA")
    shown = Image.open(io.BytesIO(marks.marked(bare, MARK)))
    assert shown.mode == "LA"
    assert shown.tobytes() == Image.open(io.BytesIO(bare)).tobytes()


def test_the_same_picture_and_mark_give_the_same_bytes():
    assert marks.marked(saved("JPEG"), MARK) == marks.marked(saved("JPEG"), MARK)
