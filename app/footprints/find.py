"""Read footprints."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import ClassVar

from sqlmodel import Session

from app.footprints.model import RuleName
from app.footprints.records import (
    FootprintRow,
    accepted_rows,
    footprint_row,
    rows_of_producer,
    same_file_row,
)
from app.kit.errors import CarbonLabelError


class FootprintNotFound(CarbonLabelError):
    """No such footprint, or none that the asking party may see."""

    code: ClassVar[str] = "footprint-not-found"

    def __init__(self, footprint_id: str) -> None:
        super().__init__(
            f"There is no footprint {footprint_id[:40]!r}. Use the id that importing it gave."
        )
        self.footprint = footprint_id[:40]


@dataclass(frozen=True, slots=True)
class ReceivedFootprint:
    """A stored footprint and where it stands."""

    id: str
    producer_id: str
    digest: str
    rule: RuleName
    received_at: datetime
    accepted_by: str | None
    accepted_at: datetime | None

    @property
    def state(self) -> str:
        """`accepted`, or `received` before that."""
        return "received" if self.accepted_by is None else "accepted"


@dataclass(frozen=True, slots=True)
class AcceptedFootprint:
    """What issuing needs of an accepted footprint."""

    id: str
    producer_id: str
    accepted_by: str
    rule: RuleName
    claims: bytes  # canonical JSON


def received(row: FootprintRow) -> ReceivedFootprint:
    """Return the footprint of a row."""
    return ReceivedFootprint(
        id=row.id,
        producer_id=row.producer_id,
        digest=row.digest,
        rule=RuleName(row.rule_id, row.rule_version),
        received_at=row.received_at,
        accepted_by=row.accepted_by,
        accepted_at=row.accepted_at,
    )


def find_footprint(session: Session, footprint_id: str) -> ReceivedFootprint:
    """Return a footprint; raises `FootprintNotFound`."""
    row = footprint_row(session, footprint_id)
    if row is None:
        raise FootprintNotFound(footprint_id)
    return received(row)


def find_file(session: Session, footprint_id: str) -> bytes:
    """Return the very bytes that were handed in; raises `FootprintNotFound`."""
    row = footprint_row(session, footprint_id)
    if row is None:
        raise FootprintNotFound(footprint_id)
    return row.file


def find_same_file(session: Session, producer_id: str, file: bytes) -> ReceivedFootprint | None:
    """Return the footprint of a producer whose file has exactly these bytes, or None."""
    row = same_file_row(session, producer_id, sha256(file).hexdigest())
    return None if row is None else received(row)


def find_accepted(session: Session, ids: Collection[str]) -> Mapping[str, AcceptedFootprint]:
    """Return the accepted ones among these footprints, in one query."""
    return {
        row.id: AcceptedFootprint(
            row.id,
            row.producer_id,
            row.accepted_by,
            RuleName(row.rule_id, row.rule_version),
            row.claims,
        )
        for row in accepted_rows(session, ids)
    }


def newest_footprints(
    session: Session, producer_id: str | None = None, limit: int = 100
) -> list[ReceivedFootprint]:
    """Return the newest footprints of a producer, or of all."""
    return [received(row) for row in rows_of_producer(session, producer_id, limit)]
