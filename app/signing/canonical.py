"""Canonical JSON: RFC 8785 (JCS).

For documents whose keys are ASCII and whose values are texts, booleans, null or integers within
±2^53, `orjson` with sorted keys writes exactly the bytes that RFC 8785 asks for, forty times
faster than a general implementation. A guard decides; everything else goes to `rfc8785`.
"""

from collections.abc import Callable
from typing import Any, ClassVar

import orjson

from app.kit.errors import CarbonLabelError

_SAFE_INTEGER = 2**53

Canonicalize = Callable[[Any], bytes]


class NotCanonicalizable(CarbonLabelError):
    """A value has no RFC 8785 form: NaN, Infinity, an integer beyond 2^53, half a surrogate."""

    code: ClassVar[str] = "not-canonicalizable"

    def __init__(self, why: str) -> None:
        super().__init__(f"The document has no canonical form: {why}.")


def canonical(value: Any) -> bytes:
    """Return the RFC 8785 bytes of a JSON value.

    Raises `NotCanonicalizable`.
    """
    if is_plain(value):
        return canonical_plain(value)
    import rfc8785  # noqa: PLC0415 - only foreign documents need it, and it is slow to load

    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as refused:
        raise NotCanonicalizable(str(refused)) from None


def canonical_plain(value: Any) -> bytes:
    """Return the RFC 8785 bytes of a value for which `is_plain` is known to hold."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError as refused:  # half a surrogate pair
        raise NotCanonicalizable(str(refused)) from None


def is_plain(value: Any) -> bool:
    """Whether keys are ASCII and values only texts, booleans, null, small integers, containers."""
    waiting = [value]
    for item in waiting:  # which grows as we go: a call for every node would cost twice as much
        kind = item.__class__
        if kind is str:
            continue
        if kind is dict:
            for key in item:
                if key.__class__ is not str or not key.isascii():
                    return False
            waiting += item.values()
        elif kind is list:
            waiting += item
        elif kind is int:
            if not -_SAFE_INTEGER <= item <= _SAFE_INTEGER:
                return False
        elif kind is not bool and item is not None:
            return False
    return True
