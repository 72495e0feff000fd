"""Crawls of a real web server on loopback, a hostile one among them."""

import gzip
import threading
from pathlib import Path
from typing import Any

import pytest

from curate.dataset.errors import ParamsError, SourceError
from curate.sources import READ, Forbids, Found, Refusal, html
from curate.sources._files import package_folder
from curate.sources._pages import sitemap
from curate.sources._web.optout import TDM_FILE

ALLOWED = Forbids(lambda *_: None, "nothing")


def read(params: html.Params, packages: Path, spool: Path) -> list[Found | Refusal]:
    """Every picture that a crawl finds, and what it refuses."""
    listed = html.items(params, packages, spool, ALLOWED)
    pictures = [one for one in listed if not isinstance(one, Refusal)]
    found = list(html.read_all(pictures, params, ALLOWED))
    assert sorted(one.place for one in found) == list(range(len(pictures)))
    return [*(one for one in listed if isinstance(one, Refusal)), *found]


def crawl(site: Any, spool: Path, **changes: Any) -> tuple[dict[str, Found], dict[str, str]]:
    """What a crawl of the site's root finds and refuses, by path."""
    values = {
        "seeds": (f"{site.root}/",),
        "private_hosts": ("127.0.0.1",),
        "contact": "mailto:owner@crawler.example",
        "delay": 0.0,
        "attempts": 1,
    }
    spool.mkdir(exist_ok=True, parents=True)
    listed = read(html.Params(**values | changes), Path("packages"), spool)
    items = {i.item.removeprefix(site.root): i for i in listed if isinstance(i, Found)}
    rows = [i for i in listed if isinstance(i, Refusal)]
    assert len(listed) == len({i.item for i in listed})
    refused = {i.item.removeprefix(site.root): i.reason for i in rows if i.reason not in READ}
    return items, refused


def asked(site: Any) -> list[str]:
    """Paths that were asked for, the files that every site is asked for left out."""
    return sorted(path for path in site.asked if path not in ("/robots.txt", TDM_FILE))


def said(items: dict[str, Found]) -> dict[str, list[tuple[str, str]]]:
    return {path: [(c.lang, c.text) for c in item.captions] for path, item in items.items()}


def said_of(items: dict[str, Found]) -> dict[str, list[str]]:
    return {path: [caption.text for caption in item.captions] for path, item in items.items()}


@pytest.fixture
def spool(project: Path) -> Path:
    return project / "spool"


def test_pages_are_followed_and_each_picture_is_fetched_once_with_all_its_captions(
    site, spool, drawn
):
    site.page("/", '<html lang=en><a href="b.html">b</a><img src="/i.png" alt="A ball">')
    site.page("/b.html", '<html lang=de><a href="/">a</a><img src="/i.png" alt="Ein Ball">')
    site.image("/i.png", drawn("circle", "red"))
    items, refused = crawl(site, spool, licence="CC0-1.0")
    assert said(items) == {"/i.png": [("en", "A ball"), ("de", "Ein Ball")]}
    assert refused == {}
    assert asked(site) == ["/", "/b.html", "/i.png"]
    found = items["/i.png"]
    assert (found.data, found.licence) == (drawn("circle", "red"), "CC0-1.0")


def test_badly_written_pages_in_several_encodings_give_their_pictures(site, spool, drawn):
    site.page("/", "<p><a href=b><a href='c.html'></i></div><img src=1.png alt='Ball><table>'></p")
    sjis = "<meta charset=shift_jis><img src=2.png alt=赤いボール>".encode("shift_jis")
    site.pages["/b"] = (200, {"Content-Type": "text/html"}, sjis)
    mixed = "<img src=3.png alt='Füße'>".encode() + "<img src=4.png alt='Füße'>".encode("cp1252")
    site.pages["/c.html"] = (200, {"Content-Type": "text/html; charset=utf-8"}, mixed)
    for number in range(1, 5):
        site.image(f"/{number}.png", drawn("circle", (number, 0, 0)))
    texts = {path: text for path, [(_, text)] in said(crawl(site, spool)[0]).items()}
    assert texts.pop("/4.png") == "F\ufffd\ufffde"
    assert texts == {"/1.png": "Ball><table>", "/2.png": "赤いボール", "/3.png": "Füße"}


