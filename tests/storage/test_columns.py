"""Columns that keep values exactly, the same on both databases."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from sqlalchemy import Column, Engine, Integer, MetaData, Table, insert, select, text

from app.storage.columns import ExactDecimal, TextsColumn, UtcDateTime
from app.storage.engine import reading, writing

TABLE = Table(
    "kept",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("at", UtcDateTime),
    Column("amount", ExactDecimal),
    Column("name", TextsColumn),
)


@pytest.fixture
def kept(engine: Engine) -> Iterator[Engine]:
    TABLE.create(engine)
    yield engine
    TABLE.drop(engine)


def store(engine: Engine, **values: object) -> object:
    """Store one row, and return what the one column that was given reads back as."""
    with writing(engine) as session:
        session.connection().execute(insert(TABLE).values(**values))
    (name,) = values
    with reading(engine) as session:
        return session.connection().execute(select(TABLE.c[name])).scalar_one()


@pytest.mark.parametrize("column", ["at", "amount", "name"])
def test_nothing_stays_nothing(kept: Engine, column: str) -> None:
    assert store(kept, **{column: None}) is None


@pytest.mark.parametrize("digits", ["0.2956", "1.90", "0", "-0.50", "1E+2", "9" * 28])
def test_a_decimal_keeps_its_value(kept: Engine, digits: str) -> None:
    assert store(kept, amount=Decimal(digits)) == Decimal(digits)
    with reading(kept) as session:
        assert "E" not in session.connection().execute(text("SELECT amount FROM kept")).scalar_one()


def test_a_decimal_keeps_its_digits(kept: Engine) -> None:
    assert str(store(kept, amount=Decimal("1.90"))) == "1.90"


def test_a_time_is_utc_whatever_zone_it_came_in(kept: Engine) -> None:
    beijing = timezone(timedelta(hours=8))
    found = store(kept, at=datetime(2026, 1, 1, 7, 59, 59, 999_999, beijing))
    assert found == datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC)


def test_a_time_without_a_zone_is_refused(kept: Engine) -> None:
    with pytest.raises(Exception, match="no time zone"):
        store(kept, at=datetime(2026, 1, 1))  # noqa: DTZ001 - the very mistake


def test_texts_are_kept_in_every_language(kept: Engine) -> None:
    assert store(kept, name={"zh-CN": "爱媛橙", "en": 'Ehime "orange"'}) == {
        "en": 'Ehime "orange"',
        "zh-CN": "爱媛橙",
    }
