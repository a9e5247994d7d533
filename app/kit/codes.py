"""Label codes: 8 random characters of Crockford's base32 and one check character.

The check character is computed over GF(32) with x^5 + x^2 + 1: `c = 0; for d: c = (c ^ d) * 2`.
It catches every single wrong character and every swap of neighbours.
"""

import re
import secrets
from typing import ClassVar, NewType

from app.kit.errors import CarbonLabelError

LabelCode = NewType("LabelCode", str)  # nine characters, canonical spelling

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 9
_DOUBLE = [(c << 1) ^ (0b100101 if c & 0b10000 else 0) for c in range(32)]  # in GF(32)
_VALUE = {character: value for value, character in enumerate(ALPHABET)}
_AS_HEARD = str.maketrans({"O": "0", "I": "1", "L": "1"})
_CANONICAL = re.compile(f"[{ALPHABET}]{{{LENGTH}}}", re.ASCII)
_SEPARATORS = re.compile(r"[\s\-\u2010-\u2015]")


class CodeMistyped(CarbonLabelError):
    """A code cannot be right: wrong length, a foreign character, or a wrong check character."""

    code: ClassVar[str] = "code-mistyped"

    def __init__(self, got: str) -> None:
        super().__init__(
            f"{got[:40]!r} is no label code. A code has 9 characters, such as 7Q4K-2M9X-G; "
            "compare it with the label once more."
        )
        self.got = got[:40]


def check_character(digits: str) -> str:
    """Return the check character of the eight leading characters."""
    c = 0
    for digit in digits:
        c = _DOUBLE[c ^ _VALUE[digit]]
    return ALPHABET[c]


def new_code() -> LabelCode:
    """Return a fresh random code; uniqueness is the register's business."""
    bits = secrets.randbits(5 * (LENGTH - 1))
    digits = "".join([ALPHABET[bits >> shift & 31] for shift in range(0, 5 * (LENGTH - 1), 5)])
    return LabelCode(digits + check_character(digits))


def parse_code(text: str) -> LabelCode:
    """Return the canonical spelling of a code typed by a person; raises `CodeMistyped`.

    Lower case, dashes and blanks are fine; `o` is read as 0, `i` and `l` as 1.
    """
    if _CANONICAL.fullmatch(text) and check_character(text[:-1]) == text[-1]:
        return LabelCode(text)  # as every code that was scanned is
    if len(text) <= 40:
        typed = _SEPARATORS.sub("", text)
        code = typed.upper().translate(_AS_HEARD)
        if (
            typed.isascii()  # the upper case of some foreign letters is ASCII
            and len(code) == LENGTH
            and all(c in _VALUE for c in code)
            and check_character(code[:-1]) == code[-1]
        ):
            return LabelCode(code)
    raise CodeMistyped(text)


def shown(code: str) -> str:
    """Return the code as it is printed for people: `7Q4K-2M9X-G`."""
    return f"{code[:4]}-{code[4:8]}-{code[8:]}"
