"""The ground of our edge models: strict fields, and flaws that tell a person what to mend.

A field type here reads one JSON or TOML value, refuses what is not exactly it, and carries its own
piece of JSON Schema, so that the published schema and the code cannot drift apart.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import partial
from types import NoneType
from typing import Annotated, Any, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, WithJsonSchema
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails, PydanticCustomError

from app.footprints.model import Boundary
from app.kit.clock import parse_day
from app.kit.decimals import MAX_DIGITS, parse_decimal
from app.kit.errors import CarbonLabelError, Flaw
from app.kit.gs1 import parse_gtin
from app.kit.registration import ALPHABET, parse_registration
from app.kit.texts import LANGUAGE_TAG, refuse_hidden
from app.kit.units import Indicator, Unit

MAX_NAME = 200
MAX_TEXT = 1000
MAX_LANGUAGES = 20
MAX_FLAWS = 100  # a file can hold ten thousand; nobody reads on
_SHOWN = 60  # characters of a foreign value that a message repeats
_WORD = "[a-z0-9]+(?:-[a-z0-9]+)*"


class Form(BaseModel):
    """An edge model: unknown keys are refused, nothing is converted silently."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        alias_generator=to_camel,
        hide_input_in_errors=True,
    )


def flawed(code: str, message: str) -> PydanticCustomError:
    """Return the error by which a validator tells its flaw; braces in foreign text stay inert."""
    return PydanticCustomError("flaw", "{message}", {"code": code, "message": message})


def reads(read: Callable[[Any], object], schema: Mapping[str, object]) -> tuple[Any, Any]:
    """Return pydantic metadata: `read` makes the value, its `CarbonLabelError` becomes a flaw."""

    def validate(value: object) -> object:
        try:
            return read(value)
        except CarbonLabelError as error:
            raise flawed(error.code, str(error)) from None

    return BeforeValidator(validate), WithJsonSchema(dict(schema))


def read_line(value: object, limit: int = MAX_TEXT) -> str:
    """Return a text of one line as it is; raises the flaw that it has."""
    if not isinstance(value, str):
        raise flawed("not-a-text", f'Expected a text, got {shown(value)}. Write it in "quotes".')
    if not value.strip():
        raise flawed("text-blank", "Expected a text, got blanks. Fill it in or leave it out.")
    if len(value) > limit:
        raise flawed(
            "text-too-long", f"Has {len(value)} characters, at most {limit} fit. Shorten it."
        )
    return refuse_hidden(value)


def _line(limit: int) -> tuple[Any, Any]:
    return reads(partial(read_line, limit=limit), _line_schema(limit))


def _by_language(limit: int, *, is_name: bool) -> tuple[Any, Any]:
    def read(value: object) -> object:
        if not isinstance(value, dict) or not value:
            raise flawed(
                "not-texts",
                f"Expected a text in each language, got {shown(value)}. "
                'Write it as {"zh-CN": "…", "en": "…"}.',
            )
        if len(value) > MAX_LANGUAGES:
            raise flawed("too-many", f"Has {len(value)} languages, at most {MAX_LANGUAGES}.")
        for tag in value:
            if not LANGUAGE_TAG.fullmatch(tag):
                raise flawed(
                    "language-unknown",
                    f'{shown(tag)} is no language tag. Write one such as "zh-CN", "en" or "fr".',
                )
        if is_name and not value.keys() & {"zh-CN", "en"}:
            raise flawed(
                "language-missing",
                "Whoever scans the label reads Chinese or English, and the name is in neither. "
                'Add "zh-CN" or "en".',
            )
        return value

    return reads(read, _texts_schema(limit, is_name=is_name))


def _texts_schema(limit: int, *, is_name: bool) -> dict[str, object]:
    schema: dict[str, object] = {
        "type": "object",
        "minProperties": 1,
        "maxProperties": MAX_LANGUAGES,
        "propertyNames": {"pattern": f"^(?:{LANGUAGE_TAG.pattern})$"},
        "additionalProperties": _line_schema(limit),
    }
    if is_name:
        schema["anyOf"] = [{"required": ["zh-CN"]}, {"required": ["en"]}]
    return schema


