"""The only way out to the network: one GET, bounded in size, time, redirects and addresses.

Whoever can make us fetch a URL must not reach what only this machine can reach. So a name is
resolved once, every address of it is checked, and the connection goes to a checked address: a
name that resolves differently a moment later gains nothing.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import SplitResult, urljoin, urlsplit

from app.kit.errors import CarbonLabelError

if TYPE_CHECKING:
    import ssl

    import httpx

LARGEST_ANSWER = 1 << 20  # bytes
LONGEST_WAIT = 10.0  # seconds, for everything together
MOST_REDIRECTS = 3
_REDIRECTS = {301, 302, 303, 307, 308}
_LONGEST_URL = 2000
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # an IPv4 address in IPv6 clothes

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class AddressRefused(CarbonLabelError):
    """A URL leads to where we do not go: this machine, its network, or another scheme."""

    code: ClassVar[str] = "address-refused"

    def __init__(self, url: str, why: str) -> None:
        super().__init__(f"{url[:200]} was not fetched: {why}.")
        self.url, self.why = url[:200], why


class FetchFailed(CarbonLabelError):
    """A URL could not be fetched: no connection, no time left, or too much came."""

    code: ClassVar[str] = "fetch-failed"

    def __init__(self, url: str, why: str) -> None:
        super().__init__(f"{url[:200]} could not be fetched: {why}.")
        self.url, self.why = url[:200], why


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came back, whatever its status; `url` is where the last redirect led."""

    url: str
    status: int
    media_type: str
    body: bytes


async def fetch(
    url: str,
    *,
    accept: str = "application/json",
    redirects: int = 0,
    limit: int = LARGEST_ANSWER,
    seconds: float = LONGEST_WAIT,
    allowed_hosts: Collection[str] = (),
    authority: Path | None = None,
) -> Fetched:
    """Return the answer to one GET, following up to `redirects` (at most 3) redirects.

    Only https, and only addresses of the public Internet; `allowed_hosts` (`host` or `host:port`)
    are excepted from both. `authority` is a PEM file that is trusted beside the public ones.
    Proxies and credentials of the environment are not used.

    Raises `AddressRefused`, `FetchFailed`.
    """
    import httpx  # noqa: PLC0415 - slow to load, and most checks need no network

    try:
        async with asyncio.timeout(seconds):
            for _ in range(min(redirects, MOST_REDIRECTS) + 1):
                answer = await _get(url, accept, limit, allowed_hosts, authority)
                if isinstance(answer, Fetched):
                    return answer
                url = urljoin(url, answer)
    except TimeoutError:
        raise FetchFailed(url, f"it took longer than {seconds:g} seconds") from None
    except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as failed:
        raise FetchFailed(url, str(failed) or type(failed).__name__) from None
    raise FetchFailed(url, "it redirects too often")


async def _get(
    url: str, accept: str, limit: int, allowed_hosts: Collection[str], authority: Path | None
) -> Fetched | str:
    """Return the answer, or where it redirects."""
    import httpx  # noqa: PLC0415 - as above

    parts = _checked(url, allowed_hosts)
    host = parts.hostname or ""
    address = await _address_of(url, parts, is_allowed=_is_allowed(parts, allowed_hosts))
    literal = f"[{address}]" if address.version == 6 else str(address)
    port = f":{parts.port}" if parts.port else ""
    target = parts._replace(netloc=literal + port, fragment="").geturl()
    async with (
        httpx.AsyncClient(
            verify=_trust(authority), trust_env=False, timeout=LONGEST_WAIT
        ) as client,
        client.stream(
            "GET",
            target,
            headers={
                "Host": parts.netloc,
                "Accept": accept,
                "Accept-Encoding": "identity",  # a packed answer could unpack without end
                "User-Agent": "carbon-label",
            },
            extensions={"sni_hostname": host},  # the certificate is the name's, not the address's
        ) as response,
    ):
        if response.status_code in _REDIRECTS and "location" in response.headers:
            return response.headers["location"]
        body = await _read(url, response, limit)
        media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        return Fetched(url, response.status_code, media_type, body)


async def _read(url: str, response: "httpx.Response", limit: int) -> bytes:
    if response.headers.get("content-encoding", "identity") != "identity":
        raise FetchFailed(url, "it came packed, which was not asked for")
    body = bytearray()
    async for part in response.aiter_raw():
        body += part
        if len(body) > limit:
            raise FetchFailed(url, f"it is larger than {limit} bytes")
    return bytes(body)


def _trust(authority: Path | None) -> "ssl.SSLContext | bool":
    if authority is None:
        return True
    import ssl  # noqa: PLC0415 - as above

    return ssl.create_default_context(cafile=str(authority))


def _checked(url: str, allowed_hosts: Collection[str]) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise AddressRefused(url, "it is no URL") from None
    if len(url) > _LONGEST_URL or not parts.hostname or not url.isascii() or not url.isprintable():
        raise AddressRefused(url, "it is no URL of ours")
    if parts.username is not None or parts.password is not None:
        raise AddressRefused(url, "it carries a user name")
    if parts.scheme != "https" and not (
        parts.scheme == "http" and _is_allowed(parts, allowed_hosts)
    ):
        raise AddressRefused(url, "only https is fetched")
    if port == 0:
        raise AddressRefused(url, "it has no usable port")
    return parts


def _is_allowed(parts: SplitResult, allowed_hosts: Collection[str]) -> bool:
    return bool({parts.hostname, parts.netloc.lower()} & set(allowed_hosts))


async def _address_of(url: str, parts: SplitResult, *, is_allowed: bool) -> Address:
    """Return the address to connect to; every address of the name must be a public one."""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    found = await asyncio.get_running_loop().getaddrinfo(
        parts.hostname, port, type=socket.SOCK_STREAM
    )
    addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    if not addresses:
        raise FetchFailed(url, "its name has no address")
    for address in addresses:
        if not is_allowed and not is_public(address):
            raise AddressRefused(url, f"{parts.hostname} is {address}, not on the public Internet")
    return addresses[0]


def is_public(address: Address) -> bool:
    """Whether an address is reached over the public Internet, also in its IPv4-in-IPv6 forms."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not (
        address.is_multicast or address.is_reserved or address.is_unspecified
    )
