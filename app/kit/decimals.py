"""Exact decimals: read as written, summed exactly, rounded once.

A declared number is a decimal string (`0.2956`); a binary float never enters.
"""

import re
from collections.abc import Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal, Inexact, InvalidOperation
from typing import ClassVar

from app.kit.errors import CarbonLabelError

MAX_DIGITS = 28
# Wide enough for any sum of 28-digit numbers with up to 28 places; a result that still does not
# fit raises `Inexact` instead of being rounded behind our back.
_EXACT = Context(prec=120, traps=[Inexact, InvalidOperation])
_FORM = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?", re.ASCII)


class NotADecimal(CarbonLabelError):
    """A number is not written as an exact decimal string."""

    code: ClassVar[str] = "not-a-decimal"

    def __init__(self, got: object, why: str) -> None:
        super().__init__(
            f'{why}, got {str(got)[:60]!r}. Write it as a decimal string such as "0.2956".'
        )
        self.got = str(got)[:60]


def parse_decimal(text: object) -> Decimal:
    """Return the exact value of a decimal string: at most 28 digits, no exponent, no `-0`.

    Raises `NotADecimal`, also for a JSON number: a float has already lost the digits.
    """
    if not isinstance(text, str):
        raise NotADecimal(text, f"Expected a decimal string, not a {_json_kind(text)}")
    if not _FORM.fullmatch(text):
        raise NotADecimal(text, "Expected digits with at most one point, no exponent, no plus")
    if len(text) - text.count(".") - text.count("-") > MAX_DIGITS:
        raise NotADecimal(text, f"Expected at most {MAX_DIGITS} digits")
    value = Decimal(text)
    if text.startswith("-") and value.is_zero():
        raise NotADecimal(text, "Minus zero is not a value")
    return value


def exact_sum(values: Sequence[Decimal]) -> Decimal:
    """Return the exact sum; nothing is rounded."""
    total = Decimal(0)
    for value in values:
        total = _EXACT.add(total, value)
    return total


def exact_difference(left: Decimal, right: Decimal) -> Decimal:
    """Return `left - right`, exact."""
    return _EXACT.subtract(left, right)


def exact_product(left: Decimal, right: Decimal) -> Decimal:
    """Return `left * right`, exact."""
    return _EXACT.multiply(left, right)


def places(value: Decimal) -> int:
    """Return the number of digits after the point, as written."""
    return max(0, -int(value.as_tuple().exponent))


def plain(value: Decimal) -> str:
    """Return the value in plain digits, never with an exponent."""
    return format(value, "f")


def rounded(value: Decimal, decimals: int) -> Decimal:
    """Round once, half-even; a value that has no more than `decimals` places stays as written."""
    if places(value) <= decimals:
        return value
    result = value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN, _ROUNDING)
    return abs(result) if result.is_zero() else result


def apportioned(parts: Sequence[Decimal], decimals: int) -> list[Decimal]:
    """Round parts so that they add up to their rounded sum (largest remainder).

    Parts that all have no more than `decimals` places stay as written: their sum does too.
    """
    if all(places(part) <= decimals for part in parts):
        return list(parts)
    quantum = Decimal(1).scaleb(-decimals)
    target = rounded(exact_sum(parts), decimals)
    floors = [part.quantize(quantum, ROUND_FLOOR, _ROUNDING) for part in parts]
    missing = int(exact_difference(target, exact_sum(floors)) / quantum)
    by_remainder = sorted(
        range(len(parts)), key=lambda i: (floors[i] - parts[i], i)
    )  # most negative difference = largest remainder first; ties go to the earlier part
    for i in by_remainder[:missing]:
        floors[i] += quantum
    return [abs(part) if part.is_zero() else part for part in floors]


_ROUNDING = Context(prec=120)


def _json_kind(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "JSON number"
    return type(value).__name__
