from datetime import UTC, date, datetime, timedelta, timezone

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from app.kit.clock import NotATime, now, parse_day, parse_stamp, stamp


def test_now_is_in_utc_and_whole_seconds() -> None:
    with time_machine.travel(datetime(2026, 1, 31, 23, 59, 59, 999_999, tzinfo=UTC), tick=False):
        assert now() == datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC)
        assert stamp(now()) == "2026-01-31T23:59:59Z"


def test_another_zone_is_written_in_utc() -> None:
    beijing = timezone(timedelta(hours=8))
    assert stamp(datetime(2026, 1, 1, 7, 30, tzinfo=beijing)) == "2025-12-31T23:30:00Z"
    assert parse_stamp("2026-01-01T07:30:00+08:00") == datetime(2025, 12, 31, 23, 30, tzinfo=UTC)


@given(st.datetimes(timezones=st.just(UTC)).map(lambda moment: moment.replace(microsecond=0)))
def test_stamps_are_read_as_written(moment: datetime) -> None:
    assert parse_stamp(stamp(moment)) == moment
    assert len(stamp(moment)) == 20  # also for years before 1000


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-01-31",
        "2026-01-31T23:59:59",
        "2026-01-31 23:59:59Z",
        "2026-02-30T00:00:00Z",
        "2026-01-31T25:00:00Z",
        "20260131T235959Z",
        "2026-01-31T23:59:59+99:00",
        "0001-01-01T00:00:00+23:59",
        "２026-01-31T23:59:59Z",
    ],
)
def test_what_is_no_timestamp(text: str) -> None:
    with pytest.raises(NotATime, match="such as 2026-01-31T23:59:59Z"):
        parse_stamp(text)


def test_days() -> None:
    assert parse_day("2024-02-29") == date(2024, 2, 29)
    for foreign in ("2023-02-29", "2023-2-1", "20230201", "2023-W01-1", "", None, 20230201):
        with pytest.raises(NotATime, match="such as 2026-01-31"):
            parse_day(foreign)
