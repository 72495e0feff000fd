"""Links of web archives, whose pictures are fetched from a real server."""

import gzip
import json
import pickle
from pathlib import Path
from typing import Any

import pytest

from curate.dataset.errors import ParamsError, SourceError
from curate.sources import Found, Refusal, wat


def page(url: str, *links: dict[str, Any], status: str = "200", **more: Any) -> bytes:
    """A record of a WAT archive; `more` are Headers, Metas and Base."""
    head = {name: more[name] for name in ("Metas", "Base") if name in more}
    answer = {
        "Headers": more.get("Headers", {}),
        "Response-Message": {"Status": status},
        "HTML-Metadata": {"Head": head, "Links": list(links)},
    }
    content = {"Envelope": {"Payload-Metadata": {"HTTP-Response-Metadata": answer}}}
    return record(url, json.dumps(content).encode())


def record(url: str, block: bytes) -> bytes:
    head = (
        "WARC/1.0\r\nWARC-Type: metadata\r\nWARC-Date: 2024-05-06T07:08:09Z\r\n"
        "WARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-000000000000>\r\n"
        f"WARC-Target-URI: {url}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(block)}\r\n\r\n"
    )
    return gzip.compress(head.encode() + block + b"\r\n\r\n")


def image(url: Any, **values: Any) -> dict[str, Any]:
    return {"path": "IMG@/src", "url": url, **values}


def listed(path: str, **values: Any) -> list[Found | Refusal]:
    given = {"contact": "mailto:o@c.example", "private_hosts": ["127.0.0.1"], "attempts": 1}
    params = wat.Params(**{"path": path} | given | values)
    Path("spool").mkdir(exist_ok=True)
    items = list(wat.items(params, Path(), Path("spool")))
    refused = [item for item in items if isinstance(item, Refusal)]
    wanted = [item for item in items if not isinstance(item, Refusal)]
    found = wat.read_all(wanted, params)
    return [*refused, *sorted(found, key=lambda answer: answer.place)]


def test_pictures_with_words_are_fetched_once_and_say_where_they_stood(project, site, drawn):
    site.image("/a/ball.png", drawn("circle", "red"))
    one = page(
        f"{site.root}/a/1.html",
        image("ball.png", alt="A ball", title="Red"),
        image("plain.png"),
        image("blank.png", alt=" "),
        {"path": "A@/href", "url": "ball.png", "alt": "no picture"},
        image("data:image/png;base64,AAAA", alt="inside"),
        image("http://[", alt="no URL"),
        Headers={"Content-Language": "de"},
    )
    two = page(f"{site.root}/2.html", image("ball.png", alt="Again"), Base=f"{site.root}/a/")
    Path("a.warc.wat.gz").write_bytes(one + two)
    first, second = listed("a.warc.wat.gz", licence="MIT")
    assert [tuple(c) for c in first.captions] == [
        ("de", "A ball", f"{site.root}/a/1.html", "alt"),
        ("de", "Red", f"{site.root}/a/1.html", "title"),
    ]
    assert [tuple(c) for c in second.captions] == [("und", "Again", f"{site.root}/2.html", "alt")]
    assert (first.data, first.url) == (drawn("circle", "red"), f"{site.root}/a/ball.png")
    assert first.licence == "MIT"
    assert site.asked.count("/a/ball.png") == 1


def test_pages_that_ask_not_to_be_used_or_were_no_success_are_left_out(project, site, drawn):
    site.image("/ball.png", drawn("circle", "red"))
    ball, other = image("/ball.png", alt="A ball"), image("/other.png", alt="Another")
    archive = [
        page(f"{site.root}/1", other, Metas=[{"name": "ROBOTS", "content": "noindex"}]),
        page(f"{site.root}/2", other, Headers={"X-Robots-Tag": "noimageai"}),
        page(f"{site.root}/3", ball, status="404", Headers={"X-Robots-Tag": "noai"}),
        page(f"{site.root}/4", ball),
    ]
    Path("a.wat.gz").write_bytes(b"".join(archive))
    found = listed("a.wat.gz")
    assert [(f.item, f.reason) for f in found[:2]] == [
        (f"{site.root}/1", "opted out"),
        (f"{site.root}/2", "opted out"),
    ]
    assert [c.page for f in found[2:] for c in f.captions] == [f"{site.root}/4"]
    site.image("/other.png", drawn("circle", "blue"))
    kept = listed("a.wat.gz", honour=["meta"])[1:]
    assert [c.page for f in kept for c in f.captions] == [f"{site.root}/{n}" for n in (2, 4)]


