"""Web archives, whole and hostile: pages and pictures that are archived together."""

import gzip
from pathlib import Path

import pytest

from curate.dataset.errors import ParamsError, SourceError
from curate.sources import Found, Refusal, warc
from curate.stage.params import build


def record(url: str, body: bytes, kind: str = "text/html", status: str = "200 OK", **more: str):
    """A WARC record with an HTTP answer, compressed by itself; `more` are headers of either."""
    own = {n: v for n, v in more.items() if n.startswith("WARC")}
    said = {n: v for n, v in more.items() if not n.startswith("WARC")}
    http = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", *lines(said), "", ""]
    block = "\r\n".join(http).encode("utf-8", "surrogateescape") + body
    return raw(url, block, "application/http; msgtype=response", **own)


def raw(url: str, block: bytes, kind: str, **more: str) -> bytes:
    named = {
        "WARC_Type": "response",
        "WARC_Record_ID": "<urn:uuid:00000000-0000-0000-0000-000000000000>",
        "WARC_Date": "2024-05-06T07:08:09Z",
        "WARC_Target_URI": url,
        "Content_Type": kind,
        "Content_Length": str(len(block)),
    }
    head = "\r\n".join(["WARC/1.0", *lines(named | more), "", ""])
    return gzip.compress(head.encode("utf-8", "surrogateescape") + block + b"\r\n\r\n")


def lines(headers: dict[str, str]) -> list[str]:
    return [f"{name.replace('_', '-')}: {value}" for name, value in headers.items() if value]


def page(*images: str, lang: str = "en", head: str = "") -> bytes:
    shown = "".join(images)
    return f'<html lang="{lang}"><head>{head}</head><body>{shown}</body></html>'.encode()


def listed(path: str, **values: object) -> dict[str, Found | Refusal]:
    params = warc.Params(path=path, **values)
    Path("spool").mkdir(exist_ok=True)
    items = warc.items(params, Path(), Path("spool"))
    answers = warc.read_all([i for i in items if not isinstance(i, Refusal)], params)
    found = [i if isinstance(i, Refusal) else next(answers) for i in items]
    return {f.item: f for f in found}


def reasons(found: dict[str, Found | Refusal]) -> dict[str, str]:
    return {name: f.reason for name, f in found.items() if isinstance(f, Refusal)}


@pytest.fixture
def ball(drawn) -> bytes:
    return drawn("circle", "red")


BALL = '<img src="/ball.png" alt="A ball">'


def test_a_picture_takes_its_captions_from_every_page_that_shows_it(project, ball):
    one = page('<img src="../ball.png" alt="A ball" title="Red">', lang="de")
    two = page('<img src="http://a.example/ball.png#x" alt="A red ball"><img src="b.png" alt="B">')
    archive = [
        record("http://a.example/x/1.html", one),
        record("http://a.example/ball.png", ball, "image/png", X_Served_By="x"),
        record("http://b.example/2.html", two),
    ]
    Path("a.warc.gz").write_bytes(b"".join(archive))
    found = listed("a.warc.gz", licence="CC0-1.0")
    picture = found["http://a.example/ball.png"]
    assert picture.data == ball
    assert [tuple(c) for c in picture.captions] == [
        ("de", "A ball", "http://a.example/x/1.html", "alt"),
        ("de", "Red", "http://a.example/x/1.html", "title"),
        ("en", "A red ball", "http://b.example/2.html", "alt"),
    ]
    assert (picture.url, picture.licence) == ("http://a.example/ball.png", "CC0-1.0")
    assert picture.extra == {"archive": "a.warc.gz", "captured": "2024-05-06T07:08:09Z"}
    assert found["a.warc.gz"].detail == (
        "1 captions on its pages are of pictures that no archive holds"
    )


