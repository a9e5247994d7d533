from decimal import Context, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.decimals import (
    NotADecimal,
    apportioned,
    exact_difference,
    exact_product,
    exact_sum,
    parse_decimal,
    places,
    plain,
    rounded,
)


@st.composite
def written(draw: st.DrawFn) -> str:
    """Return a decimal string of at most 28 digits, as a file may carry it."""
    whole = draw(st.integers(0, 10**27 - 1))
    room = 28 - len(str(whole))
    fraction = draw(st.text("0123456789", max_size=room))
    text = f"{whole}.{fraction}" if fraction else f"{whole}"
    sign = "-" if Decimal(text) and draw(st.booleans()) else ""
    return sign + text


NUMBERS = written().map(Decimal)
PARTS = st.lists(NUMBERS, min_size=1, max_size=40)


@pytest.mark.parametrize("text", ["0", "0.0", "-1", "0.2956", "991.5", "9" * 28, "0." + "9" * 27])
def test_a_decimal_string_keeps_its_digits(text: str) -> None:
    assert plain(parse_decimal(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        " 1",
        "1 ",
        "+1",
        "01",
        ".5",
        "5.",
        "1e3",
        "-0",
        "-0.00",
        "--1",
        "1,5",
        "1_000",
        "NaN",
        "Infinity",
        "٣",
        "１",
        "1\n",
        "9" * 29,
        "0." + "0" * 28,
    ],
)
def test_anything_else_is_no_decimal_string(text: str) -> None:
    with pytest.raises(NotADecimal, match="decimal string"):
        parse_decimal(text)


@pytest.mark.parametrize(
    ("value", "kind"), [(0.5, "JSON number"), (1, "JSON number"), (None, "null"), (True, "boolean")]
)
def test_a_json_value_is_named_for_what_it_is(value: object, kind: str) -> None:
    with pytest.raises(NotADecimal, match=f"not a {kind}"):
        parse_decimal(value)


@given(written())
def test_what_is_read_is_what_was_written(text: str) -> None:
    assert plain(parse_decimal(text)) == text


@given(PARTS)
def test_sums_are_exact_whatever_the_callers_precision(parts: list[Decimal]) -> None:
    scaled = [int(part.scaleb(28, _wide())) for part in parts]
    assert int(exact_sum(parts).scaleb(28, _wide())) == sum(scaled)


@given(NUMBERS, NUMBERS)
def test_difference_and_product_are_exact(left: Decimal, right: Decimal) -> None:
    a, b = (int(number.scaleb(28, _wide())) for number in (left, right))
    assert int(exact_difference(left, right).scaleb(28, _wide())) == a - b
    assert int(exact_product(left, right).scaleb(56, _wide())) == a * b


@pytest.mark.parametrize(
    ("text", "decimals", "expected"),
    [
        ("0.125", 2, "0.12"),  # half to even
        ("0.135", 2, "0.14"),
        ("0.1251", 2, "0.13"),
        ("1.9", 2, "1.9"),  # as written, no zeros added
        ("-0.001", 2, "0.00"),  # no minus zero
        ("2.5", 0, "2"),
        ("3.5", 0, "4"),
        ("9" * 27 + ".5", 0, "1" + "0" * 27),
    ],
)
def test_rounding_is_half_even_and_once(text: str, decimals: int, expected: str) -> None:
    assert plain(rounded(Decimal(text), decimals)) == expected


@given(PARTS, st.integers(0, 12))
def test_apportioned_parts_add_up_to_the_rounded_total(parts: list[Decimal], decimals: int) -> None:
    shares = apportioned(parts, decimals)
    assert exact_sum(shares) == rounded(exact_sum(parts), decimals)
    quantum = Decimal(1).scaleb(-decimals)
    for part, share in zip(parts, shares, strict=True):
        assert places(share) <= decimals
        assert abs(exact_difference(part, share)) < quantum
        assert not (share.is_zero() and share.is_signed())


@given(PARTS, st.integers(0, 12))
def test_apportioning_twice_changes_nothing(parts: list[Decimal], decimals: int) -> None:
    once = apportioned(parts, decimals)
    assert apportioned(once, decimals) == once


def test_the_largest_remainder_gets_the_missing_unit_and_ties_go_to_the_earlier_part() -> None:
    parts = [Decimal(text) for text in ("0.0330", "0.0156", "0.0128", "0.00745", "0.00505")]
    assert [plain(part) for part in apportioned(parts, 4)] == [
        "0.0330",
        "0.0156",
        "0.0128",
        "0.0075",
        "0.0050",
    ]


def test_a_negative_part_keeps_the_sum() -> None:
    parts = [Decimal("1.26"), Decimal("-0.26"), Decimal("0.05")]
    assert exact_sum(apportioned(parts, 1)) == rounded(Decimal("1.05"), 1) == Decimal("1.0")


def _wide() -> Context:
    return Context(prec=200)
