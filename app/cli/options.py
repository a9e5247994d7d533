"""Options and arguments that several commands share."""

from datetime import UTC, datetime, time
from typing import Any

import click

from app.kit.clock import NotATime, parse_day, parse_stamp
from app.kit.codes import CodeMistyped, LabelCode, parse_code
from app.labels.model import WithdrawalReason

_END_OF_DAY = time(23, 59, 59)


class CodeParameter(click.ParamType[LabelCode]):
    """A label's code as a person types it."""

    name = "code"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> LabelCode:
        """Return the canonical spelling."""
        try:
            return parse_code(value)
        except CodeMistyped as wrong:
            self.fail(str(wrong), param, ctx)


class MomentParameter(click.ParamType[datetime]):
    """A day, or a time in UTC; of a day its first or its last second is meant."""

    name = "date"

    def __init__(self, *, ends_day: bool) -> None:
        self._second = _END_OF_DAY if ends_day else time.min

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Return the time."""
        if isinstance(value, datetime):
            return value
        try:
            if len(value) == len("2026-01-31"):
                return datetime.combine(parse_day(value), self._second, UTC)
            return parse_stamp(value).replace(microsecond=0)
        except NotATime as wrong:
            self.fail(str(wrong), param, ctx)


code_argument = click.argument("code", type=CodeParameter())
reason_option = click.option(
    "--reason",
    type=click.Choice([reason.value for reason in WithdrawalReason]),
    required=True,
    help="Why; everyone who scans the label is told.",
)
note_option = click.option("--note", help="More about it; it stays with the certifier.")
from_option = click.option(
    "--from",
    "valid_from",
    type=MomentParameter(ends_day=False),
    help="First day, such as 2026-01-31, or a time in UTC. Default: now.",
)
until_option = click.option(
    "--until",
    "valid_until",
    type=MomentParameter(ends_day=True),
    help="Last day, included. Default: as long as the rule allows.",
)
idempotency_option = click.option(
    "--idempotency-key", help="The same key again returns the label that it made."
)
limit_option = click.option(
    "--limit", type=click.IntRange(1, 10_000), default=100, show_default=True, help="At most."
)
