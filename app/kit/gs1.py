"""GS1 keys: the GTIN and its check digit (GS1 General Specifications, section 7.9)."""

import re
from typing import ClassVar

from app.kit.errors import CarbonLabelError

_FORM = re.compile(r"[0-9]{8}|[0-9]{12,14}", re.ASCII)


class GtinMistyped(CarbonLabelError):
    """A GTIN has the wrong length, a character that is no digit, or a wrong check digit."""

    code: ClassVar[str] = "gtin-mistyped"

    def __init__(self, got: object, expected: str | None = None) -> None:
        shown = str(got)[:40]
        super().__init__(
            f"{shown!r} is no GTIN: after the other digits the check digit must be {expected}. "
            "Compare it with the bar code."
            if expected is not None
            else f"{shown!r} is no GTIN. Write its 8, 12, 13 or 14 digits as a text, no blanks."
        )
        self.got = shown
        self.expected = expected


def check_digit(digits: str) -> str:
    """Return the check digit that follows `digits` (a GTIN, SSCC or GLN without its last digit)."""
    weighted = sum(int(d) * (1 if i % 2 else 3) for i, d in enumerate(reversed(digits)))
    return str(-weighted % 10)


def parse_gtin(text: object) -> str:
    """Return the GTIN as written (8, 12, 13 or 14 digits); raises `GtinMistyped`."""
    if not isinstance(text, str) or not _FORM.fullmatch(text):
        raise GtinMistyped(text)
    expected = check_digit(text[:-1])
    if text[-1] != expected:
        raise GtinMistyped(text, expected)
    return text