def _line_schema(limit: int) -> dict[str, object]:
    return {"type": "string", "pattern": r"\S", "maxLength": limit}


def pattern(expression: str, code: str, expected: str, limit: int = 100) -> tuple[Any, Any]:
    """Return pydantic metadata of a text that matches `expression` wholly."""
    form = re.compile(expression, re.ASCII)

    def read(value: object) -> str:
        if not isinstance(value, str) or len(value) > limit or not form.fullmatch(value):
            raise flawed(code, f"Expected {expected}, got {shown(value)}.")
        return value

    return reads(read, {"type": "string", "pattern": f"^(?:{expression})$", "maxLength": limit})


def one_of(kind: type[StrEnum], code: str) -> tuple[Any, Any]:
    """Return pydantic metadata of a closed list of words."""

    def read(value: object) -> StrEnum:
        if isinstance(value, str) and value in kind._value2member_map_:
            return kind(value)
        raise flawed(code, f"Expected one of {', '.join(kind)}, got {shown(value)}.")

    return reads(read, {"type": "string", "enum": [member.value for member in kind]})


def decimal_between(low: str, high: str, expected: str) -> tuple[Any, Any]:
    """Return pydantic metadata of a decimal string from `low` to `high`."""
    least, most = Decimal(low), Decimal(high)

    def read(value: object) -> Decimal:
        number = parse_decimal(value)
        if not least <= number <= most:
            raise flawed("out-of-range", f"Expected {expected}, got {number:f}.")
        return number

    return reads(read, _DECIMAL_SCHEMA)


def _above_zero(value: object) -> Decimal:
    number = parse_decimal(value)
    if number <= 0:
        raise flawed("out-of-range", f"Expected more than zero, got {number:f}.")
    return number


_DECIMAL_SCHEMA = {
    "type": "string",
    "pattern": rf"^(?!-0(?:\.0+)?$)(?!(?:[^0-9]*[0-9]){{{MAX_DIGITS + 1}}})"
    r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?$",
}
_DAY_SCHEMA = {
    "type": "string",
    "format": "date",
    "pattern": "^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])$",
}

Exact = Annotated[Decimal, *reads(parse_decimal, _DECIMAL_SCHEMA)]
Positive = Annotated[
    Decimal,
    *reads(_above_zero, {**_DECIMAL_SCHEMA, "allOf": [{"pattern": "^[0-9.]*[1-9][0-9.]*$"}]}),
]
Day = Annotated[date, *reads(parse_day, _DAY_SCHEMA)]
Gtin = Annotated[
    str, *reads(parse_gtin, {"type": "string", "pattern": "^(?:[0-9]{8}|[0-9]{12,14})$"})
]
Registration = Annotated[
    str,
    *reads(
        parse_registration,
        {"type": "string", "pattern": f"^[{ALPHABET}]{{2}}[0-9]{{6}}[{ALPHABET}]{{10}}$"},
    ),
]
LINE_SCHEMA = _line_schema(MAX_TEXT)
PROSE_SCHEMA = _texts_schema(MAX_TEXT, is_name=False)
ShortLine = Annotated[str, *_line(MAX_NAME)]
Line = Annotated[str, *_line(MAX_TEXT)]
Name = Annotated[dict[str, ShortLine], *_by_language(MAX_NAME, is_name=True)]
Prose = Annotated[dict[str, Line], *_by_language(MAX_TEXT, is_name=False)]
Word = Annotated[
    str,
    *pattern(_WORD, "not-an-id", "small letters and digits with hyphens, at most 60 in all", 60),
]
Category = Annotated[
    str,
    *pattern(rf"{_WORD}(?:/{_WORD})*", "category-malformed", "a category such as fruit/citrus"),
]
Version = Annotated[
    str, *pattern(r"[1-9][0-9]{0,5}(?:\.[0-9]{1,6}){0,2}", "not-a-version", 'a version such as "1"')
]
UnitWord = Annotated[Unit, *one_of(Unit, "unit-unknown")]
BoundaryWord = Annotated[Boundary, *one_of(Boundary, "boundary-unknown")]
IndicatorWord = Annotated[Indicator, *one_of(Indicator, "indicator-unknown")]
Share = Annotated[Decimal, *decimal_between("0", "1", "a share from 0 to 1")]
Rating = Annotated[Decimal, *decimal_between("1", "5", "a rating from 1 (best) to 5")]


