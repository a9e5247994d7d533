"""Columns that keep values exactly, the same on SQLite and PostgreSQL."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy import Dialect, String, Text
from sqlalchemy.types import TypeDecorator

from app.kit.clock import parse_stamp, stamp
from app.kit.decimals import plain


class UtcDateTime(TypeDecorator[datetime]):
    """A UTC time of whole seconds, stored as `2026-01-31T23:59:59Z`: sorts as it reads."""

    impl = String(20)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Write a timezone-aware time; one that names no zone could mean anything."""
        if value is not None and value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        return None if value is None else stamp(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Read a timezone-aware time."""
        return None if value is None else parse_stamp(value)


class ExactDecimal(TypeDecorator[Decimal]):
    """An exact decimal, stored as the text in which it was declared."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Write plain digits."""
        return None if value is None else plain(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Decimal | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Read the exact value."""
        return None if value is None else Decimal(value)


class TextsColumn(TypeDecorator[dict[str, str]]):
    """Texts by language, stored as a JSON object."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: dict[str, str] | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Write one JSON object with sorted keys."""
        if value is None:
            return None
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()

    def process_result_value(self, value: Any | None, dialect: Dialect) -> dict[str, str] | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Read the mapping."""
        return None if value is None else dict(orjson.loads(value))