def test_pages_and_pictures_may_be_in_different_archives_of_any_compression(project, ball):
    pages = record("http://a.example/", page(BALL))
    Path("d").mkdir()
    Path("d/pages.warc").write_bytes(gzip.decompress(pages))
    Path("d/pictures.warc.gz").write_bytes(record("http://a.example/ball.png", ball, "image/png"))
    found = listed("d")
    assert found["http://a.example/ball.png"].captions[0].text == "A ball"


def test_archives_are_read_from_any_file_system_that_fsspec_knows(project, ball):
    import fsspec

    data = record("http://a.example/", page(BALL))
    data += record("http://a.example/ball.png", ball, "image/png")
    fsspec.filesystem("memory").pipe("/cc/a.warc.gz", data)
    found = listed("memory://cc/a.warc.gz")
    assert found["http://a.example/ball.png"].extra["archive"] == "memory:///cc/a.warc.gz"


@pytest.mark.parametrize(
    "said",
    [
        "https://a.example/b%C3%A4ll%201.png",
        "http://a.example/bäll 1.png",
        "//a.example/b%C3%A4ll%201.png#top",
        "/moved.png",
        "/again.png",
    ],
)
def test_a_picture_is_found_under_every_name_that_leads_to_it(project, ball, said):
    target = "http://a.example/b%C3%A4ll%201.png"
    repeated = {"WARC_Type": "revisit", "WARC_Refers_To_Target_URI": target}
    archive = [
        record("http://a.example/", page(f'<img src="{said}" alt="A ball">')),
        record("http://a.example/moved.png", b"", "text/html", "301 Moved", Location="/next.png"),
        record("http://a.example/next.png", b"", "text/html", "302 Found", Location=target),
        record("http://a.example/again.png", b"", "image/png", **repeated),
        record(target, ball, "image/png"),
    ]
    Path("a.warc.gz").write_bytes(b"".join(archive))
    assert listed("a.warc.gz")[target].captions[0].text == "A ball"


def test_redirects_in_a_circle_come_to_an_end(project, ball):
    archive = [
        record("http://a.example/", page('<img src="/1" alt="A ball">', BALL)),
        record("http://a.example/1", b"", "text/html", "301 Moved", Location="/2"),
        record("http://a.example/2", b"", "text/html", "301 Moved", Location="/1"),
        record("http://a.example/ball.png", ball, "image/png"),
    ]
    Path("a.warc.gz").write_bytes(b"".join(archive))
    assert reasons(listed("a.warc.gz")) == {"a.warc.gz": "not archived"}


def test_content_is_decoded_as_it_was_sent_and_taken_as_it_is_where_that_was_a_lie(project, ball):
    squeezed = gzip.compress(ball)
    chunked = b"%x\r\n" % len(ball) + ball + b"\r\n0\r\n\r\n"
    images = "".join(f'<img src="/{n}.png" alt="Ball {n}">' for n in range(4))
    archive = [
        record("http://a.example/", gzip.compress(page(images)), Content_Encoding="gzip"),
        record("http://a.example/0.png", squeezed, "image/png", Content_Encoding="gzip"),
        record("http://a.example/1.png", chunked, "image/png", Transfer_Encoding="chunked"),
        record("http://a.example/2.png", ball, "image/png", Content_Encoding="gzip"),
        record("http://a.example/3.png", ball, "image/png", Transfer_Encoding="chunked"),
    ]
    Path("a.warc.gz").write_bytes(b"".join(archive))
    found = listed("a.warc.gz")
    assert [found[f"http://a.example/{n}.png"].data for n in range(4)] == [ball] * 4


def test_files_archived_without_http_are_pictures_too(project, ball):
    archive = [
        record("http://a.example/", page('<img src="ftp://a.example/ball.png" alt="A ball">')),
        raw("ftp://a.example/ball.png", ball, "image/png", WARC_Type="resource"),
    ]
    Path("a.warc.gz").write_bytes(b"".join(archive))
    assert listed("a.warc.gz")["ftp://a.example/ball.png"].data == ball