def test_what_robots_txt_disallows_is_never_asked_for(site, spool, drawn):
    rules = b"User-agent: *\nDisallow: /private/\n"
    site.pages["/robots.txt"] = (200, {"Content-Type": "text/plain"}, rules)
    site.page("/", '<a href="/private/p.html">p</a><img src="/private/i.png" alt="A ball">')
    items, refused = crawl(site, spool)
    assert items == {}
    assert refused == {"/private/p.html": "robots.txt", "/private/i.png": "robots.txt"}
    assert asked(site) == ["/"]


def test_a_site_whose_robots_txt_is_in_trouble_is_left_alone(site, spool):
    site.pages["/robots.txt"] = (503, {}, b"")
    site.page("/", "<p>hello")
    with pytest.raises(SourceError, match="answers 503, so nothing is allowed"):
        crawl(site, spool)
    assert set(site.asked) == {"/robots.txt"}


def test_the_user_agent_names_us_and_a_contact(site, spool):
    site.page("/", "<p>hello")
    crawl(site, spool)
    assert site.agents == {"Pairwright/0.1 (+mailto:owner@crawler.example)"}


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("file:///etc/hostname", "scheme"),
        ("http://elsewhere.example/i.png", "other host"),
        ("http://localhost:{port}/i.png", "private address"),
        ("/loop.png", "redirects"),
    ],
)
def test_a_redirect_leads_nowhere_that_a_link_may_not(site, spool, location, reason):
    target = location.format(port=site.server.server_address[1])
    site.page("/", '<img src="/loop.png" alt="A ball">')
    site.pages["/loop.png"] = (302, {"Location": target}, b"")
    items, refused = crawl(site, spool, image_hosts=("localhost",), max_redirects=3)
    assert (items, refused) == ({}, {"/loop.png": reason})


def test_a_redirect_within_the_site_is_followed(site, spool, drawn):
    site.page("/", '<img src="/old.png" alt="A ball">')
    site.pages["/old.png"] = (301, {"Location": "/new.png"}, b"")
    site.image("/new.png", drawn("circle", "red"))
    items, _ = crawl(site, spool)
    assert list(items) == ["/old.png"]
    fetch = items["/old.png"].fetch
    assert (fetch.url, fetch.status) == (f"{site.root}/new.png", 200)


def test_a_seed_on_a_private_address_is_refused_unless_it_is_named(site, spool):
    site.page("/", "<p>hello")
    with pytest.raises(SourceError, match=r"private address .*127\.0\.0\.1"):
        crawl(site, spool, private_hosts=())
    assert site.asked == []


def test_dead_links_foreign_types_and_opt_outs_are_refused_with_a_reason(site, spool, drawn):
    site.page(
        "/",
        '<a href="/gone.html">x</a><a href="/notes.txt">x</a><img src="/gone.png" alt="A ball">'
        '<img src="/page.html" alt="A page"><img src="/ours.png" alt="Ours"><img src="/dumb.png">'
        '<img src="data:image/png;base64,iVBORw0KGgo=" alt="A dot">',
    )
    site.page("/page.html", "<p>no picture")
    site.pages["/notes.txt"] = (200, {"Content-Type": "text/plain"}, b"<a href=/more.html>x</a>")
    site.image("/ours.png", drawn("circle", "red"), X_Robots_Tag="noai")
    assert crawl(site, spool) == (
        {},
        {
            "/gone.html": "http 404",
            "/notes.txt": "no page",
            "/gone.png": "http 404",
            "/page.html": "content type",
            "/ours.png": "opted out",
            "/dumb.png": "no caption",
            "data:image/png;base64,iVBORw0KGgo=": "scheme",
        },
    )


