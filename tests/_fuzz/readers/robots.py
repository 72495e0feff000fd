"""robots.txt and tdmrep.json: what a site sent to what may be asked for and taken."""

from collections.abc import Iterator

from curate.sources._web import optout, robots

_URLS = ("https://a.example/", "https://a.example/a%20b/c.png?d=é", "https://a.example/b/../*$")
_RULES = """# hello
User-agent: *
Disallow: /a*/b$
Allow: /a/c
Crawl-delay: 1.5
Request-rate: 1/10s
Content-Usage: /a train-ai=n
Content-Signal: ai-train=no, search=yes
User-agent: Pairwright
User-agent: others
Disallow:
Visit-time: 0600-0845
Sitemap: https://a.example/sitemap.xml
"""


def seeds() -> Iterator[bytes]:
    """Files in several encodings; behind a byte 1 a tdmrep.json."""
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "latin-1"):
        yield b"\0" + _RULES.encode(encoding)
    yield b"\0" + "Disallow: /é\r\rUser-agent:*\nCrawl-delay: inf".encode()
    yield b'\1[{"location": "/a*", "tdm-reservation": 1}, {"location": "b c"}, 3, null]'
    yield b"\2content-usage: train-ai=n;x, ai-train=y\nx-robots-tag: Pairwright: noai, a: b"


def read(data: bytes) -> None:
    """Read rules and ask them for some URLs; behind a byte 2, headers and meta elements."""
    form, body = data[:1], data[1:]
    if form == b"\1":
        if (reserved := optout.reserved(body)) is not None:
            for url in _URLS:
                reserved.can_fetch(url, optout.AGENT)
    elif form == b"\2":
        lines = (line.partition(":") for line in body.decode("utf-8", "replace").splitlines())
        said = [(name.strip().lower(), value.strip()) for name, _, value in lines]
        optout.on_page(dict(said), said)
    elif (rules := robots.rules(200, body, whole=len(body) % 2 == 0)) is not None:
        for url in _URLS:
            rules.allow(url)
            rules.against_training(url)
        "".join(rules.sitemaps).encode()
        if not rules.delay >= 0.0:
            raise ValueError(f"a delay of {rules.delay} seconds")
