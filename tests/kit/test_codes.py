import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.codes import (
    ALPHABET,
    LENGTH,
    CodeMistyped,
    check_character,
    new_code,
    parse_code,
    shown,
)

DIGITS = st.text(ALPHABET, min_size=8, max_size=8)


def refused(text: str) -> bool:
    with pytest.raises(CodeMistyped, match="compare it with the label"):
        parse_code(text)
    return True


def test_the_published_example() -> None:
    assert check_character("7Q4K2M9X") == "G"
    assert shown("7Q4K2M9XG") == "7Q4K-2M9X-G"


@pytest.mark.parametrize(
    "typed", ["7Q4K2M9XG", "7q4k2m9xg", "7Q4K-2M9X-G", " 7q4k 2m9x g ", "7Q4K\u20112M9X\u2013G"]
)
def test_a_code_is_read_as_people_write_it(typed: str) -> None:
    assert parse_code(typed) == "7Q4K2M9XG"


def test_letters_that_look_like_digits_are_read_as_digits() -> None:
    code = "0110" + "0110"
    code += check_character(code)
    assert parse_code(code.replace("0", "o").replace("1", "l")) == code
    assert parse_code(code.replace("0", "O").replace("1", "I")) == code


@pytest.mark.parametrize(
    "typed", ["", "7Q4K2M9X", "7Q4K2M9XGG", "7Q4K2M9XU", "7Q4K2M9XH", "-" * 41, "<script>"]
)
def test_what_cannot_be_a_code_is_mistyped(typed: str) -> None:
    assert refused(typed)


def test_foreign_letters_are_not_read_as_ascii_ones() -> None:
    sharp = "7Q4K2M" + "SS"  # what the upper case of U+00DF is
    assert refused("7Q4K2M\u00df" + check_character(sharp))


def test_a_new_code_is_one_and_shown_as_it_is_read() -> None:
    code = new_code()
    assert len(code) == LENGTH
    assert parse_code(shown(code)) == code


@given(DIGITS, st.integers(0, 8), st.sampled_from(ALPHABET))
def test_any_one_wrong_character_is_caught(digits: str, place: int, other: str) -> None:
    code = digits + check_character(digits)
    wrong = code[:place] + other + code[place + 1 :]
    assert wrong == code or refused(wrong)


@given(DIGITS, st.integers(0, 7))
def test_any_two_swapped_neighbours_are_caught(digits: str, place: int) -> None:
    code = digits + check_character(digits)
    wrong = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert wrong == code or refused(wrong)
