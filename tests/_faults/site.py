"""A web site of two pages on loopback, one of them closed to robots, that can hang up."""

import contextlib
import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageDraw

SECRET = "s3cr3t0fNob0dy"
SIGNED = f"?w=100&amp;X-Amz-Signature={SECRET}"  # behind the address of one picture


class Server(http.server.ThreadingHTTPServer):
    """Serves a folder until its `left` answers are given; then it hangs up on everybody."""

    daemon_threads = True
    left: float = float("inf")
    asked: int = 0

    def verify_request(self, *_):
        """Whether a connection is answered."""
        self.asked += 1
        self.left -= 1
        return self.left >= 0


class _Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@contextlib.contextmanager
def site(folder: Path) -> Iterator[tuple[Server, str]]:
    """A web site of two pages on loopback, one of them closed to robots: server and first URL."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "robots.txt").write_text("User-agent: *\nDisallow: /private\n")
    shown = ""
    for colour, asked in (("brown", ""), ("pink", ""), ("grey", ""), ("yellow", SIGNED)):
        image = Image.new("RGB", (100, 100), "white")
        ImageDraw.Draw(image).rectangle((20, 20, 80, 80), fill=colour)
        image.save(folder / f"{colour}.png")
        shown += f'<img src="{colour}.png{asked}" alt="a {colour} square on a page">\n'
    links = '<a href="private.html">private</a> <img src="gone.png" alt="a picture that is gone">'
    (folder / "index.html").write_text(f'<html lang="en"><body>{shown}{links}</body></html>')
    (folder / "private.html").write_text('<img src="private.png" alt="a private picture">')
    handler = functools.partial(_Handler, directory=str(folder))
    with Server(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server, f"http://127.0.0.1:{server.server_port}/index.html"
        server.shutdown()
