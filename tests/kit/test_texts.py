import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.texts import (
    LANGUAGE_TAG,
    HiddenCharacter,
    TextLengthWrong,
    checked_text,
    in_language,
    refuse_hidden,
    tagged,
    untagged,
)

VISIBLE = st.text(st.characters(exclude_categories=["C", "Z", "M"]), min_size=1)


@pytest.mark.parametrize(
    "character",
    [
        "\x00",
        "\n",
        "\t",
        "\x7f",
        "\x85",
        "\xad",
        "\u061c",
        "\u180e",
        "\u200b",
        "\u200e",
        "\u200f",
        "\u202a",
        "\u202e",
        "\u2028",
        "\u2029",
        "\u2060",
        "\u2066",
        "\u2069",
        "\ufeff",
        "\ufff9",
        "\ue000",
        "\uffff",
        "\ud800",
        "\U000e0041",
        "\U000f0000",
        "\u034f",
        "\u115f",
        "\u1160",
        "\u2800",
        "\u3164",
        "\uffa0",
    ],
    ids=lambda character: f"U+{ord(character):04X}",
)
def test_what_cannot_be_seen_is_refused_and_named(character: str) -> None:
    with pytest.raises(HiddenCharacter, match="Remove it") as refusal:
        refuse_hidden(f"爱媛橙 {character} orange")
    assert refusal.value.character == f"U+{ord(character):04X}"
    assert refusal.value.position == 4


@pytest.mark.parametrize(
    "text", ["", "爱媛橙（虚构）", "Čaj & <b>co</b>", "می‌خواهم", "👩‍🌾🍊️", "a\u00a0b", "e\u0301"]
)
def test_what_can_be_seen_is_returned_as_it_is(text: str) -> None:
    assert refuse_hidden(text) is text


def test_no_control_or_format_character_of_unicode_comes_through() -> None:
    for point in range(0x110000):
        character = chr(point)
        if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}:
            if point in {0x200C, 0x200D}:
                continue
            with pytest.raises(HiddenCharacter):
                refuse_hidden(character)


@given(st.dictionaries(st.from_regex(LANGUAGE_TAG, fullmatch=True), VISIBLE, max_size=5))
def test_tagging_and_back_gives_the_same_texts(texts: dict[str, str]) -> None:
    values = tagged(texts)
    assert [value["@language"] for value in values] == sorted(texts)
    assert untagged(values) == texts


def test_untagging_what_is_no_list_of_texts_gives_nothing() -> None:
    for foreign in (None, "text", 7, {"en": "x"}, [7, {"@value": "x"}, {"@language": "en"}]):
        assert untagged(foreign) == {}


def test_the_nearest_language_is_taken() -> None:
    texts = {"en": "orange", "zh-CN": "橙", "fr": "orange douce"}
    assert in_language(texts, "zh-CN") == "橙"
    assert in_language(texts, "zh-TW") == "橙"
    assert in_language(texts, "fr-CA") == "orange douce"
    assert in_language(texts, "de") == "orange"
    assert in_language({"zh-CN": "橙"}, "de") == "橙"
    assert in_language({}, "en") == ""


@pytest.mark.parametrize("tag", ["en", "zh-CN", "zh-Hans", "zh-Hans-CN", "es-419", "und", "yue"])
def test_language_tags(tag: str) -> None:
    assert LANGUAGE_TAG.fullmatch(tag)


@pytest.mark.parametrize("tag", ["", "EN", "zh_CN", "zh-cn", "e", "english", "en-", "en\n", "zh-"])
def test_what_is_no_language_tag(tag: str) -> None:
    assert not LANGUAGE_TAG.fullmatch(tag)


@pytest.mark.parametrize("text", ["", "  ", "x" * 11])
def test_an_empty_or_overlong_text_is_refused(text: str) -> None:
    with pytest.raises(TextLengthWrong, match="expected 1 to 10"):
        checked_text(text, "note", 10)


def test_a_text_that_fits_is_returned_and_a_hidden_character_is_not() -> None:
    assert checked_text("x" * 10, "note", 10) == "x" * 10
    with pytest.raises(HiddenCharacter):
        checked_text("a\u202eb", "note", 10)
