"""A certifier accepts a footprint: from then on its claims are frozen."""

from datetime import date, datetime, timedelta
from typing import ClassVar

from sqlmodel import Session

from app.footprints.find import FootprintNotFound, ReceivedFootprint, received
from app.footprints.model import Assurance
from app.footprints.records import FootprintRow, footprint_row
from app.kit.errors import CarbonLabelError


class FootprintAlreadyAccepted(CarbonLabelError):
    """A footprint is accepted twice."""

    code: ClassVar[str] = "footprint-already-accepted"

    def __init__(self, footprint_id: str, by: str) -> None:
        super().__init__(
            f"Footprint {footprint_id} was accepted by {by} already. Issue its label, or have the "
            "producer hand in a corrected file."
        )
        self.footprint, self.by = footprint_id, by


class VerifiedInTheFuture(CarbonLabelError):
    """The day of verification has not come yet."""

    code: ClassVar[str] = "verified-in-the-future"

    def __init__(self, on: date) -> None:
        super().__init__(
            f"The verification date {on} lies in the future. Give the day on which you verified."
        )
        self.on = on.isoformat()


class VerifiedBeforeTheData(CarbonLabelError):
    """The day of verification lies before the end of the period that was verified."""

    code: ClassVar[str] = "verified-before-the-data"

    def __init__(self, on: date, end: date) -> None:
        super().__init__(
            f"The verification date {on} lies before the end of the reference period, {end}. "
            "Give the day on which you verified."
        )
        self.on, self.end = on.isoformat(), end.isoformat()


def footprint_to_review(session: Session, footprint_id: str) -> FootprintRow:
    """Return the row of a footprint that nobody has accepted yet, locked for this transaction.

    Raises `FootprintNotFound`, `FootprintAlreadyAccepted`.
    """
    row = footprint_row(session, footprint_id)
    if row is None:
        raise FootprintNotFound(footprint_id)
    session.refresh(row, with_for_update=True)
    if row.accepted_by is not None:
        raise FootprintAlreadyAccepted(footprint_id, row.accepted_by)
    return row


def mark_accepted(
    session: Session,
    row: FootprintRow,
    *,
    by: str,
    assurance: Assurance,
    verified_on: date,
    claims: bytes,
    now: datetime,
) -> ReceivedFootprint:
    """Freeze the claims of a footprint; raises `VerifiedInTheFuture`."""
    # Today is the reader's today: the day begins fourteen hours before UTC in the far east.
    if verified_on > (now + timedelta(hours=14)).date():
        raise VerifiedInTheFuture(verified_on)
    row.accepted_by = by
    row.accepted_at = now
    row.assurance = assurance.value
    row.verified_on = verified_on
    row.claims = claims
    session.add(row)
    session.flush()
    return received(row)