@pytest.mark.parametrize("no", ["noai, nofollow", "none"])
@pytest.mark.parametrize("said", ["meta", "header"])
def test_what_is_said_to_robots_keeps_a_pages_pictures_and_links_out(site, spool, said, no):
    head = f'<meta name="robots" content="{no}">' if said == "meta" else ""
    body = '<a href="/b.html">b</a><img src="/i.png" alt="A ball">'
    site.page("/", head + body, **({"X_Robots_Tag": no} if said == "header" else {}))
    assert crawl(site, spool) == ({}, {"/": "opted out", "/i.png": "opted out"})
    assert asked(site) == ["/"]


@pytest.mark.parametrize("said", ["meta", "header"])
def test_a_picture_that_one_page_is_against_is_taken_of_no_page(site, spool, drawn, said):
    no, shown = "noimageai", '<img src="/mine.png" alt="Mine"><a href="/last">x</a>'
    head = f'<meta name="robots" content="{no}">' if said == "meta" else ""
    site.page("/", '<a href="/no">x</a><a href="/hidden">x</a><img src="/mine.png" alt="A ball">')
    site.page("/no", head + shown, **({"X_Robots_Tag": no} if said == "header" else {}))
    site.page("/hidden", '<meta name="robots" content="noindex"><img src="/i.png" alt="A dot">')
    site.page("/last", '<img src="/i.png" alt="A ring">')
    for path in ("/mine.png", "/i.png"):
        site.image(path, drawn("circle", "red"))
    items, refused = crawl(site, spool)
    assert said_of(items) == {"/i.png": ["A ring"]}
    assert refused == dict.fromkeys(("/no", "/hidden", "/mine.png"), "opted out")
    assert "/mine.png" not in site.asked


def test_a_picture_that_a_page_is_against_is_not_taken_under_another_url_either(site, spool, drawn):
    host = site.root.replace("http://", "HTTP://").replace("127.0.0.1", "127.0.0.1.")
    site.page("/", '<a href="/no">x</a><img src="/b.png" alt="B"><img src="/moved.png" alt="C">')
    shown = f'<img src="{host}/b.png" alt="B"><img src="/c.png"><img src="data:image/png,x">'
    site.page("/no", shown, X_Robots_Tag="noimageai")
    site.pages["/moved.png"] = (302, {"Location": "/c.png"}, b"")
    site.image("/c.png", drawn("circle", "red"))
    items, refused = crawl(site, spool)
    assert items == {}
    assert refused == dict.fromkeys(("/no", "/b.png", "/c.png", "/moved.png"), "opted out")
    assert "/b.png" not in site.asked
    assert crawl(site, spool) == (items, refused)  # from what is kept


def test_a_picture_whose_answer_states_no_type_is_judged_by_its_bytes(site, spool, drawn):
    site.page("/", '<img src="/i" alt="A ball"><a href="/page">x</a>')
    site.pages["/i"] = (200, {}, drawn("circle", "red"))
    site.pages["/page"] = (200, {}, b"<p>hello")
    items, refused = crawl(site, spool)
    assert (list(items), refused) == (["/i"], {"/page": "no page"})


def test_limits_of_pages_and_depth_hold_and_what_they_leave_out_is_said(site, spool):
    for n in range(6):
        site.page(f"/{n or ''}", f'<a href="/{n + 1}">next</a><a href="/x{n}">aside</a>')
    _, refused = crawl(site, spool, max_pages=2)
    assert refused == dict.fromkeys(("/2", "/x0", "/x1"), "max_pages")
    site.asked.clear()
    _, refused = crawl(site, spool / "deep", max_depth=2)
    assert refused == {"/x0": "http 404", "/x1": "http 404"} | dict.fromkeys(
        ("/3", "/x2"), "max_depth"
    )
    assert asked(site) == ["/", "/1", "/2", "/x0", "/x1"]
    _, refused = crawl(site, spool / "all", max_depth=10**12)  # ends with the last page
    assert refused["/6"] == "http 404"


