"""A folder served over HTTP on loopback, for crawls of pages that lie on this machine."""

import contextlib
import functools
import threading
from collections.abc import Iterator, Mapping
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from curate.dataset.errors import SourceError


class _Quiet(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # keeps connections open
    disable_nagle_algorithm = True  # else each answer waits 40 ms for an acknowledgement

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextlib.contextmanager
def serve(folder: Path) -> Iterator[tuple[str, int]]:
    """Serve a folder until the block ends; gives address and port.

    Raises:
        SourceError: there is no such folder.
    """
    if not folder.is_dir():
        raise SourceError(f"nothing to serve: {folder} is no folder")
    handler = functools.partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield "127.0.0.1", server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


@contextlib.contextmanager
def serving(folders: Mapping[str, Path]) -> Iterator[dict[str, tuple[str, int]]]:
    """Serve folders until the block ends; gives address and port of each, by its name.

    Raises:
        SourceError: one of them is no folder.
    """
    with contextlib.ExitStack() as stack:
        yield {name: stack.enter_context(serve(folder)) for name, folder in folders.items()}
