"""Answers of the public paths: bytes, their headers, and how they travel."""

import gzip
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from starlette.types import Send

from app.web.render import CONTENT_SECURITY_POLICY

Header = tuple[bytes, bytes]

# Whatever bears a verdict may be kept for half a minute and never shown stale after that.
VERDICT_CACHE = (b"cache-control", b"max-age=30, must-revalidate")
IMMUTABLE_CACHE = (b"cache-control", b"public, max-age=31536000, immutable")
SHORT_CACHE = (b"cache-control", b"public, max-age=300")
NO_STORE = (b"cache-control", b"no-store")
ANY_ORIGIN = (b"access-control-allow-origin", b"*")  # public documents may be checked from anywhere
VARY = (b"vary", b"Accept, Accept-Language")
VARY_PAGE = (b"vary", b"Accept, Accept-Language, Accept-Encoding")

_ALWAYS: tuple[Header, ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)
_PAGE: tuple[Header, ...] = (
    (b"content-type", b"text/html; charset=utf-8"),
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"geolocation=(), microphone=(), payment=()"),
)


class Answer(NamedTuple):
    """One HTTP answer, whole. A tuple, because every scan makes one."""

    status: int
    headers: tuple[Header, ...]
    body: bytes = b""

    async def send(self, send: Send, *, head_only: bool = False) -> None:
        """Send it; a HEAD request gets the headers alone."""
        await send(
            {
                "type": "http.response.start",
                "status": self.status,
                "headers": [
                    *self.headers,
                    *_ALWAYS,
                    (b"content-length", b"%d" % len(self.body)),
                ],
            }
        )
        await send({"type": "http.response.body", "body": b"" if head_only else self.body})


@dataclass(frozen=True, slots=True)
class Page:
    """A rendered page in both forms in which it travels."""

    plain: bytes
    packed: bytes
    etag: bytes

    @classmethod
    def of(cls, html: bytes) -> "Page":
        """Return the page of an HTML document."""
        return cls(html, gzip.compress(html, 6, mtime=0), etag_of(html))

    def answer(self, status: int, headers: Iterable[Header], *, packed: bool) -> Answer:
        """Return the answer that carries this page."""
        body = self.packed if packed else self.plain
        encoding = ((b"content-encoding", b"gzip"),) if packed else ()
        # The two forms are two representations: each has its own tag.
        tag = self.etag[:-1] + b'-gz"' if packed else self.etag
        return Answer(status, (*_PAGE, *headers, *encoding, (b"etag", tag)), body)


def etag_of(content: bytes) -> bytes:
    """Return a strong entity tag of exactly these bytes."""
    return b'"' + blake2b(content, digest_size=12).hexdigest().encode() + b'"'


def not_modified(answer: Answer, if_none_match: bytes | None) -> Answer:
    """Return the answer, or 304 in its place if the client has it already."""
    if not if_none_match or answer.status != 200:
        return answer
    tag = next((value for name, value in answer.headers if name == b"etag"), None)
    if tag is None:
        return answer
    known = {one.strip().removeprefix(b"W/") for one in if_none_match.split(b",")}
    if tag.removeprefix(b"W/") not in known and b"*" not in known:
        return answer
    kept = {b"etag", b"cache-control", b"vary", b"content-location", b"content-language"}
    return Answer(304, tuple(h for h in answer.headers if h[0] in kept))


@lru_cache(maxsize=1024)
def takes_gzip(accept_encoding: bytes) -> bool:
    """Whether the client takes gzip."""
    for part in accept_encoding.lower().split(b","):
        coding, _, weight = part.strip().partition(b";")
        if coding.strip() in {b"gzip", b"*"}:
            return weight.replace(b" ", b"") not in {b"q=0", b"q=0.0", b"q=0.00", b"q=0.000"}
    return False


HTML, JSON, STATEMENT = "text/html", "application/json", "application/vc"


@lru_cache(maxsize=1024)
def wanted_type(accept: bytes) -> str:
    """Return which of our three types a client wants: HTML unless it names another exactly.

    A browser, `*/*`, no header and one that names nothing of ours get the page. Among those named,
    the highest weight wins, the first named on a tie.
    """
    best, best_weight = HTML, 0.0
    for part in accept.decode("latin-1").lower().split(","):
        kind, *parameters = (piece.strip() for piece in part.split(";"))
        if kind not in {HTML, JSON, STATEMENT}:
            continue
        weight = _weight(parameters)
        if weight > best_weight:
            best, best_weight = kind, weight
    return best


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(1.0, max(0.0, float(value)))
            except ValueError:
                return 0.0
    return 1.0