def test_what_asks_not_to_be_used_is_refused_with_what_it_said(project, ball):
    head = '<meta name="robots" content="index, noai">'
    archive = [
        record("http://a.example/no", page(BALL, head=head)),
        record("http://a.example/never", page(BALL), TDM_Reservation="1"),
        record("http://a.example/", page(BALL, '<img src="/not.png" alt="Not">')),
        record("http://a.example/ball.png", ball, "image/png"),
        record("http://a.example/not.png", ball, "image/png", X_Robots_Tag="noimageai"),
    ]
    Path("a.warc.gz").write_bytes(b"".join(archive))
    found = listed("a.warc.gz")
    refused = {n: f.detail for n, f in found.items() if getattr(f, "reason", "") == "opted out"}
    assert refused == {
        "http://a.example/no": "meta robots: noai",
        "http://a.example/never": "tdm-reservation: 1",
        "http://a.example/not.png": "X-Robots-Tag: noimageai",
    }
    assert [c.page for c in found["http://a.example/ball.png"].captions] == ["http://a.example/"]
    assert isinstance(listed("a.warc.gz", honour=["meta"])["http://a.example/not.png"], Found)
    with pytest.raises(ParamsError, match=r"x\.honour\.0 is 'metas': .*'meta', 'robots"):
        build(warc.Params, {"path": "a.warc.gz", "honour": ["metas"]}, "x")


def test_pictures_that_are_of_no_use_are_refused_by_their_url(project, ball):
    archive = [
        record("http://a.example/", page(BALL, *(f'<img src="/{n}" alt="{n}">' for n in "123"))),
        record("http://a.example/ball.png", ball, "image/png"),
        record("http://a.example/ball.png", ball + b"x", "image/png"),
        record("http://a.example/1", ball, "image/png", "404 Not Found"),
        record("http://a.example/2", ball, "image/png", WARC_Truncated="length"),
        record("http://a.example/3", b"\x89" * 5000, "image/png"),
        record("http://a.example/4", ball, "image/png"),
    ]
    Path("a.warc.gz").write_bytes(b"".join(archive))
    again = sum(map(len, archive[:2]))
    found = listed("a.warc.gz", max_bytes=4999)
    assert found["http://a.example/ball.png"].data == ball
    assert reasons(found) == {
        "http://a.example/1": "http 404",
        "http://a.example/2": "truncated picture",
        "http://a.example/3": "broken archive",
        "http://a.example/4": "no caption",
        f"a.warc.gz@{again}": "duplicate",
        "a.warc.gz": "not archived",
    }
    assert "more than 4999 bytes" in found["http://a.example/3"].detail


def test_an_archive_that_is_cut_off_or_damaged_gives_what_is_whole_and_says_so(project, ball):
    parts = [
        record("http://a.example/", page(BALL, '<img src="/b.png" alt="B">')),
        record("http://a.example/ball.png", ball, "image/png"),
        record("http://a.example/b.png", ball + b"b", "image/png"),
    ]
    whole = b"".join(parts)
    for cut in (len(whole) - 1, len(whole) - 20, len(parts[0] + parts[1]) + 30):
        Path("a.warc.gz").write_bytes(whole[:cut])
        found = listed("a.warc.gz")
        assert found["http://a.example/ball.png"].data == ball
        assert "broken archive" in reasons(found).values(), cut


@pytest.mark.parametrize("unpacked", [False, True])
def test_behind_damage_an_archive_is_read_on(project, ball, unpacked):
    parts = [
        record("http://a.example/", page(BALL, '<img src="/b.png" alt="B">')),
        record("http://a.example/b.png", ball + b"b", "image/png"),
        record("http://a.example/ball.png", ball, "image/png"),
    ]
    parts = [gzip.decompress(part) if unpacked else part for part in parts]
    garbage = b"\x1f\x8b\x08 WARC/1.0\r\n" + b"\xaa" * 500
    torn = parts[1][:-60] + parts[1][-40:]
    for middle in (garbage, torn, parts[1] + garbage, garbage * 9 + torn):
        Path("a.warc.gz").write_bytes(parts[0] + middle + parts[2])
        found = listed("a.warc.gz")
        assert found["http://a.example/ball.png"].data == ball
        assert "broken archive" in reasons(found).values()


