"""Positions in the status lists: one after another, in an order that only we know.

A position tells nothing about when or for whom a label was issued: the n-th label of a list gets
the n-th element of a secret permutation of all its positions, a Feistel network over 18 bits that
is walked until it lands within the list.
"""

from functools import lru_cache
from hashlib import blake2b

from app.signing.seal import Seal
from app.statements.build import Position

LIST_SIZE = 131_072  # bits; the least that Bitstring Status List v1.0 allows
_HALF = 9  # bits of one half; 2 halves make 262 144 values, twice the list
_MASK = (1 << _HALF) - 1
_ROUNDS = 6


def position_of(seal: Seal, status_list: int, count: int) -> Position:
    """Return the position of the label that is the `count`-th (from 0) in its status list."""
    rounds = _round_tables(seal, status_list)
    value = count
    while True:
        left, right = value >> _HALF, value & _MASK
        for table in rounds:
            left, right = right, left ^ table[right]
        value = left << _HALF | right
        if value < LIST_SIZE:
            return Position(status_list, value)


@lru_cache(maxsize=16)
def _round_tables(seal: Seal, status_list: int) -> tuple[tuple[int, ...], ...]:
    secret = seal.derived(f"status list {status_list}")
    return tuple(
        tuple(
            int.from_bytes(
                blake2b(bytes([number]) + half.to_bytes(2), key=secret, digest_size=2).digest()
            )
            & _MASK
            for half in range(_MASK + 1)
        )
        for number in range(_ROUNDS)
    )
