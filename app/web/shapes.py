"""What goes in and out under /api/v1: the edge models. Absent means none; nothing is null."""

from collections.abc import Sequence
from datetime import datetime
from enum import IntEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from app.footprints.find import ReceivedFootprint
from app.footprints.form import Day, Form, Line, flawed, one_of, pattern, reads
from app.footprints.model import Assurance
from app.kit.clock import parse_stamp, stamp
from app.labels.model import IssuedLabel, LabelEvent, LabelStatus, WithdrawalReason
from app.printing.label import LabelFormat
from app.printing.png import DPI
from app.statements.read import read

_FIRST_YEAR, _LAST_YEAR = 2000, 2199
_FOOTPRINT = "F0123456789abcdef"
_CODE = "7Q4K2M9XG"


def _read_moment(value: object) -> datetime:
    moment = parse_stamp(value).replace(microsecond=0)  # what is signed has whole seconds
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        why = f"Expected a year from {_FIRST_YEAR} to {_LAST_YEAR}, got {stamp(moment)}."
        raise flawed("time-out-of-range", why)
    return moment


Moment = Annotated[datetime, *reads(_read_moment, {"type": "string", "format": "date-time"})]
Level = Annotated[Assurance, *one_of(Assurance, "level-unknown")]
Reason = Annotated[WithdrawalReason, *one_of(WithdrawalReason, "reason-unknown")]
FootprintId = Annotated[
    str, *pattern("F[0-9a-f]{16}", "not-a-footprint-id", f"a footprint's id such as {_FOOTPRINT}")
]


def _shows(**example: str) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [{**example}]})


class AcceptanceRequest(Form):
    """A certifier's acceptance: how sure it is, and when it verified."""

    model_config = _shows(level="limited", verifiedOn="2026-01-31")

    level: Level
    verified_on: Day


class LabelRequest(Form):
    """An order for a label. Dates left out: from now, for as long as the rule allows."""

    model_config = _shows(footprint=_FOOTPRINT, validUntil="2027-12-31T23:59:59Z")

    footprint: FootprintId
    valid_from: Moment | None = None
    valid_until: Moment | None = None


class ReissueRequest(LabelRequest):
    """An order for the corrected label that takes a label's place."""

    model_config = _shows(footprint=_FOOTPRINT, reason="error-in-data")

    reason: Reason


class RenewalRequest(LabelRequest):
    """An order for the next period's label; the old one stays valid to its date."""

    model_config = _shows(footprint=_FOOTPRINT)


class WithdrawalRequest(Form):
    """Why a label is suspended or revoked; the note stays with the certifier."""

    model_config = _shows(reason="error-in-data", note="Diesel of the second harvest was left out.")

    reason: Reason
    note: Line | None = None


class _Query(BaseModel):
    """Query parameters: a misspelt one is refused, not passed over."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ListQuery(_Query):
    """How much of a list is wanted."""

    limit: int = Field(default=100, ge=1, le=500, description="At most so many, newest first.")


class Resolution(IntEnum):
    """Dots per inch of a PNG."""

    OFFICE = DPI[0]
    PRESS = DPI[1]


class PrintQuery(_Query):
    """How a label is to be printed."""

    format: LabelFormat = Field(default=LabelFormat.PDF, description="The kind of file.")
    template: str = Field(
        default="sticker-30", max_length=60, description="The name of the label's design."
    )
    language: Literal["zh-CN", "en", "both"] = Field(
        default="zh-CN", description="The language on the label."
    )
    dpi: Resolution = Field(
        default=Resolution.OFFICE, description="Dots per inch; counts for `png` only."
    )


class _View(BaseModel):
    """An answer; made here, so that its fields are named as in Python."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True
    )


class RuleView(_View):
    """A version of a product category rule."""

    id: str
    version: str


