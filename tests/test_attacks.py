"""Hosts that do their worst against a whole crawl, run as its user runs it: one test a promise.

The promises are those of the table "img2dataset under attack" and of the crawl's list of hostile
hosts. What holds after kill -9 is in `tests/curate/test_restart.py`.
"""

import csv
import gzip
import hashlib
import io
import itertools
import struct
import subprocess
import sys
import time
import zlib
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import imagehash
import pytest
import yaml
from PIL import Image

from curate import crawl
from curate.dataset import shards, tables
from curate.stage.params import build

MEGABYTE = 1_000_000
DEADLINE = 3.0  # seconds for one URL
WAIT = 2  # seconds that a busy host asks for
COMMAND = """
import resource, subprocess, sys
flags = ["--packages", "packages", "--out", "data/pool"]
subprocess.run([sys.executable, "-m", "curate.crawl", *flags], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)
"""  # prints the memory of the largest process, in bytes


def picture(data):
    return Image.open(io.BytesIO(data))


def saved(image, **options):
    out = io.BytesIO()
    image.save(out, "JPEG", **options)
    return out.getvalue()


def turned():
    """A JPEG of 90 x 60 pixels that says how to turn it: then red is above and blue below."""
    image, exif = Image.new("RGB", (90, 60), "red"), Image.Exif()
    image.paste("blue", (45, 0, 90, 60))
    exif[0x0112] = 6
    return saved(image, exif=exif)


def bomb():
    """A sound PNG of 20,000 x 20,000 pixels in a few kilobytes."""
    head = struct.pack(">IIBBBBB", 20_000, 20_000, 1, 0, 0, 0, 0)
    body = zlib.compress(bytes(20_000 * 2_501), 9)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in ((b"IHDR", head), (b"IDAT", body), (b"IEND", b""))
    )


def in_turn(*answers):
    """Gives one answer after the other, and then begins again."""
    turns = itertools.cycle(answers)
    return lambda connection: connection.sendall(next(turns))


