"""QR symbols of a fixed range of versions, in alphanumeric mode only."""

import functools
import itertools
from collections.abc import Iterator
from typing import Final

from qrcode.constants import ERROR_CORRECT_H, ERROR_CORRECT_L, ERROR_CORRECT_M, ERROR_CORRECT_Q
from qrcode.exceptions import DataOverflowError
from qrcode.main import QRCode
from qrcode.util import QRData

from app.printing.errors import QrPayloadNotAlphanumeric, QrPayloadTooLong

LEVELS = {
    "L": ERROR_CORRECT_L,
    "M": ERROR_CORRECT_M,
    "Q": ERROR_CORRECT_Q,
    "H": ERROR_CORRECT_H,
}
_ALPHANUMERIC = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")
_ALPHANUMERIC_MODE: Final = 2  # the mode indicator 0010 of ISO/IEC 18004

Rows = tuple[tuple[bool, ...], ...]


def payload_of(url: str) -> str:
    """Return a label's address as its code carries it: in upper case.

    Scheme and host know no case and our resolver reads the path in either, so the whole address
    fits the alphanumeric mode. Raises `QrPayloadNotAlphanumeric`.
    """
    payload = url.upper()
    for character in payload:
        if character not in _ALPHANUMERIC:
            raise QrPayloadNotAlphanumeric(payload, character)
    return payload


@functools.lru_cache(maxsize=64)  # the same label is laid out for PDF, SVG and PNG
def encode(payload: str, level: str, versions: tuple[int, int]) -> tuple[int, Rows]:
    """Return the version and the dark modules of the smallest symbol of `versions` that fits.

    Raises `QrPayloadTooLong`, `QrPayloadNotAlphanumeric`.
    """
    for character in payload:
        if character not in _ALPHANUMERIC:
            raise QrPayloadNotAlphanumeric(payload, character)
    for version in range(versions[0], versions[1] + 1):
        code = QRCode(version=version, error_correction=LEVELS[level], border=0)
        code.add_data(QRData(payload.encode("ascii"), mode=_ALPHANUMERIC_MODE))
        try:
            code.make(fit=False)
        except (DataOverflowError, ValueError):
            continue  # too long for this version
        return version, tuple(tuple(bool(dark) for dark in row) for row in code.get_matrix())
    raise QrPayloadTooLong(payload, versions, level)


def dark_runs(rows: Rows) -> Iterator[tuple[int, int, int]]:
    """Yield column, row and length of each run of dark modules that stand side by side."""
    for y, row in enumerate(rows):
        x = 0
        for dark, run in itertools.groupby(row):
            length = sum(1 for _ in run)
            if dark:
                yield x, y, length
            x += length