def test_what_is_found_does_not_depend_on_who_answers_first(site, spool, tmp_path, drawn):
    site.image("/i.png", drawn("circle", "red"))
    bodies = {n: f'<img src="/i.png" alt="text {n}"><a href="/leaf{n}">x</a>' for n in (1, 2)}
    orders = []
    for slow in (1, 2):
        first = threading.Event()

        def answer(number: int, slow: int = slow, first: threading.Event = first) -> Any:
            if number == slow:
                first.wait(10)
            else:
                first.set()
            return (200, {"Content-Type": "text/html"}, bodies[number].encode())

        site.page("/", '<a href="/1">1</a><a href="/2">2</a>')
        site.pages["/1"], site.pages["/2"] = (lambda _, n=n, a=answer: a(n) for n in (1, 2))
        items, refused = crawl(site, tmp_path / f"spool{slow}")
        orders.append((said(items), list(refused)))
    assert orders[0] == orders[1]
    assert orders[0][0] == {"/i.png": [("und", "text 1"), ("und", "text 2")]}


def test_a_package_is_served_under_a_name_without_port_and_crawled(package, spool, drawn):
    files = {
        "doc/index.html": '<a href="b.html">b</a><img src="i.png" alt="A ball">',
        "doc/b.html": '<img src="http://elsewhere.example/x.png" alt="Far away">',
        "doc/i.png": drawn("circle", "red"),
        "secret.html": "<p>outside what is served",
    }
    packages = package("manual", files)
    spool.mkdir()
    params = html.Params(serve=html.Serve(package="manual", path="doc"), language="en")
    item, *others = sorted(read(params, packages, spool), key=lambda i: isinstance(i, Refusal))
    assert item.url == "http://manual.localhost/i.png"
    assert [tuple(c) for c in item.captions] == [
        ("en", "A ball", "http://manual.localhost/", "alt")
    ]
    assert {r.item: r.reason for r in others} == {
        "http://manual.localhost/": "page",
        "http://manual.localhost/b.html": "page",
        "http://elsewhere.example/x.png": "other host",
    }
    there = (package_folder(packages, "manual") / "doc").iterdir()
    assert sorted(file.name for file in there) == ["b.html", "i.png", "index.html"]


def test_a_crawl_needs_a_start_and_a_contact(spool):
    with pytest.raises(ParamsError, match="needs `seeds`"):
        html.items(html.Params(), Path("packages"), spool, ALLOWED)
    with pytest.raises(ParamsError, match="needs `contact`"):
        html.items(html.Params(seeds=("http://a.example/",)), Path("packages"), spool, ALLOWED)


def test_a_folder_that_is_not_in_the_package_is_an_error(package, spool):
    packages = package("manual", {"doc/index.html": "<p>hello"})
    params = html.Params(serve=html.Serve(package="manual", path="docs"))
    with pytest.raises(SourceError, match="is no folder"):
        html.items(params, packages, spool, ALLOWED)


def listed(*urls: str) -> bytes:
    return f"<urlset>{''.join(f'<url><loc>{u}</loc></url>' for u in urls)}</urlset>".encode()


def test_pages_of_sitemaps_are_crawled_those_that_robots_txt_names_among_them(site, spool, drawn):
    site.page("/", "<p>hello")
    site.page("/a.html", '<img src="/i.png" alt="A ball"><a href="/b.html">b</a>')
    site.page("/b.html", '<img src="/i.png" alt="The ball">')
    site.image("/i.png", drawn("circle", "red"))
    index = f"<sitemapindex><sitemap><loc>{site.root}/one.xml.gz</loc></sitemap></sitemapindex>"
    site.pages["/robots.txt"] = (200, {}, f"Sitemap: {site.root}/all.xml".encode())
    site.pages["/all.xml"] = (200, {"Content-Type": "text/xml"}, index.encode())
    packed = gzip.compress(listed(f"{site.root}/a.html", "http://elsewhere.example/"))
    site.pages["/one.xml.gz"] = (200, {"Content-Type": "application/x-gzip"}, packed)
    for values in (
        {"sitemaps": ("robots.txt",)},
        {"seeds": (), "sitemaps": (f"{site.root}/all.xml",)},
    ):
        items, refused = crawl(site, spool / str(len(values)), **values)
        assert said(items) == {"/i.png": [("und", "A ball"), ("und", "The ball")]}
        assert refused == {}