def forever(sent, name, start, part, pause=0.0):
    """Sends the same until the client goes; counts the bytes."""

    def answer(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n" + start)
        while True:
            sent[name] += connection.send(part)
            time.sleep(pause)

    return answer


def good(raw, draw, ball):
    """Pictures that are to be had, some of them by who is patient alone."""
    busy = raw(b"", "429 Too Many Requests", Retry_After=WAIT)
    broken = raw(b"", "500 Broken"), raw(b"", "502 Bad Gateway")
    return {
        "fine.png": raw(draw("circle", "red")),
        "twice.png": raw(draw("circle", "blue")),
        "copy-1.png": raw(draw("square", "red")),
        "copy-2.png": raw(draw("square", "red")),
        "turned.jpg": raw(turned()),
        "saved-again.jpg": raw(saved(picture(ball), quality=80)),
        "busy.png": in_turn(busy, raw(draw("circle", "gold"))),
        "failing.png": in_turn(*broken, raw(draw("circle", "navy"))),
    }


def bad(raw, draw, ball, port, sent):
    """Answers that no picture may be taken from."""
    secret = Path("secret.png").absolute().as_uri()
    return {
        "to-loopback.png": raw(b"", "302 Found", Location=f"http://localhost:{port}/secret.png"),
        "to-file.png": raw(b"", "302 Found", Location=secret),
        "circle.png": raw(b"", "302 Found", Location="/pictures/circle.png"),
        "noai.png": raw(ball, X_Robots_Tag="noai"),
        "tdm.png": raw(ball, tdm_reservation=1),
        "usage.png": raw(ball, Content_Usage="train-ai=n"),
        "page.png": raw(b"<p>no picture", Content_Type="text/html"),
        "bought.png": raw(draw("square", "teal")),
        "bomb.png": raw(bomb()),
        "gzip.png": raw(gzip.compress(bytes(400 * MEGABYTE), 9), Content_Encoding="gzip"),
        "huge.png": forever(sent, "huge", b"Content-Length: 400000000\r\n\r\n", bytes(65536)),
        "endless.png": forever(sent, "endless", b"\r\n", bytes(65536)),
        "slow.png": forever(sent, "slow", b"\r\n", b"x", pause=1.0),
        "loris.png": forever(sent, "loris", b"X-Slow: ", b"x", pause=1.0),
    }


def write(name, rows):
    """A table of (URL, caption[, SHA-256, perceptual hash])."""
    with Path(name).open("w", newline="", encoding="utf-8") as file:
        heading = ("url", "text", "sha256", "phash")
        csv.writer(file).writerows([heading, *((*row, "", "")[:4] for row in rows)])


def contents(folder):
    return {f.relative_to(folder).as_posix(): f.read_bytes() for f in folder.rglob("*.*")}


def rows(name, key, root=""):
    """Rows of a table by a column, without the host's name in it."""
    table = tables.read(Path(f"data/{name}.parquet"))
    return {row[key].removeprefix(root): row for row in table.to_pylist()}


def served(host, closed, raw, draw):
    """Fill the hosts and write the lists; gives params of a crawl and what will be sent."""
    ball, root, sent = draw("circle", "green", 200), host.root, Counter()
    Path("secret.png").write_bytes(ball)
    rules = b"User-agent: *\nAllow: /\n\nUser-agent: Pairwright\nDisallow: /private/\n"
    host.answers |= {"/robots.txt": raw(rules), "/secret.png": raw(ball)}
    closed.answers["/robots.txt"] = raw(b"User-agent: *\nDisallow: /")
    pictures = good(raw, draw, ball) | bad(raw, draw, ball, host.port, sent)
    host.answers |= {f"/pictures/{name}": answer for name, answer in pictures.items()}
    known = hashlib.sha256(ball).hexdigest(), imagehash.phash(picture(ball))
    changed = {"saved-again.jpg": known, "bought.png": known}
    listed = [(f"{root}/pictures/{name}", name, *changed.get(name, ())) for name in pictures]
    listed += [(f"{root}/pictures/twice.png", "the same URL"), (f"{root}/private/1.png", "private")]
    listed += [(f"{closed.root}/1.png", "closed"), (Path("secret.png").absolute().as_uri(), "file")]
    listed += [("data:image/png;base64,iVBORw0KGgo=", "data")]
    names = ("localhost", "2130706433", "[::ffff:127.0.0.1]")
    listed += [(f"http://{name}:{host.port}/secret.png", "loopback") for name in names]
    write("list.csv", listed)
    write("public.csv", [(f"{root}/secret.png", "a list for which no private host is opened")])
    common = {"contact": "mailto:o@c.example", "max_bytes": 2 * MEGABYTE, "deadline": DEADLINE}
    opened = common | {"private_hosts": ["127.0.0.1"], "delay": 0.0, "connections": 16}
    sources = {
        "listed": opened | {"kind": "urls", "path": "list.csv"},
        "public": common | {"kind": "urls", "path": "public.csv"},
    }
    resize = {"side": 60, "by": "shorter", "format": "jpg"}
    return {"sources": sources, "resize": resize, "max_rejected": 1.0}, sent


@pytest.fixture(scope="module")
def crawled(tmp_path_factory, open_hostile, raw, drawn):
    """The hosts and the set, after a crawl in processes of its own."""
    with pytest.MonkeyPatch.context() as patch, open_hostile() as host, open_hostile() as closed:
        patch.chdir(tmp_path_factory.mktemp("attacks"))
        patch.setenv("PYTHONPATH", str(Path(crawl.__file__).parents[1]))
        patch.delenv("DASK_SCHEDULER_ADDRESS", raising=False)
        params, sent = served(host, closed, raw, drawn)
        Path("params.yaml").write_text(yaml.safe_dump({"crawl": params}))
        command = [sys.executable, "-c", COMMAND]
        peak = int(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
        found = SimpleNamespace(host=host, closed=closed, params=params, sent=sent, peak=peak)
        found.asked, found.files = Counter(host.asked), contents(Path("data/pool"))
        found.pairs = rows("pool/pairs", "caption")
        found.rejected = rows("pool/rejected", "item", host.root)
        found.fetched = rows("pool/fetched", "item", host.root)
        found.times = rows("pool.times", "item", host.root)
        yield found


def refused(crawled, reason, *names):
    """What the set says of pictures that were refused for one reason and gave no pair."""
    found = [crawled.rejected[f"/pictures/{name}"] for name in names]
    assert [row["reason"] for row in found] == [reason] * len(names)
    assert not crawled.pairs.keys() & set(names)
    return [row["detail"] for row in found]


def test_no_file_of_this_machine_and_no_data_url_is_a_picture(crawled):
    file = Path("secret.png").absolute().as_uri()
    for url in (file, "data:image/png;base64,iVBORw0KGgo="):
        assert crawled.rejected[url]["reason"] == "scheme"
    refused(crawled, "scheme", "to-file.png")


def test_loopback_is_never_asked_under_any_name_nor_after_a_redirect(crawled):
    refused(crawled, "private address", "to-loopback.png")
    private = {u for u, row in crawled.rejected.items() if row["reason"] == "private address"}
    port = crawled.host.port
    names = ("localhost", "2130706433", "[::ffff:127.0.0.1]")
    assert private > {"/secret.png"} | {f"http://{name}:{port}/secret.png" for name in names}
    assert crawled.asked["/secret.png"] == 0


def test_what_robots_txt_closes_is_never_asked_for(crawled):
    for url in (f"{crawled.closed.root}/1.png", "/private/1.png"):
        assert crawled.rejected[url]["reason"] == "robots.txt"
    assert "/1.png" not in crawled.closed.asked
    assert crawled.asked["/private/1.png"] == 0


def test_opt_outs_in_an_answer_are_obeyed_and_kept_as_evidence(crawled):
    said = refused(crawled, "opted out", "noai.png", "tdm.png", "usage.png")
    signals = ("x-robots-tag: noai", "tdm-reservation: 1", "content-usage: train-ai=n")
    assert all(signal in text.lower() for signal, text in zip(signals, said, strict=True))


def test_a_body_of_400_megabytes_or_without_end_or_that_unpacks_to_it_is_left(crawled):
    refused(crawled, "too big", "huge.png", "endless.png", "gzip.png")
    assert max(crawled.sent["huge"], crawled.sent["endless"]) < 20 * MEGABYTE


def test_a_small_file_of_400_megapixels_is_refused_by_its_header(crawled):
    (why,) = refused(crawled, "unreadable picture", "bomb.png")
    assert "400000000 pixels" in why
    assert crawled.peak < 500 * MEGABYTE  # a grey copy alone takes 400


def test_who_sends_a_byte_a_second_is_left_at_the_deadline(crawled):
    refused(crawled, "too slow", "slow.png", "loris.png")
    for path in ("/pictures/slow.png", "/pictures/loris.png"):
        assert crawled.times[path]["seconds"] < 2 * DEADLINE
        assert crawled.asked[path] == 1


def test_a_busy_host_is_asked_again_when_it_said_and_one_that_fails_until_it_works(crawled):
    first, second, *_ = crawled.host.times_of("/pictures/busy.png")
    assert second - first >= WAIT
    assert (crawled.asked["/pictures/busy.png"], crawled.asked["/pictures/failing.png"]) == (2, 3)
    assert {"busy.png", "failing.png"} < crawled.pairs.keys()


def test_a_redirect_in_a_circle_is_left_and_so_is_what_is_no_picture(crawled):
    refused(crawled, "redirects", "circle.png")
    assert crawled.asked["/pictures/circle.png"] == 6
    refused(crawled, "content type", "page.png")


def test_a_url_of_two_rows_is_fetched_once_for_both(crawled):
    assert crawled.asked["/pictures/twice.png"] == 1
    assert crawled.pairs["twice.png"]["image"] == crawled.pairs["the same URL"]["image"]


def test_the_same_bytes_under_two_urls_are_stored_once_with_both_origins(crawled):
    one, two = (crawled.pairs[f"copy-{n}.png"] for n in (1, 2))
    assert (one["shard"], one["offset"]) == (two["shard"], two["offset"])
    assert (one["url"][-5:], two["url"][-5:]) == ("1.png", "2.png")


def test_a_picture_that_was_saved_again_is_taken_and_another_in_its_place_is_not(crawled):
    assert "its look changed" in crawled.fetched["/pictures/saved-again.jpg"]["content"]
    refused(crawled, "replaced", "bought.png")


def test_a_picture_that_says_how_to_turn_it_is_stored_upright(crawled):
    row = crawled.pairs["turned.jpg"]
    with shards.ShardReader(Path("data/pool")) as reader:
        image = picture(reader.read(row["shard"], row["offset"], row["size"]))
    assert (row["width"], row["height"]) == image.size == (60, 90)
    assert 0x0112 not in image.getexif()
    (red, _, _), (_, _, blue) = image.getpixel((30, 10)), image.getpixel((30, 80))
    assert min(red, blue) > 200


def test_the_same_list_again_gives_the_same_bytes(crawled, workers):
    params = build(crawl.CrawlParams, crawled.params, "crawl")
    crawl.main(Path("packages"), Path("again/pool"), params)
    assert contents(Path("again/pool")) == crawled.files


def test_a_new_list_in_the_same_folder_is_noticed(crawled, workers):
    url = f"{crawled.host.root}/pictures/"
    write("list.csv", [(f"{url}fine.png", "new 1"), (f"{url}twice.png", "new 2")])
    sources = {"listed": crawled.params["sources"]["listed"]}
    params = build(crawl.CrawlParams, crawled.params | {"sources": sources}, "crawl")
    crawl.main(Path("packages"), Path("data/pool"), params)
    assert sorted(rows("pool/pairs", "caption")) == ["new 1", "new 2"]