def shown(value: object) -> str:
    """Return a foreign value as a message may repeat it: short, invisible characters escaped."""
    if isinstance(value, str):
        cut = value[:_SHOWN]
        return repr(cut) + ("…" if len(value) > _SHOWN else "")
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"the number {value}"
    return "an object" if isinstance(value, dict) else "a list"


def path(parts: Sequence[int | str]) -> str:
    """Return `stages[2].value`; a key that is no plain word is quoted and escaped."""
    text = ""
    for part in parts:
        if part == "[key]":  # pydantic's mark: the key itself is wrong, not what it holds
            continue
        if isinstance(part, int):
            text += f"[{part}]"
        elif re.fullmatch(r"[\w-]{1,60}", part, re.ASCII):
            text += f".{part}" if text else part
        else:
            text += f"[{json.dumps(part[:_SHOWN])}]"
    return text


def flaws_of(refusal: ValidationError, form: type[Form]) -> list[Flaw]:
    """Return every flaw that pydantic found in a document of `form`, at most `MAX_FLAWS`."""
    found = refusal.errors(include_url=False)
    flaws = [_flaw(error, form) for error in found[:MAX_FLAWS]]
    if len(found) > MAX_FLAWS:
        flaws.append(Flaw("", "too-many-flaws", f"{len(found) - MAX_FLAWS} more flaws follow."))
    return flaws


def _flaw(error: ErrorDetails, form: type[Form]) -> Flaw:
    where, context = path(error["loc"]), error.get("ctx", {})
    key = str(error["loc"][-1])[:_SHOWN] if error["loc"] else ""
    match error["type"]:
        case "flaw":
            return Flaw(where, str(context["code"]), str(context["message"]))
        case "missing":
            return Flaw(where, "key-missing", f'The key "{key}" is required. Add it.')
        case "extra_forbidden":
            known = ", ".join(_keys_at(form, error["loc"][:-1]))
            return Flaw(
                where,
                "key-unknown",
                f"No such key. Remove it or correct its spelling; the keys here are: {known}.",
            )
        case "too_long" | "too_short":
            limit = context.get("max_length", context.get("min_length"))
            bound, code = ("most", "too-many") if "max_length" in context else ("least", "too-few")
            return Flaw(where, code, f"Has {context['actual_length']} entries; at {bound} {limit}.")
        case "model_type" | "list_type" as kind:
            wanted = "an object {…}" if kind == "model_type" else "a list […]"
            return Flaw(
                where, "wrong-shape", f"Expected {wanted}, got {shown(error['input'])}. Rewrite it."
            )
        case _:
            return Flaw(where, "wrong-shape", f"{error['msg']}, got {shown(error['input'])}.")


def _keys_at(form: type[Form], parts: Sequence[int | str]) -> list[str]:
    for part in parts:
        if isinstance(part, str):
            fields = {field.alias or name: field for name, field in form.model_fields.items()}
            form = _form_in(fields[part].annotation) or form
    return [field.alias or name for name, field in form.model_fields.items()]


def _form_in(annotation: Any) -> type[Form] | None:
    if isinstance(annotation, type) and issubclass(annotation, Form):
        return annotation
    inner = (_form_in(argument) for argument in get_args(annotation) if argument is not NoneType)
    return next((form for form in inner if form is not None), None)
