"""RFC 6962, section 2.1, transcribed as it is written there: slow, recursive, whole lists."""

from collections.abc import Callable, Sequence
from hashlib import sha256

from app.transparency.model import Growth
from app.transparency.tree import EMPTY, grow


def mth(d: Sequence[bytes]) -> bytes:
    if not d:
        return sha256(b"").digest()
    if len(d) == 1:
        return sha256(b"\x00" + d[0]).digest()
    k = split(len(d))
    return sha256(b"\x01" + mth(d[:k]) + mth(d[k:])).digest()


def split(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def path(m: int, d: Sequence[bytes]) -> list[bytes]:
    if len(d) == 1:
        return []
    k = split(len(d))
    if m < k:
        return [*path(m, d[:k]), mth(d[k:])]
    return [*path(m - k, d[k:]), mth(d[:k])]


def proof(m: int, d: Sequence[bytes]) -> list[bytes]:
    return subproof(m, d, known=True)


def subproof(m: int, d: Sequence[bytes], *, known: bool) -> list[bytes]:
    if m == len(d):
        return [] if known else [mth(d)]
    k = split(len(d))
    if m <= k:
        return [*subproof(m, d[:k], known=known), mth(d[k:])]
    return [*subproof(m - k, d[k:], known=False), mth(d[:k])]


def leaves(count: int) -> list[bytes]:
    """Return distinct leaves."""
    return [b"leaf %d" % index for index in range(count)]


def hashes(count: int) -> list[bytes]:
    """Return the hashes of `leaves`."""
    return [sha256(b"\x00" + leaf).digest() for leaf in leaves(count)]


def memory(growth: Growth) -> Callable[[int, int], bytes]:
    """Return a `hash_at` over everything that a growth from nothing made."""
    rows = [run.hashes for run in growth.runs]
    return lambda level, position: rows[level][position]


def log_of(count: int) -> Callable[[int, int], bytes]:
    """Return a `hash_at` over `leaves`."""
    return memory(grow(EMPTY, hashes(count)))
