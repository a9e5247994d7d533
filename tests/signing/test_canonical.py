"""RFC 8785: its own examples, and our short cut against the general implementation."""

import json
import struct
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from app.signing.canonical import NotCanonicalizable, canonical, canonical_plain, is_plain

VECTORS = json.loads(
    (Path(__file__).parents[1] / "vectors/signing/rfc8785.json").read_text(encoding="utf-8")
)
_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_PLAIN_KEY = st.text(st.characters(max_codepoint=127), max_size=10)
_PLAIN_LEAF = (
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=0) | _TEXT
)
PLAIN = st.recursive(
    _PLAIN_LEAF,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(_PLAIN_KEY, inner, max_size=5),
    max_leaves=30,
)
ANY = st.recursive(
    _PLAIN_LEAF | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(_TEXT, inner, max_size=5),
    max_leaves=30,
)


def test_the_rfcs_own_example_gives_the_rfcs_own_bytes() -> None:
    assert canonical(json.loads(VECTORS["input"])).hex() == VECTORS["canonicalHex"]


def test_keys_are_sorted_by_utf_16_code_units() -> None:
    written = json.loads(canonical(json.loads(VECTORS["sorting"]["input"])))
    assert list(written.values()) == VECTORS["sorting"]["order"]


@pytest.mark.parametrize(("bits", "written"), VECTORS["numbers"].items())
def test_numbers_of_appendix_b(bits: str, written: str | None) -> None:
    (number,) = struct.unpack(">d", bytes.fromhex(bits))
    if written is None:
        with pytest.raises(NotCanonicalizable):
            canonical(number)
    else:
        assert canonical(number).decode() == written


@given(PLAIN)
def test_the_short_cut_writes_what_the_general_implementation_writes(document: Any) -> None:
    assert is_plain(document)
    assert canonical_plain(document) == canonical(document) == rfc8785.dumps(document)


@given(ANY)
def test_any_other_document_is_written_by_the_general_implementation(document: Any) -> None:
    assert canonical(document) == rfc8785.dumps(document)


@given(PLAIN)
def test_canonical_bytes_read_back_as_the_same_document(document: Any) -> None:
    again = json.loads(canonical(document))
    assert again == document
    assert canonical(again) == canonical(document)


class _Texts(str):
    __slots__ = ()


@pytest.mark.parametrize(
    "value",
    [
        0.5,
        1e3,
        2**53 + 1,
        -(2**53) - 1,
        {"é": 1},
        {1: "a"},
        {"a": [0.1]},
        ("a",),
        b"a",
        _Texts("a"),
    ],
    ids=repr,
)
def test_the_guard_lets_nothing_else_take_the_short_cut(value: Any) -> None:
    assert not is_plain(value)


@pytest.mark.parametrize("value", [2**53, -(2**53), True, None, "", [], {}, {"a": [{"b": "é"}]}])
def test_the_guard_lets_plain_values_take_the_short_cut(value: Any) -> None:
    assert is_plain(value)


@pytest.mark.parametrize(
    "value",
    [
        "\ud800",
        {"a": "\udfff"},
        {"\ud800": "a"},
        2**60,
        -(2**60),
        float("nan"),
        float("inf"),
        {"a": [float("-inf")]},
        b"bytes",
        {1: "number as a key"},
    ],
    ids=repr,
)
def test_what_has_no_canonical_form_is_refused(value: Any) -> None:
    with pytest.raises(NotCanonicalizable):
        canonical(value)
