"""GTINs and unified social credit codes: the check character catches what people mistype."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit import gs1, registration
from app.kit.gs1 import GtinMistyped, parse_gtin
from app.kit.registration import ALPHABET, RegistrationMistyped, parse_registration


@pytest.mark.parametrize(
    "gtin",
    ["09506000134352", "9506000134352", "614141123452", "00614141123452", "73513537", "96385074"],
)
def test_published_gtins(gtin: str) -> None:
    assert parse_gtin(gtin) == gtin


@pytest.mark.parametrize(
    "foreign", ["", "123", "950600013435", "95060001343520", "9506 000134352", "９506000134352", 7]
)
def test_what_is_no_gtin(foreign: object) -> None:
    with pytest.raises(GtinMistyped, match=r"no GTIN"):
        parse_gtin(foreign)


def test_the_expected_check_digit_is_told() -> None:
    with pytest.raises(GtinMistyped, match="must be 2") as refusal:
        parse_gtin("09506000134350")
    assert refusal.value.facts() == {"got": "09506000134350", "expected": "2"}


BODIES = st.sampled_from([7, 11, 12, 13]).flatmap(
    lambda length: st.text("0123456789", min_size=length, max_size=length)
)


@given(BODIES, st.data())
def test_any_one_wrong_digit_of_a_gtin_is_caught(body: str, data: st.DataObject) -> None:
    gtin = body + gs1.check_digit(body)
    assert parse_gtin(gtin) == gtin
    place = data.draw(st.integers(0, len(gtin) - 1))
    digit = data.draw(st.sampled_from("0123456789").filter(lambda d: d != gtin[place]))
    with pytest.raises(GtinMistyped):
        parse_gtin(gtin[:place] + digit + gtin[place + 1 :])


@given(BODIES)
def test_leading_zeros_do_not_change_a_gtins_check_digit(body: str) -> None:
    assert gs1.check_digit(body.zfill(13)) == gs1.check_digit(body)


@pytest.mark.parametrize("code", ["91350100M000100Y43", "91000000EXAMPLE01P"])  # the standard's own
def test_published_registrations(code: str) -> None:
    assert parse_registration(code) == code


@pytest.mark.parametrize(
    "foreign",
    [
        "",
        "91350100M000100Y4",
        "91350100M000100Y433",
        "91350100m000100y43",
        "9135O100M000100Y43",
        "91350100M000100Z43",
        "91350100 M000100Y43",
        "9135A100M000100Y43",
        None,
        91,
    ],
)
def test_what_is_no_registration(foreign: object) -> None:
    with pytest.raises(RegistrationMistyped, match="18 characters"):
        parse_registration(foreign)


def test_the_expected_check_character_is_told() -> None:
    with pytest.raises(RegistrationMistyped, match="must be 3"):
        parse_registration("91350100M000100Y44")


CODES = st.builds(
    lambda head, place, tail: head + place + tail,
    st.text(ALPHABET, min_size=2, max_size=2),
    st.text("0123456789", min_size=6, max_size=6),
    st.text(ALPHABET, min_size=9, max_size=9),
)


@given(CODES, st.data())
def test_any_one_wrong_character_of_a_registration_is_caught(
    body: str, data: st.DataObject
) -> None:
    code = body + registration.check_character(body)
    assert parse_registration(code) == code
    place = data.draw(st.integers(0, 17))
    other = data.draw(st.sampled_from(ALPHABET).filter(lambda c: c != code[place]))
    with pytest.raises(RegistrationMistyped):
        parse_registration(code[:place] + other + code[place + 1 :])