class FootprintView(_View):
    """A footprint file that was handed in, and where it stands."""

    id: str
    state: Literal["received", "accepted"]
    producer: str = Field(description="The producer's short name.")
    digest: str = Field(description="Lower-hex SHA-256 of the file.")
    rule: RuleView
    received_at: datetime
    accepted_by: str | None = Field(default=None, description="The certifier's short name.")
    accepted_at: datetime | None = None

    @classmethod
    def of(cls, footprint: ReceivedFootprint) -> "FootprintView":
        """Return the view of a footprint."""
        return cls(
            id=footprint.id,
            state="received" if footprint.accepted_by is None else "accepted",
            producer=footprint.producer_id,
            digest=footprint.digest,
            rule=RuleView(id=footprint.rule.id, version=footprint.rule.version),
            received_at=footprint.received_at,
            accepted_by=footprint.accepted_by,
            accepted_at=footprint.accepted_at,
        )


class FootprintList(_View):
    """Footprints, newest first."""

    footprints: list[FootprintView]


StatusWord = Literal["in-force", "suspended", "revoked", "superseded"]
_STATUS: dict[LabelStatus, StatusWord] = {
    LabelStatus.IN_FORCE: "in-force",
    LabelStatus.SUSPENDED: "suspended",
    LabelStatus.REVOKED: "revoked",
    LabelStatus.SUPERSEDED: "superseded",
}


class EventView(_View):
    """Something that happened to a label."""

    event: LabelEvent
    at: datetime
    reason: WithdrawalReason | None = None


class LabelLine(_View):
    """A label as lists show it. `status` is apart from the dates: an expired one is in force."""

    code: str
    url: str = Field(description="The page that a scan opens.")
    product_name: dict[str, str] = Field(description="The product's name by language, as signed.")
    text: dict[str, str] = Field(description="The number with its unit by language, as signed.")
    status: StatusWord
    reason: WithdrawalReason | None = None
    since: datetime = Field(description="Since when it has this status.")
    issued_at: datetime
    valid_from: datetime
    valid_until: datetime
    digest: str = Field(description="Lower-hex SHA-256 of the statement.")
    footprint: str
    producer: str
    certifier: str
    replaces: str | None = Field(default=None, description="The label that this one corrects.")
    renews: str | None = Field(default=None, description="The label of the period before.")
    superseded_by: str | None = Field(default=None, description="The label that replaced this one.")


class LabelList(_View):
    """Labels, newest first."""

    labels: list[LabelLine]


class LabelView(LabelLine):
    """A label and all that happened to it, oldest first."""

    events: list[EventView]


def label_line(label: IssuedLabel) -> LabelLine:
    """Return a label as lists show it."""
    published = read(label.statement)
    return LabelLine(
        code=label.code,
        url=label.url,
        product_name=dict(published.product_name),
        text=dict(published.text),
        status=_STATUS[label.status],
        reason=label.status_reason,
        since=label.status_at,
        issued_at=label.issued_at,
        valid_from=label.valid_from,
        valid_until=label.valid_until,
        digest=label.digest,
        footprint=label.footprint_id,
        producer=label.producer_id,
        certifier=label.certifier_id,
        replaces=label.replaces,
        renews=label.renews,
        superseded_by=label.superseded_by,
    )


def label_view(label: IssuedLabel, events: Sequence[tuple[str, datetime, str | None]]) -> LabelView:
    """Return a label with its events."""
    return LabelView(
        **label_line(label).model_dump(),
        events=[
            EventView(
                event=LabelEvent(event), at=at, reason=WithdrawalReason(reason) if reason else None
            )
            for event, at, reason in events
        ],
    )


class FlawView(_View):
    """One thing to mend: where, what, and how."""

    field: str = Field(description="A path such as `stages[2].value`; empty: the whole document.")
    code: str
    message: str


class Problem(BaseModel):
    """An error (RFC 9457). Further members carry the values at fault."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    instance: str | None = None
    code: str = Field(description="Stable: programs decide by it.")
    flaws: list[FlawView] | None = Field(default=None, description="Every flaw found.")