def test_damage_anywhere_in_an_archive_never_ends_the_crawl(project, ball):
    parts = [
        record("http://a.example/", page(BALL)),
        record("http://a.example/ball.png", ball, "image/png"),
    ]
    whole = b"".join(parts)
    for place in range(0, len(whole) - 4, 7):
        damaged = bytearray(whole)
        damaged[place : place + 4] = b"\xff\x00\xff\x00"
        Path("a.warc.gz").write_bytes(damaged)
        try:
            found = listed("a.warc.gz")
        except SourceError:
            continue
        assert found


def test_an_archive_that_is_compressed_as_a_whole_is_told_apart(project, ball):
    data = record("http://a.example/", page(BALL))
    data += record("http://a.example/ball.png", ball, "image/png")
    Path("a.warc.gz").write_bytes(gzip.compress(gzip.decompress(data)))
    found = listed("a.warc.gz")
    assert reasons(found) == {"a.warc.gz@0": "broken archive", "a.warc.gz": "not archived"}
    assert "gunzip" in found["a.warc.gz@0"].detail


def test_a_page_or_picture_that_unpacks_to_gigabytes_is_never_held(project, ball):
    import resource

    bomb = gzip.compress(bytes(300_000_000))
    archive = [
        record("http://a.example/", page(BALL, '<img src="/bomb.png" alt="B">')),
        record("http://a.example/ball.png", ball, "image/png"),
        record("http://a.example/bomb.html", bomb, Content_Encoding="gzip"),
        record("http://a.example/bomb.png", bomb, "image/png", Content_Encoding="gzip"),
    ]
    Path("a.warc.gz").write_bytes(b"".join(archive))
    del bomb
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert reasons(listed("a.warc.gz")) == {
        "http://a.example/bomb.html": "unreadable page",
        "http://a.example/bomb.png": "broken archive",
    }
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # KiB


@pytest.mark.parametrize("data", [b"<html>404</html>", b"PK\x03\x04 zip", b"\x1f\x8b"])
def test_what_is_no_archive_is_refused(project, data):
    Path("a.warc.gz").write_bytes(data)
    assert reasons(listed("a.warc.gz")) == {"a.warc.gz@0": "broken archive"}


def test_archives_of_neither_pages_nor_pictures_are_an_error(project):
    Path("a.warc.gz").write_bytes(b"")
    with pytest.raises(SourceError, match=r"neither pages nor pictures in 1 archives at a\.warc"):
        listed("a.warc.gz")


def test_wrong_paths_are_answered_with_what_is_there(project):
    Path("d").mkdir()
    Path("d/CC-MAIN.warc.wat.gz.part").touch()
    with pytest.raises(SourceError, match=r"no \.warc\.gz or .* at d; d holds CC-MAIN"):
        listed("d")


def test_an_archive_that_changes_after_it_was_listed_refuses_its_pictures(project, ball):
    first = record("http://a.example/", page(BALL))
    Path("a.warc.gz").write_bytes(first + record("http://a.example/ball.png", ball, "image/png"))
    params = warc.Params(path="a.warc.gz")
    Path("spool").mkdir()
    (item,) = warc.items(params, Path(), Path("spool"))
    Path("a.warc.gz").write_bytes(first + record("http://a.example/2.png", ball, "image/png"))
    assert "a record of http://a.example/2.png is there" in warc.read(item, params).detail
    Path("a.warc.gz").write_bytes(first)
    assert warc.read(item, params).reason == "broken archive"
    Path("a.warc.gz").unlink()
    assert warc.read(item, params).reason == "broken archive"
