import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.strict_json import MAX_DEPTH, DocumentTooLarge, NotStrictJson, parse_strict

LIMIT = 1 << 20
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(document=DOCUMENTS, escaped=st.booleans())
def test_honest_documents_are_read_as_json_reads_them(document: object, *, escaped: bool) -> None:
    data = json.dumps(document, ensure_ascii=escaped).encode()
    assert parse_strict(data, LIMIT) == document


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "Line 1, column 1"),
        (b"{", "must be JSON"),
        (b"{} {}", "Extra data"),
        (b'{"a": 1,}', "must be JSON"),
        (b"{'a': 1}", "must be JSON"),
        (b'{"a": 1} // note', "must be JSON"),
        (b'{"a": 1, "a": 1}', "'a' stands twice"),
        (b'{"a": 1, "\\u0061": 1}', "'a' stands twice"),
        (b'[{"b": {"a": 1, "a": 2}}]', "'a' stands twice"),
        (b"NaN", "NaN is no JSON value"),
        (b"[-Infinity]", "-Infinity is no JSON value"),
        (b"1e400", "too large"),
        (b"-1e400", "too large"),
        (b"9" * 400, "too large"),
        (b'"\\ud83d"', "surrogate"),
        (b'{"\\udc00": 1}', "surrogate"),
        (b'["\\udc00\\ud83d"]', "surrogate"),
        (b'"\x01"', "control character"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        (b'"\xff"', "Byte 2 is not UTF-8 (0xff)"),
        (b'"\xed\xa0\x80"', "not UTF-8"),
        (b'"\xc0\x80"', "not UTF-8"),
        ("{}".encode("utf-16"), "not UTF-8"),
        (b"[" * 33 + b"]" * 33, f"deeper than {MAX_DEPTH}"),
        (b"[" * 100_000, f"deeper than {MAX_DEPTH}"),
        (b'{"a":' * 33 + b"1" + b"}" * 33, f"deeper than {MAX_DEPTH}"),
    ],
)
def test_what_has_no_one_meaning_is_refused(data: bytes, says: str) -> None:
    with pytest.raises(NotStrictJson) as refusal:
        parse_strict(data, LIMIT)
    assert says in str(refusal.value)


def test_brackets_in_texts_do_not_nest() -> None:
    text = '[{"\\"' * 40
    assert parse_strict(json.dumps([text]).encode(), LIMIT) == [text]


def test_the_deepest_that_is_allowed() -> None:
    assert parse_strict(b"[" * 32 + b"]" * 32, LIMIT)


def test_an_escaped_pair_is_one_character() -> None:
    assert parse_strict(b'"\\ud83c\\udf4a"', LIMIT) == "🍊"


def test_the_size_limit_counts_bytes() -> None:
    assert parse_strict('"橙"'.encode(), 5) == "橙"
    with pytest.raises(DocumentTooLarge) as refusal:
        parse_strict('"橙"'.encode(), 4)
    assert (refusal.value.size, refusal.value.limit) == (5, 4)


def test_integers_beyond_what_json_holds_do_not_stall_the_parser() -> None:
    assert parse_strict(b"12345678901234567", LIMIT) == 12345678901234567
    assert parse_strict(b"123456789012345678901", LIMIT) == 123456789012345678901.0


@given(st.binary(max_size=64))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        value = parse_strict(data, LIMIT)
    except NotStrictJson:
        return
    assert value == json.loads(data)