def test_sitemaps_that_are_not_to_be_indexed_name_pages_all_the_same(site, spool):
    site.page("/a.html", "<p>hello")
    no = {"X-Robots-Tag": "noindex, follow"}
    site.pages["/map.xml"] = (301, no | {"Location": "/maps.xml"}, b"")
    site.pages["/maps.xml"] = (
        200,
        no | {"Content-Type": "text/xml"},
        listed(f"{site.root}/a.html"),
    )
    _, refused = crawl(site, spool, seeds=(), sitemaps=(f"{site.root}/map.xml",))
    assert refused == {}
    assert asked(site) == ["/a.html", "/map.xml", "/maps.xml"]


def test_sitemaps_that_are_left_out_name_the_limit_that_leaves_them_out(site, spool, monkeypatch):
    monkeypatch.setattr(sitemap, "_MOST_MAPS", 1)
    site.page("/", "<p>hello")
    for name in "ab":
        site.pages[f"/{name}.xml"] = (200, {}, listed(f"{site.root}/"))
    values = {"seeds": (), "sitemaps": (f"{site.root}/a.xml", f"{site.root}/b.xml")}
    assert crawl(site, spool, **values)[1] == {"/b.xml": "too many sitemaps"}
    assert crawl(site, spool / "2", **values, max_pages=1)[1] == {"/b.xml": "max_pages"}


def test_a_sitemap_that_cannot_be_had_is_refused_with_a_reason(site, spool):
    site.page("/", "<p>hello")
    site.pages["/broken.xml"] = (200, {}, b"<urlset><url>")
    _, refused = crawl(site, spool, sitemaps=(f"{site.root}/gone.xml", f"{site.root}/broken.xml"))
    assert refused == {"/gone.xml": "http 404", "/broken.xml": "broken sitemap"}


def test_the_licence_that_a_page_states_for_a_picture_is_that_of_the_pair(site, spool, drawn):
    site.page(
        "/",
        '<img src="/i.png" alt="A ball"><script type="application/ld+json">{"@type": '
        '"ImageObject", "contentUrl": "/i.png", "license": "https://cc.example/by"}</script>',
    )
    site.image("/i.png", drawn("circle", "red"))
    items, _ = crawl(site, spool, licence="unknown")
    assert items["/i.png"].licence == "https://cc.example/by"


def test_a_crawl_that_was_killed_asks_for_nothing_twice(site, spool, drawn):
    site.page("/", '<img src="/i.png" alt="A ball">')
    site.image("/i.png", drawn("circle", "red"))
    first, _ = crawl(site, spool)
    site.asked.clear()
    assert crawl(site, spool)[0] == first
    assert site.asked == []


def test_robots_txt_is_asked_for_once_for_all_batches_beside_a_served_package_too(
    package, site, spool, drawn
):
    packages = package("manual", {"doc/index.html": '<img src="i.png" alt="A ball">'})
    site.page("/", "".join(f'<img src="/{n}.png" alt="Ball {n}">' for n in range(6)))
    for number in range(6):
        site.image(f"/{number}.png", drawn("circle", (number, 0, 0)))
    spool.mkdir()
    params = html.Params(
        serve=html.Serve(package="manual", path="doc"),
        seeds=(f"{site.root}/",),
        contact="mailto:o@c.example",
        private_hosts=("127.0.0.1",),
        delay=0.0,
    )
    listed = [i for i in html.items(params, packages, spool, ALLOWED) if not isinstance(i, Refusal)]
    site.asked.clear()
    for start in (1, 3, 5):
        assert all(
            isinstance(one, Found)
            for one in html.read_all(listed[start : start + 2], params, ALLOWED)
        )
    assert site.asked.count("/robots.txt") == 1


def test_a_package_that_changed_answers_anew(package, spool, drawn):
    params = html.Params(serve=html.Serve(package="manual", path="doc"))
    spool.mkdir()
    for colour in ("red", "blue"):
        page = '<img src="i.png" alt="A ball">'
        files = {"doc/index.html": page, "doc/i.png": drawn("circle", colour)}
        (found,) = (
            i for i in read(params, package("manual", files), spool) if isinstance(i, Found)
        )
        assert found.data == drawn("circle", colour)
