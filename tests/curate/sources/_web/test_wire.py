"""HTTP/2 and TLS, with a real server that speaks them on loopback."""

import asyncio
import datetime
import ipaddress
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import h2.config
import h2.connection
import h2.events
import psutil
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from curate.sources._web.fetcher import NotTaken
from curate.sources._web.links import Url
from curate.sources._web.pinned import Place
from curate.sources._web.wire import Wire

FINE = b"a picture" * 10_000


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1 and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    now = datetime.datetime.now(datetime.UTC)
    day = datetime.timedelta(days=1)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    file = tmp_path_factory.mktemp("tls") / "loopback.pem"
    file.write_bytes(made.public_bytes(pem) + key.private_bytes(pem, form, plain))
    return file


class Speaker(asyncio.Protocol):
    """One connection: HTTP/2 where it was agreed on, else HTTP/1.1; every path gives a picture."""

    connections = 0
    streams = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        type(self).connections += 1
        self.transport = transport
        self.http2 = None
        if transport.get_extra_info("ssl_object").selected_alpn_protocol() == "h2":
            config = h2.config.H2Configuration(client_side=False)
            self.http2 = h2.connection.H2Connection(config)
            self.http2.initiate_connection()
            transport.write(self.http2.data_to_send())
        self.waiting: dict[int, bytes] = {}

    def data_received(self, data: bytes) -> None:
        if self.http2 is None:
            head = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: %d\r\n\r\n"
            self.transport.write(head % len(FINE) + FINE)
            return
        for event in self.http2.receive_data(data):
            if isinstance(event, h2.events.RequestReceived):
                type(self).streams += 1
                said = [(":status", "200"), ("content-type", "image/png"), ("x-robots-tag", "all")]
                self.http2.send_headers(event.stream_id, said)
                self.waiting[event.stream_id] = FINE
        self.flush()

    def flush(self) -> None:
        for stream, left in list(self.waiting.items()):
            while left and (room := self.http2.local_flow_control_window(stream)) > 0:
                size = min(room, self.http2.max_outbound_frame_size)
                self.http2.send_data(stream, left[:size])
                left = left[size:]
            self.waiting[stream] = left
            if not left:
                self.http2.end_stream(stream)
                del self.waiting[stream]
        self.transport.write(self.http2.data_to_send())


@pytest.fixture(params=["h2", "http/1.1"])
def speaker(request: pytest.FixtureRequest, certificate: Path) -> Iterator[tuple[str, str, type]]:
    """A running TLS server: the protocol it offers, its root URL, its counters."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.set_alpn_protocols([request.param])
    counted = type("Counted", (Speaker,), {})
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(counted, "127.0.0.1", 0, ssl=context))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield request.param, f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}", counted
    loop.call_soon_threadsafe(server.close)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def test_http_2_is_spoken_where_a_host_offers_it(speaker, ask, certificate):
    protocol, root, _ = speaker
    (found,) = ask(f"{root}/i.png", authorities=str(certificate))
    assert (found.body, found.version) == (FINE, "2" if protocol == "h2" else "1.1")


@pytest.mark.parametrize("speaker", ["h2"], indirect=True)
def test_requests_to_a_host_share_a_connection_of_http_2(speaker, ask, certificate):
    _, root, counted = speaker
    urls = [f"{root}/{n}.png" for n in range(20)]
    found = ask(*urls, authorities=str(certificate), honour=frozenset())
    assert [answer.body for answer in found] == [FINE] * 20
    assert (counted.connections, counted.streams) == (1, 20)


def test_a_certificate_that_nobody_vouches_for_is_refused_at_once(speaker, ask):
    _, root, counted = speaker
    (found,) = ask(f"{root}/i.png", attempts=3, honour=frozenset())
    assert isinstance(found, NotTaken)
    assert (found.reason, counted.streams) == ("no answer", 0)
    assert "certificate" in found.detail


def test_no_socket_is_opened_to_an_address_that_was_not_checked(hostile):
    """Not even where libcurl reads another host in a URL than we did."""
    misread = Url(f"http://localhost:{hostile.port}/i.png", "", "a.example", hostile.port)

    async def send() -> None:
        wire = Wire([], 1, 1, 1.0, 1.0, None)
        try:
            await wire.send(misread, Place(("192.88.99.1",)), 5.0, lambda *_: 10)
        finally:
            await wire.aclose()

    with pytest.raises(NotTaken, match=r"private address: .*(127\.0\.0\.1|::1), unchecked"):
        asyncio.run(send())
    assert hostile.asked == []


def test_fetching_works_in_a_thread_that_is_not_the_main_one(hostile, ask, raw):
    hostile.answers["/i.png"] = raw(FINE)
    with ThreadPoolExecutor(1) as threads:
        (found,) = threads.submit(ask, f"{hostile.root}/i.png").result()
    assert found.body == FINE


def test_no_socket_stays_open_behind_a_fetcher(hostile, ask, raw):
    kinds = {"ok": raw(FINE), "cut": raw(FINE, Content_Length=10**6), "none": b""}
    hostile.answers |= {f"/{kind}{n}": said for kind, said in kinds.items() for n in range(20)}
    urls = [f"{hostile.root}{path}" for path in hostile.answers]
    ask(urls[0])  # whatever is opened once and for all
    before = psutil.Process().num_fds()
    found = ask(*urls)
    assert sum(isinstance(answer, NotTaken) for answer in found) == 40
    assert psutil.Process().num_fds() <= before
