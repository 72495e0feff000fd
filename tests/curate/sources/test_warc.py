"""Web archives: pages and pictures that are archived together."""

import gzip
from pathlib import Path

import pytest

from curate.dataset.errors import ParamsError, SourceError
from curate.sources import Found, warc
from curate.stage.params import build


def test_a_picture_takes_its_captions_from_every_page_that_shows_it(project, warcs, ball):
    one = warcs.page('<img src="../ball.png" alt="A ball" title="Red">', lang="de")
    two = warcs.page(
        '<img src="http://a.example/ball.png#x" alt="A red ball"><img src="b.png" alt="B">'
    )
    archive = [
        warcs.record("http://a.example/x/1.html", one),
        warcs.record("http://a.example/ball.png", ball, "image/png", X_Served_By="x"),
        warcs.record("http://b.example/2.html", two),
    ]
    Path("a.warc.gz").write_bytes(b"".join(archive))
    found = warcs.listed("a.warc.gz", licence="CC0-1.0")
    picture = found["http://a.example/ball.png"]
    assert picture.data == ball
    assert [tuple(c) for c in picture.captions] == [
        ("de", "A ball", "http://a.example/x/1.html", "alt"),
        ("de", "Red", "http://a.example/x/1.html", "title"),
        ("en", "A red ball", "http://b.example/2.html", "alt"),
    ]
    assert (picture.url, picture.licence) == ("http://a.example/ball.png", "CC0-1.0")
    assert picture.extra == {"archive": "a.warc.gz", "captured": "2024-05-06T07:08:09Z"}
    absent = found["http://b.example/b.png"]
    assert (absent.reason, absent.detail) == (
        "not archived",
        "http://b.example/2.html shows it, and no archive holds it",
    )


def test_pages_and_pictures_may_be_in_different_archives_of_any_compression(project, warcs, ball):
    pages = warcs.record("http://a.example/", warcs.page(warcs.BALL))
    Path("d").mkdir()
    Path("d/pages.warc").write_bytes(gzip.decompress(pages))
    Path("d/pictures.warc.gz").write_bytes(
        warcs.record("http://a.example/ball.png", ball, "image/png")
    )
    found = warcs.listed("d")
    assert found["http://a.example/ball.png"].captions[0].text == "A ball"


def test_archives_are_read_from_any_file_system_that_fsspec_knows(project, warcs, ball):
    import fsspec

    data = warcs.record("http://a.example/", warcs.page(warcs.BALL))
    data += warcs.record("http://a.example/ball.png", ball, "image/png")
    fsspec.filesystem("memory").pipe("/cc/a.warc.gz", data)
    found = warcs.listed("memory://cc/a.warc.gz")
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
def test_a_picture_is_found_under_every_name_that_leads_to_it(project, warcs, ball, said):
    target = "http://a.example/b%C3%A4ll%201.png"
    repeated = {"WARC_Type": "revisit", "WARC_Refers_To_Target_URI": target}
    archive = [
        warcs.record("http://a.example/", warcs.page(f'<img src="{said}" alt="A ball">')),
        warcs.record(
            "http://a.example/moved.png", b"", "text/html", "301 Moved", Location="/next.png"
        ),
        warcs.record("http://a.example/next.png", b"", "text/html", "302 Found", Location=target),
        warcs.record("http://a.example/again.png", b"", "image/png", **repeated),
        warcs.record(target, ball, "image/png"),
    ]
    Path("a.warc.gz").write_bytes(b"".join(archive))
    assert warcs.listed("a.warc.gz")[target].captions[0].text == "A ball"


def test_redirects_in_a_circle_come_to_an_end(project, warcs, ball):
    archive = [
        warcs.record("http://a.example/", warcs.page('<img src="/1" alt="A ball">', warcs.BALL)),
        warcs.record("http://a.example/1", b"", "text/html", "301 Moved", Location="/2"),
        warcs.record("http://a.example/2", b"", "text/html", "301 Moved", Location="/1"),
        warcs.record("http://a.example/ball.png", ball, "image/png"),
    ]
    Path("a.warc.gz").write_bytes(b"".join(archive))
    assert warcs.reasons(warcs.listed("a.warc.gz")) == {"http://a.example/1": "not archived"}


