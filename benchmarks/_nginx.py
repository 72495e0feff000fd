"""A folder in, a real web server for it out: nginx on addresses of the loopback."""

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

_STARTS = 15.0  # seconds
_CONFIGURATION = """
daemon off;
master_process off;
worker_rlimit_nofile 8192;
error_log {prefix}/error.log warn;
pid {prefix}/nginx.pid;
events {{ worker_connections 4096; }}
http {{
    types {{ image/jpeg jpg; }}
    default_type application/octet-stream;
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 100000;
    client_body_temp_path {prefix}/body;
    proxy_temp_path {prefix}/proxy;
    fastcgi_temp_path {prefix}/fastcgi;
    uwsgi_temp_path {prefix}/uwsgi;
    scgi_temp_path {prefix}/scgi;
    server {{
{listen}
        root {root};
    }}
}}
"""


@contextlib.contextmanager
def serving(root: Path, prefix: Path, hosts: int) -> Iterator[list[str]]:
    """Serve a folder.

    Args:
        root: the folder.
        prefix: an own folder for the server's files.
        hosts: how many addresses it answers on: to a client, so many hosts.

    Yields:
        The origin (`http://127.0.0.x:port`) of each host.

    Raises:
        RuntimeError: nginx is missing or does not start.
    """
    program = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if program is None:
        raise RuntimeError("nginx is missing: apt-get install nginx-light")
    prefix = prefix.absolute()
    prefix.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    addresses = [f"127.0.{number // 250}.{number % 250 + 1}" for number in range(hosts)]
    listen = "\n".join(f"        listen {address}:{port};" for address in addresses)
    configuration = prefix / "nginx.conf"
    configuration.write_text(
        _CONFIGURATION.format(prefix=prefix, listen=listen, root=root.absolute())
    )
    server = subprocess.Popen([program, "-p", prefix, "-c", configuration])
    try:
        _wait(server, addresses[-1], port, prefix / "error.log")
        yield [f"http://{address}:{port}" for address in addresses]
    finally:
        server.terminate()
        server.wait(timeout=30)


def _free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


def _wait(server: "subprocess.Popen[bytes]", address: str, port: int, log: Path) -> None:
    until = time.monotonic() + _STARTS
    while time.monotonic() < until and server.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection((address, port), 1):
            return
        time.sleep(0.05)
    said = log.read_text() if log.is_file() else ""
    raise RuntimeError(f"nginx does not answer on {address}:{port}: {said[-1000:]}")
