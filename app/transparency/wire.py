"""Numbers and bytes in lines of text, with one spelling each."""

import re
from base64 import b64decode, b64encode

from app.transparency.model import HASH_BYTES, MAX_SIZE

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


def decimal_of(text: str) -> int | None:
    """Return the number from 0 to 2**63 - 1 that `text` writes, or None."""
    if _DECIMAL.fullmatch(text) and (number := int(text)) <= MAX_SIZE:
        return number
    return None


def base64_of(data: bytes) -> str:
    """Return standard base64 with padding."""
    return b64encode(data).decode("ascii")


def bytes_of(text: str) -> bytes | None:
    """Return the bytes of standard base64, or None.

    One spelling only: set bits beyond the end would let one signature look like several.
    """
    try:
        data = b64decode(text, validate=True)
    except ValueError:
        return None
    return data if base64_of(data) == text else None


def hash_of(text: str) -> bytes | None:
    """Return the 32 bytes of a hash in base64, or None."""
    data = bytes_of(text)
    return data if data is not None and len(data) == HASH_BYTES else None