def test_files_archived_without_http_are_pictures_too(project, warcs, ball):
    archive = [
        warcs.record(
            "http://a.example/", warcs.page('<img src="ftp://a.example/ball.png" alt="A ball">')
        ),
        warcs.raw("ftp://a.example/ball.png", ball, "image/png", WARC_Type="resource"),
    ]
    Path("a.warc.gz").write_bytes(b"".join(archive))
    assert warcs.listed("a.warc.gz")["ftp://a.example/ball.png"].data == ball


def test_what_asks_not_to_be_used_is_refused_with_what_it_said(project, warcs, ball):
    head = '<meta name="robots" content="index, noai">'
    archive = [
        warcs.record("http://a.example/no", warcs.page(head=head)),
        warcs.record("http://a.example/never", warcs.page(), TDM_Reservation="1"),
        warcs.record("http://a.example/", warcs.page(warcs.BALL, '<img src="/not.png" alt="Not">')),
        warcs.record("http://a.example/ball.png", ball, "image/png"),
        warcs.record("http://a.example/not.png", ball, "image/png", X_Robots_Tag="noimageai"),
    ]
    Path("a.warc.gz").write_bytes(b"".join(archive))
    found = warcs.listed("a.warc.gz")
    refused = {n: f.detail for n, f in found.items() if getattr(f, "reason", "") == "opted out"}
    assert refused == {
        "http://a.example/no": "meta robots: noai",
        "http://a.example/never": "tdm-reservation: 1",
        "http://a.example/not.png": "X-Robots-Tag: noimageai",
    }
    assert [c.page for c in found["http://a.example/ball.png"].captions] == ["http://a.example/"]
    assert isinstance(warcs.listed("a.warc.gz", honour=["meta"])["http://a.example/not.png"], Found)
    with pytest.raises(ParamsError, match=r"x\.honour\.0 is 'metas': .*'meta', 'robots"):
        build(warc.Params, {"path": "a.warc.gz", "honour": ["metas"]}, "x")


@pytest.mark.parametrize("said", ["meta", "header"])
def test_a_picture_that_one_page_is_against_is_taken_of_no_page(project, warcs, ball, said):
    mine, no = '<img src="/mine.png" alt="Mine">', "noindex, noimageai"
    head = f'<meta name="robots" content="{no}">' if said == "meta" else ""
    more = {"X_Robots_Tag": no} if said == "header" else {}
    only_page = '<meta name="robots" content="noindex">'
    Path("d").mkdir()
    Path("d/a.warc.gz").write_bytes(
        warcs.record("http://a.example/", warcs.page(mine, warcs.BALL))
        + warcs.record("http://a.example/2", warcs.page(warcs.BALL, head=only_page))
        + warcs.record("http://a.example/real.png", ball, "image/png")
        + warcs.record("http://a.example/ball.png", ball, "image/png")
    )
    Path("d/b.warc.gz").write_bytes(
        warcs.record("http://a.example/mine.png", b"", status="301 M", Location="/real.png")
        + warcs.record("http://a.example/no", warcs.page('<img src="mine.png">', head=head), **more)
    )
    found = warcs.listed("d")
    refused = found["http://a.example/real.png"]
    name = {"meta": "meta robots", "header": "X-Robots-Tag"}[said]
    assert (refused.reason, refused.detail) == (
        "opted out",
        f"{name}: noimageai on http://a.example/no",
    )
    assert found["http://a.example/ball.png"].data == ball


def test_what_leads_to_a_picture_or_was_another_answer_is_heard_too(project, warcs, ball):
    no = {"X_Robots_Tag": "noimageai"}
    shown = [f'<img src="/{name}.png" alt="A ball">' for name in ("moved", "ball", "late", "real")]
    archive = [
        warcs.record("http://a.example/", warcs.page(*shown)),
        warcs.record("http://a.example/moved.png", b"", status="302 F", Location="/real.png", **no),
        warcs.record("http://a.example/real.png", ball, "image/png"),
        warcs.record("http://a.example/late.png", ball, "image/png"),
        warcs.record("http://a.example/late.png", ball, "image/png", **no),
        warcs.record("http://a.example/ball.png", ball, "image/png"),
    ]
    Path("a.warc.gz").write_bytes(b"".join(archive))
    found = warcs.listed("a.warc.gz")
    assert warcs.reasons(found) == dict.fromkeys(
        ("http://a.example/moved.png", "http://a.example/late.png"), "opted out"
    )
    assert found["http://a.example/moved.png"].detail == "X-Robots-Tag: noimageai"
    assert len(found["http://a.example/real.png"].captions) == 1
    archive[0] = warcs.record("http://a.example/", warcs.page(shown[0]))
    Path("a.warc.gz").write_bytes(b"".join(archive))
    assert warcs.listed("a.warc.gz")["http://a.example/real.png"].reason == "no caption"


