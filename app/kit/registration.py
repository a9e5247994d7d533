"""Unified social credit codes of Chinese organisations (GB 32100-2015).

18 characters: registering department, kind of organisation, six digits of administrative division,
nine characters of organisation code, and one check character over the seventeen before it.
"""

import re
from typing import ClassVar

from app.kit.errors import CarbonLabelError

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # without I, O, S, V, Z, which look like digits
_VALUE = {character: value for value, character in enumerate(ALPHABET)}
_FORM = re.compile(f"[{ALPHABET}]{{2}}[0-9]{{6}}[{ALPHABET}]{{10}}", re.ASCII)


class RegistrationMistyped(CarbonLabelError):
    """A unified social credit code has the wrong form or a wrong check character."""

    code: ClassVar[str] = "registration-mistyped"

    def __init__(self, got: object, expected: str | None = None) -> None:
        shown = str(got)[:40]
        super().__init__(
            f"{shown!r} is no unified social credit code: its last character must be {expected}. "
            "Compare it with the business licence."
            if expected is not None
            else f"{shown!r} is no unified social credit code. It has 18 characters, digits and "
            "capitals without I, O, S, V, Z; the third to the eighth are digits."
        )
        self.got = shown
        self.expected = expected


def check_character(body: str) -> str:
    """Return the check character of the first seventeen: weights are powers of 3 modulo 31."""
    weighted = sum(_VALUE[character] * pow(3, i, 31) for i, character in enumerate(body))
    return ALPHABET[-weighted % 31]


def parse_registration(text: object) -> str:
    """Return the unified social credit code as written; raises `RegistrationMistyped`."""
    if not isinstance(text, str) or not _FORM.fullmatch(text):
        raise RegistrationMistyped(text)
    expected = check_character(text[:-1])
    if text[-1] != expected:
        raise RegistrationMistyped(text, expected)
    return text
