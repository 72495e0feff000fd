"""Shared fixtures: a folder of its own for each test, small drawn sets, a hostile server."""

import contextlib
import io
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from PIL import Image, ImageDraw

from curate.dataset import record, sets, shards, tables


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project folder that is the working directory, with a memory of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def drawn() -> Callable[..., bytes]:
    """Draws a shape and gives the encoded picture."""

    def draw(shape: str, colour: str, size: int = 96, encoding: str = "PNG") -> bytes:
        image = Image.new("RGB", (size, size), "white")
        box = (size // 5, size // 5, size - size // 5, size - size // 5)
        pen = ImageDraw.Draw(image)
        if shape == "circle":
            pen.ellipse(box, fill=colour)
        elif shape == "square":
            pen.rectangle(box, fill=colour)
        else:
            corners = [(size // 2, box[1]), (box[0], box[3]), (box[2], box[3])]
            pen.polygon(corners, fill=colour)
        out = io.BytesIO()
        image.save(out, encoding)
        return out.getvalue()

    return draw


@pytest.fixture
def write_set() -> Callable[..., pa.Table]:
    """Writes a set from (bytes, language, caption[, source]) rows and gives its pairs."""

    def write(root: Path, rows: list[tuple[object, ...]]) -> pa.Table:
        from curate.dataset import pixels

        images = {record.image_name(row[0]): row[0] for row in rows}
        members = [(n, pixels.probe(d)[0], d) for n, d in sorted(images.items())]
        places = shards.write(root, "drawn", members, per_shard=16)
        pairs = []
        for data, lang, caption, *rest in rows:
            name = record.image_name(data)
            _, width, height = pixels.probe(data)
            pairs.append(
                {
                    "uid": record.pair_uid(name, lang, caption),
                    "image": name,
                    "caption": caption,
                    "lang": lang,
                    "source": rest[0] if rest else "drawn",
                    "url": f"http://drawn.localhost/{name}",
                    "page": None,
                    "licence": "CC0-1.0",
                    "width": width,
                    "height": height,
                    **places[name]._asdict(),
                    "parent": None,
                    "recipe": None,
                }
            )
        table = pa.Table.from_pylist(pairs, record.PAIRS)
        tables.write(table, root / sets.PAIRS_FILE, "uid", record.PAIRS)
        return tables.read(root / sets.PAIRS_FILE)

    return write


class Hostile:
    """A server on loopback whose answers are raw bytes, or functions that do with a socket what
    no decent server would."""

    def __init__(self) -> None:
        self.answers: dict[str, bytes | Callable[[socket.socket], None]] = {}
        self.asked: list[str] = []  # paths, in the order of the requests
        self.heads: list[str] = []  # whole requests
        self.times: list[float] = []  # monotonic seconds of the requests
        self.left = threading.Event()  # set when a client went while it was being answered
        self.open, self.most = 0, 0  # requests without an answer now, and at most
        self.seconds = 0.0  # until an answer of bytes is sent
        self._lock = threading.Lock()
        hostile = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                hostile.talk(self.request)

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.block_on_close = False
        self.port = self.server.server_address[1]
        self.root = f"http://127.0.0.1:{self.port}"

    def talk(self, connection: socket.socket) -> None:
        """Answer one request and close."""
        head = b""
        while b"\r\n\r\n" not in head:
            if not (part := connection.recv(65536)):
                return
            head += part
        path = head.split(b" ")[1].decode()
        with self._lock:
            self.open += 1
            self.most = max(self.most, self.open)
            self.asked.append(path)
            self.heads.append(head.decode())
            self.times.append(time.monotonic())
        answer = self.answers.get(path, raw(b"", "404 Not Found"))
        try:
            if not isinstance(answer, bytes):
                answer(connection)
        except OSError:
            self.left.set()
        time.sleep(self.seconds)
        with self._lock:
            self.open -= 1  # before the client can know that it may ask again
        if isinstance(answer, bytes):
            with contextlib.suppress(OSError):
                connection.sendall(answer)

    def times_of(self, path: str) -> list[float]:
        """When a path was asked for."""
        return [t for asked, t in zip(self.asked, self.times, strict=True) if asked == path]


def raw(body: bytes, status: str = "200 OK", **headers: object) -> bytes:
    """An answer as it stands on the wire."""
    stated = {"Content_Length": len(body), "Content_Type": "image/png", "Connection": "close"}
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in (stated | headers).items()]
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode() + body


@contextlib.contextmanager
def running(server: socketserver.BaseServer) -> Iterator[None]:
    """A server at work until the block ends."""
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="session", name="running")
def run_server() -> Callable[[socketserver.BaseServer], contextlib.AbstractContextManager[None]]:
    """Keeps a server at work."""
    return running


@contextlib.contextmanager
def hostile_server() -> Iterator[Hostile]:
    """A running server without answers."""
    made = Hostile()
    with running(made.server):
        yield made


@pytest.fixture(scope="session")
def open_hostile() -> Callable[[], contextlib.AbstractContextManager[Hostile]]:
    """Opens a server without answers, for a test that needs it for longer or several of them."""
    return hostile_server


@pytest.fixture
def hostile() -> Iterator[Hostile]:
    """A running server without answers."""
    with hostile_server() as made:
        yield made


@pytest.fixture(scope="session", name="raw")
def raw_answer() -> Callable[..., bytes]:
    """Makes an answer as it stands on the wire."""
    return raw


@pytest.fixture(scope="session")
def cluster_address() -> Iterator[str]:
    """Address of a running cluster in this process, so that a test need not start one."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=1,
        threads_per_worker=2,
        processes=False,
        protocol="tcp://",
        host="127.0.0.1",
        dashboard_address=None,
    ) as cluster:
        yield cluster.scheduler_address


@pytest.fixture
def workers(cluster_address: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Address of that cluster, which does the work of the test's stages."""
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", cluster_address)
    return cluster_address
