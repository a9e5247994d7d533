"""Time: UTC, timezone-aware, whole seconds in everything that is signed."""

import re
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import ClassVar

from app.kit.errors import CarbonLabelError

_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)", re.ASCII)


class NotATime(CarbonLabelError):
    """A time or date is not written as RFC 3339 asks."""

    code: ClassVar[str] = "not-a-time"

    def __init__(self, got: object, example: str) -> None:
        super().__init__(f"Expected a date or time such as {example}, got {str(got)[:60]!r}.")
        self.got = str(got)[:60]


def now() -> datetime:
    """Return the present time in UTC, cut to the second."""
    return datetime.now(UTC).replace(microsecond=0)


@lru_cache(maxsize=256)  # a batch, or a second of scans, writes the same few moments
def stamp(moment: datetime) -> str:
    """Return `2026-01-31T23:59:59Z`."""
    # isoformat, because strftime does not pad years before 1000
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def parse_stamp(text: object) -> datetime:
    """Return the UTC time of an RFC 3339 timestamp; raises `NotATime`."""
    if isinstance(text, str) and _STAMP.fullmatch(text):
        try:
            return datetime.fromisoformat(text).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise NotATime(text, "2026-01-31T23:59:59Z")


def parse_day(text: object) -> date:
    """Return the date of `YYYY-MM-DD`; raises `NotATime`."""
    if isinstance(text, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise NotATime(text, "2026-01-31")
