"""The only way out: bounded in size, time, redirects and addresses."""

import asyncio
import ipaddress
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from app.kit.clock import now
from app.signing.local_ca import local_certificate
from app.storage.outbound import AddressRefused, Fetched, FetchFailed, fetch, is_public


class Answers(BaseHTTPRequestHandler):
    """A host that does what its path says."""

    def do_GET(self) -> None:
        """Answer."""
        path, _, rest = self.path.strip("/").partition("/")
        if path == "redirect":
            self._send(302, Location=rest if "://" in rest else f"/{rest}")
        elif path == "loop":
            self._send(302, Location="/loop")
        elif path == "large":
            self._send(200, b"x" * int(rest))
        elif path == "packed":
            self._send(200, b"\x1f\x8b", **{"Content-Encoding": "gzip"})
        elif path == "slow":
            self._drip()
        elif path == "asked":
            asked = f"{self.headers['Host']} {self.headers['Accept']}"
            self._send(200, asked.encode(), **{"Content-Type": "Text/Plain; charset=utf-8"})
        else:
            self._send(404)

    def _send(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _drip(self) -> None:
        self.send_response(200)
        try:
            for _ in range(50):  # a header every now and then: no single read takes long
                self.wfile.write(b"X-Drop: 1\r\n")
                self.wfile.flush()
                time.sleep(0.1)
        except OSError:
            return

    def log_message(self, *words: Any) -> None:
        """Say nothing."""


@dataclass(frozen=True, slots=True)
class Host:
    """A host of this machine."""

    name: str
    scheme: str
    authority: Path | None

    def get(self, path: str, *, allowed: bool = True, **bounds: Any) -> Fetched:
        """Fetch a path of it."""
        return asyncio.run(
            fetch(
                f"{self.scheme}://{self.name}/{path}",
                allowed_hosts=[self.name] if allowed else [],
                authority=self.authority,
                **bounds,
            )
        )


class Quiet(ThreadingHTTPServer):
    """A server that does not report clients who leave."""

    daemon_threads = True

    def handle_error(self, *words: Any) -> None:
        """Say nothing."""


@pytest.fixture(params=["http", "https"])
def host(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Host]:
    server = Quiet(("127.0.0.1", 0), Answers)
    authority = None
    if request.param == "https":
        paths = local_certificate(tmp_path / "tls", ["localhost"], now())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(paths.server)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        authority = paths.authority
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield Host(f"localhost:{server.server_port}", request.param, authority)
    server.shutdown()
    server.server_close()
    thread.join()


def test_an_answer_comes_with_its_status_and_type(host: Host) -> None:
    found = host.get("asked", accept="application/vc")
    assert found.status == 200
    assert found.body.decode() == f"{host.name} application/vc"
    assert found.media_type == "text/plain"
    assert host.get("nothing").status == 404


def test_this_machine_is_refused_unless_it_is_named(host: Host) -> None:
    with pytest.raises(AddressRefused) as refused:
        host.get("asked", allowed=False)
    assert refused.value.url.endswith("/asked")


def test_redirects_are_followed_so_far_and_no_further(host: Host) -> None:
    assert host.get("redirect/asked", redirects=1).url.endswith(f"{host.name}/asked")
    assert host.get("redirect/redirect/redirect/asked", redirects=9).status == 200
    for path, redirects in (("redirect/asked", 0), ("loop", 3), ("loop", 99)):
        with pytest.raises(FetchFailed, match="redirects too often"):
            host.get(path, redirects=redirects)


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "http://169.254.169.254/latest",
        "ftp://label.example/x",
        "file:///etc/passwd",
    ],
)
def test_a_redirect_is_checked_like_any_address(host: Host, elsewhere: str) -> None:
    with pytest.raises(AddressRefused):
        host.get(f"redirect/{elsewhere}", redirects=3)


def test_too_much_is_not_read(host: Host) -> None:
    assert len(host.get("large/1000", limit=1000).body) == 1000
    with pytest.raises(FetchFailed, match="larger than 1000"):
        host.get("large/1001", limit=1000)
    with pytest.raises(FetchFailed, match="larger than"):
        host.get(f"large/{2 << 20}")


def test_a_packed_answer_is_not_unpacked(host: Host) -> None:
    with pytest.raises(FetchFailed, match="packed"):
        host.get("packed")


def test_whoever_drips_is_left_in_time(host: Host) -> None:
    began = time.monotonic()
    with pytest.raises(FetchFailed, match=r"longer than 0\.5 seconds"):
        host.get("slow", seconds=0.5)
    assert time.monotonic() - began < 3


def test_a_certificate_of_nobody_is_refused(host: Host) -> None:
    if host.scheme == "http":
        host = Host(host.name, "https", None)  # it does not even speak TLS
    with pytest.raises(FetchFailed):
        Host(host.name, "https", None).get("asked")


def test_nobody_listening_is_said() -> None:
    with pytest.raises(FetchFailed):
        asyncio.run(fetch("https://localhost:1/", allowed_hosts=["localhost"]))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "label.example",
        "http://label.example/",
        "ftp://label.example/",
        "https://",
        "https://user@label.example/",
        "https://user:secret@label.example/",
        "https://label.example:0/",
        "https://label.example:99999/",
        "https://[::1",
        "https://label.example/\nHost: other",
        "https://täst.example/",
        "https://label.example/" + "x" * 2000,
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0.0.0.0/",
        "https://10.0.0.1/",
        "https://172.16.0.1/",
        "https://192.168.0.1/",
        "https://169.254.169.254/",
        "https://100.64.0.1/",
        "https://224.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[fe80::1]/",
        "https://[fd00::1]/",
        "https://localhost/",
    ],
)
def test_what_is_not_on_the_public_internet_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        asyncio.run(fetch(url))


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("9.9.9.9", True),
        ("2620:fe::fe", True),
        ("64:ff9b::909:909", True),  # an IPv4 address behind a translator
        ("64:ff9b::7f00:1", False),
        ("::ffff:9.9.9.9", True),
        ("::ffff:10.0.0.1", False),
        ("2002:a00:1::", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("192.0.2.1", False),
        ("ff02::1", False),
        ("::", False),
    ],
)
def test_addresses_are_told_apart_in_every_form(address: str, public: bool) -> None:  # noqa: FBT001 - a table
    assert is_public(ipaddress.ip_address(address)) is public