def test_a_picture_that_one_page_is_against_is_taken_of_no_page(project, site, drawn):
    site.image("/mine.png", drawn("circle", "red"))
    site.image("/ball.png", drawn("circle", "blue"))
    mine, ball = image("/mine.png"), image("/ball.png", alt="A ball")
    said = image(f"{site.root}/mine.png#x", alt="Mine")
    archives = {
        "b": page(f"{site.root}/1", mine, Metas=[{"name": "robots", "content": "noindex, noai"}])
        + page(f"{site.root}/2", ball, Metas=[{"name": "robots", "content": "noindex"}]),
        "a": page(f"{site.root}/3", said, ball),
    }
    Path("d").mkdir()
    for name, data in archives.items():
        Path(f"d/{name}.wat.gz").write_bytes(data)
    found = {f.item: f for f in listed("d")}
    refused = found[f"{site.root}/mine.png"]
    assert (refused.reason, refused.detail) == ("opted out", f"meta robots: noai on {site.root}/1")
    assert [c.text for c in found[f"{site.root}/ball.png"].captions] == ["A ball"]
    assert "/mine.png" not in site.asked


@pytest.mark.parametrize(
    "block",
    [b"{", b"[1]", b'{"Envelope": 3}', b"caf\xe9", b'{"a": 1, "a": 2}', b"[" * 100_000, b""],
)
def test_a_record_of_another_form_costs_itself_alone(project, site, drawn, block):
    site.image("/ball.png", drawn("circle", "red"))
    good = page(f"{site.root}/4", image("/ball.png", alt="A ball"))
    odd = {"Links": 3, "Metas": [3]}, {"path": 3, "url": 3}, image(None, alt="x"), image("y", alt=3)
    archive = [record("http://a.example/", block), page("http://a.example/", *odd), good]
    Path("a.wat.gz").write_bytes(b"".join(archive))
    found = next(f for f in listed("a.wat.gz") if isinstance(f, Found))
    assert found.captions[0].text == "A ball"


def test_refusals_and_rows_are_one_sequence_that_can_be_cut_anywhere(project):
    archive = [record(f"http://a.example/{n}", b"{") for n in range(3)]
    shown = [image(f"/{n // 2}.png", alt=f"{n}") for n in range(10)]
    Path("a.wat.gz").write_bytes(b"".join([*archive, page("http://a.example/", *shown)]))
    Path("spool").mkdir()
    params = wat.Params(path="a.wat.gz", contact="mailto:o@c.example")
    items = wat.items(params, Path(), Path("spool"))
    whole = list(items)
    assert len(items) == len(whole) == 13
    for size in (1, 2, 3, 5, 20):
        parts = [items[start : start + size] for start in range(0, len(items), size)]
        assert [item for part in parts for item in part] == whole
        assert all(len(part) == len(list(part)) for part in parts)
    assert list(pickle.loads(pickle.dumps(items[2:6]))) == list(items[2:6])
    assert len({items[:5].fingerprint(), items[:7].fingerprint(), items.fingerprint()}) == 3
    assert items.fingerprint() == wat.items(params, Path(), Path("spool")).fingerprint()


def test_what_a_user_may_get_wrong_is_said(project):
    Path("a.wat.gz").write_bytes(record("http://a.example/", b"{") + page("http://a.example/b"))
    with pytest.raises(SourceError, match=r"no picture with words .*a\.example/: unreadable page"):
        listed("a.wat.gz")
    with pytest.raises(SourceError, match=r"no \.wat\.gz or .* at b; \. holds a\.wat\.gz, spool"):
        listed("b")
    Path("a.wat.gz").write_bytes(page("http://a.example/b", image("c", alt="C")))
    with pytest.raises(ParamsError, match="needs `contact`"):
        listed("a.wat.gz", contact="")
