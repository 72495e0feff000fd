"""Records of web archives that are packed, damaged or hostile, by way of the source of them."""

import gzip
from pathlib import Path

import pytest

from curate.dataset.errors import SourceError


def test_content_is_decoded_as_it_was_sent_and_taken_as_it_is_where_that_was_a_lie(
    project, warcs, ball
):
    squeezed = gzip.compress(ball)
    chunked = b"%x\r\n" % len(ball) + ball + b"\r\n0\r\n\r\n"
    images = "".join(f'<img src="/{n}.png" alt="Ball {n}">' for n in range(4))
    archive = [
        warcs.record(
            "http://a.example/", gzip.compress(warcs.page(images)), Content_Encoding="gzip"
        ),
        warcs.record("http://a.example/0.png", squeezed, "image/png", Content_Encoding="gzip"),
        warcs.record("http://a.example/1.png", chunked, "image/png", Transfer_Encoding="chunked"),
        warcs.record("http://a.example/2.png", ball, "image/png", Content_Encoding="gzip"),
        warcs.record("http://a.example/3.png", ball, "image/png", Transfer_Encoding="chunked"),
    ]
    Path("a.warc.gz").write_bytes(b"".join(archive))
    found = warcs.listed("a.warc.gz")
    assert [found[f"http://a.example/{n}.png"].data for n in range(4)] == [ball] * 4


def test_an_archive_that_is_cut_off_or_damaged_gives_what_is_whole_and_says_so(
    project, warcs, ball
):
    parts = [
        warcs.record("http://a.example/", warcs.page(warcs.BALL, '<img src="/b.png" alt="B">')),
        warcs.record("http://a.example/ball.png", ball, "image/png"),
        warcs.record("http://a.example/b.png", ball + b"b", "image/png"),
    ]
    whole = b"".join(parts)
    for cut in (len(whole) - 1, len(whole) - 20, len(parts[0] + parts[1]) + 30):
        Path("a.warc.gz").write_bytes(whole[:cut])
        found = warcs.listed("a.warc.gz")
        assert found["http://a.example/ball.png"].data == ball
        assert "broken archive" in warcs.reasons(found).values(), cut


@pytest.mark.parametrize("unpacked", [False, True])
def test_behind_damage_an_archive_is_read_on(project, warcs, ball, unpacked):
    parts = [
        warcs.record("http://a.example/", warcs.page(warcs.BALL, '<img src="/b.png" alt="B">')),
        warcs.record("http://a.example/b.png", ball + b"b", "image/png"),
        warcs.record("http://a.example/ball.png", ball, "image/png"),
    ]
    parts = [gzip.decompress(part) if unpacked else part for part in parts]
    garbage = b"\x1f\x8b\x08 WARC/1.0\r\n" + b"\xaa" * 500
    torn = parts[1][:-60] + parts[1][-40:]
    for middle in (garbage, torn, parts[1] + garbage, garbage * 9 + torn):
        Path("a.warc.gz").write_bytes(parts[0] + middle + parts[2])
        found = warcs.listed("a.warc.gz")
        assert found["http://a.example/ball.png"].data == ball
        assert "broken archive" in warcs.reasons(found).values()


def test_damage_anywhere_in_an_archive_never_ends_the_crawl(project, warcs, ball):
    parts = [
        warcs.record("http://a.example/", warcs.page(warcs.BALL)),
        warcs.record("http://a.example/ball.png", ball, "image/png"),
    ]
    whole = b"".join(parts)
    for place in range(0, len(whole) - 4, 7):
        damaged = bytearray(whole)
        damaged[place : place + 4] = b"\xff\x00\xff\x00"
        Path("a.warc.gz").write_bytes(damaged)
        try:
            found = warcs.listed("a.warc.gz")
        except SourceError:
            continue
        assert found


def test_an_archive_that_is_compressed_as_a_whole_is_told_apart(project, warcs, ball):
    data = warcs.record("http://a.example/", warcs.page(warcs.BALL))
    data += warcs.record("http://a.example/ball.png", ball, "image/png")
    Path("a.warc.gz").write_bytes(gzip.compress(gzip.decompress(data)))
    found = warcs.listed("a.warc.gz")
    broken = {"a.warc.gz@0": "broken archive", "http://a.example/ball.png": "not archived"}
    assert warcs.reasons(found) == broken
    assert "gunzip" in found["a.warc.gz@0"].detail


def test_a_page_or_picture_that_unpacks_to_gigabytes_is_never_held(project, warcs, ball):
    import resource

    bomb = gzip.compress(bytes(300_000_000))
    archive = [
        warcs.record("http://a.example/", warcs.page(warcs.BALL, '<img src="/bomb.png" alt="B">')),
        warcs.record("http://a.example/ball.png", ball, "image/png"),
        warcs.record("http://a.example/bomb.html", bomb, Content_Encoding="gzip"),
        warcs.record("http://a.example/bomb.png", bomb, "image/png", Content_Encoding="gzip"),
    ]
    Path("a.warc.gz").write_bytes(b"".join(archive))
    del bomb
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert warcs.reasons(warcs.listed("a.warc.gz")) == {
        "http://a.example/bomb.html": "unreadable page",
        "http://a.example/bomb.png": "broken archive",
    }
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # KiB


@pytest.mark.parametrize("data", [b"<html>404</html>", b"PK\x03\x04 zip", b"\x1f\x8b"])
def test_what_is_no_archive_is_refused(project, warcs, data):
    Path("a.warc.gz").write_bytes(data)
    assert warcs.reasons(warcs.listed("a.warc.gz")) == {"a.warc.gz@0": "broken archive"}