def test_of_pages_that_opt_out_nothing_is_kept_but_names_of_pictures(project, warcs):
    large = "data:image/png;base64," + "A" * 100_000
    shown = f'<img src="{large}"><img src="HTTP://A.example/b.png#{"x" * 1000}">'
    Path("a.warc.gz").write_bytes(
        warcs.record("http://a.example/", warcs.page(shown), X_Robots_Tag="noai")
    )
    found = warc.scan(("a.warc.gz", Path("captions.parquet")), warc.Params(path="a.warc.gz"))
    assert set(found.against) == {"a.example/b.png"}


def test_pictures_that_are_of_no_use_are_refused_by_their_url(project, warcs, ball):
    archive = [
        warcs.record(
            "http://a.example/",
            warcs.page(warcs.BALL, *(f'<img src="/{n}" alt="{n}">' for n in "123")),
        ),
        warcs.record("http://a.example/ball.png", ball, "image/png"),
        warcs.record("http://a.example/ball.png", ball + b"x", "image/png"),
        warcs.record("http://a.example/1", ball, "image/png", "404 Not Found"),
        warcs.record("http://a.example/2", ball, "image/png", WARC_Truncated="length"),
        warcs.record("http://a.example/3", b"\x89" * 5000, "image/png"),
        warcs.record("http://a.example/4", ball, "image/png"),
    ]
    Path("a.warc.gz").write_bytes(b"".join(archive))
    again = sum(map(len, archive[:2]))
    found = warcs.listed("a.warc.gz", max_bytes=4999)
    assert found["http://a.example/ball.png"].data == ball
    assert warcs.reasons(found) == {
        "http://a.example/1": "http 404",
        "http://a.example/2": "truncated picture",
        "http://a.example/3": "broken archive",
        "http://a.example/4": "no caption",
        f"a.warc.gz@{again}": "duplicate",
    }
    assert "more than 4999 bytes" in found["http://a.example/3"].detail


def test_archives_of_neither_pages_nor_pictures_are_an_error(project, warcs):
    Path("a.warc.gz").write_bytes(b"")
    with pytest.raises(SourceError, match=r"neither pages nor pictures in 1 archives at a\.warc"):
        warcs.listed("a.warc.gz")


def test_wrong_paths_are_answered_with_what_is_there(project, warcs):
    Path("d").mkdir()
    Path("d/CC-MAIN.warc.wat.gz.part").touch()
    with pytest.raises(SourceError, match=r"no \.warc\.gz or .* at d; d holds CC-MAIN"):
        warcs.listed("d")


def test_an_archive_that_changes_after_it_was_listed_refuses_its_pictures(project, warcs, ball):
    first = warcs.record("http://a.example/", warcs.page(warcs.BALL))
    Path("a.warc.gz").write_bytes(
        first + warcs.record("http://a.example/ball.png", ball, "image/png")
    )
    params = warc.Params(path="a.warc.gz")
    Path("spool").mkdir()
    (item,) = warc.items(params, Path(), Path("spool"))
    Path("a.warc.gz").write_bytes(first + warcs.record("http://a.example/2.png", ball, "image/png"))
    assert "a record of http://a.example/2.png is there" in warc.read(item, params).detail
    Path("a.warc.gz").write_bytes(first)
    assert warc.read(item, params).reason == "broken archive"
    Path("a.warc.gz").unlink()
    assert warc.read(item, params).reason == "broken archive"


def test_a_url_that_is_too_long_for_a_table_has_one_row_there_too(project, warcs, ball):
    long = f"/{'x' * 600}.png"
    archive = [
        warcs.record("http://a.example/", warcs.page(f'<img src="{long}" alt="A ball">')),
        warcs.record(f"http://a.example{long}", ball, "image/png", "404 Not Found"),
    ]
    Path("a.warc.gz").write_bytes(b"".join(archive))
    Path("spool").mkdir()
    listed = warc.items(warc.Params(path="a.warc.gz"), Path(), Path("spool"))
    assert [row.reason for row in listed] == ["http 404"]
    assert not list(Path("spool/absent").glob("*.arrow"))  # of nothing
