"""Strict JSON: UTF-8, one meaning, bounded. What a lenient parser would guess at is refused."""

import json
import math
from typing import Any, ClassVar, NoReturn

from app.kit.errors import CarbonLabelError

MAX_DEPTH = 32


class NotStrictJson(CarbonLabelError):
    """Bytes are not one JSON document with one meaning."""

    code: ClassVar[str] = "not-strict-json"

    def __init__(self, why: str) -> None:
        super().__init__(why)


class DocumentTooLarge(CarbonLabelError):
    """A document is larger than anything honest would be."""

    code: ClassVar[str] = "document-too-large"

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(
            f"The document has {size} bytes; at most {limit} are accepted. Send one document, "
            "without pictures or evidence inside."
        )
        self.size, self.limit = size, limit


def parse_strict(data: bytes, limit: int) -> Any:
    """Return the JSON value of `data` (UTF-8, no byte order mark, at most `limit` bytes).

    Duplicate keys, NaN, Infinity, lone surrogates and nesting beyond 32 levels are refused.

    Raises `DocumentTooLarge`, `NotStrictJson`; the message says where and what to mend.
    """
    if len(data) > limit:
        raise DocumentTooLarge(len(data), limit)
    if data.startswith(b"\xef\xbb\xbf"):
        raise NotStrictJson("The file begins with a byte order mark. Save it as UTF-8 without BOM.")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as broken:
        raise NotStrictJson(
            f"Byte {broken.start + 1} is not UTF-8 (0x{data[broken.start]:02x}). "
            "Save the file as UTF-8."
        ) from None
    _refuse_depth(text)
    try:
        value = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_constant=_refuse_constant,
            parse_int=_integer,
            parse_float=_finite,
        )
    except json.JSONDecodeError as broken:
        raise NotStrictJson(
            f"Line {broken.lineno}, column {broken.colno}: {broken.msg}. The file must be JSON."
        ) from None
    if "\\u" in text:  # only an escape can smuggle one in: the bytes themselves were UTF-8
        _refuse_surrogates(value)
    return value


def _refuse_depth(text: str) -> None:
    depth, in_string, escaped = 0, False, False
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    for character in text:
        if in_string:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                in_string = False
        elif character == '"':
            in_string = True
        elif character in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise NotStrictJson(f"The document nests deeper than {MAX_DEPTH} levels.")
        elif character in "]}":
            depth -= 1


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise NotStrictJson(f"The key {key[:60]!r} stands twice in one object. Keep one.")
            seen.add(key)
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise NotStrictJson(f"{name} is no JSON value.")


def _integer(digits: str) -> int | float:
    # Python caps the digits of an int; beyond 2^53 JSON has no exact integers anyway.
    return int(digits) if len(digits) <= 17 else _finite(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):  # 1e999 would pass for Infinity, which JSON does not have
        raise NotStrictJson(f"The number {digits[:20]} is too large to mean anything exact.")
    return number


def _refuse_surrogates(value: Any) -> None:
    if isinstance(value, str):
        if any("\ud800" <= c <= "\udfff" for c in value):
            raise NotStrictJson("A text carries half a surrogate pair (\\ud800 to \\udfff).")
    elif isinstance(value, dict):
        for key, member in value.items():
            _refuse_surrogates(key)
            _refuse_surrogates(member)
    elif isinstance(value, list):
        for member in value:
            _refuse_surrogates(member)
