"""Withdraw labels: suspend and reinstate, revoke, and the old half of a reissue.

Every change locks the register's head first, so that of two at once exactly one wins, and writes
the label's new status, its seal and its event in the caller's transaction.
"""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Row
from sqlmodel import Session

from app.kit.clock import NotATime, stamp
from app.kit.codes import LabelCode
from app.kit.errors import CarbonLabelError
from app.kit.texts import checked_text
from app.labels.desk import WithdrawalDesk
from app.labels.find import LabelNotFound, RowAltered, find_label
from app.labels.model import IssuedLabel, LabelEvent, LabelStatus, WithdrawalReason
from app.labels.records import add_events, label_row, lock_head, mark_label, move_head
from app.labels.sealing import is_intact, sealed_row

MAX_NOTE = 1000  # characters


class LabelAlreadyRevoked(CarbonLabelError):
    """A label that is revoked already is to be changed."""

    code: ClassVar[str] = "label-already-revoked"

    def __init__(self, label: str, on: datetime) -> None:
        super().__init__(
            f"Label {label} was revoked on {on:%Y-%m-%d}, which is final. Issue a new label for a "
            "corrected footprint."
        )
        self.label, self.on = label, stamp(on)


class LabelAlreadySuperseded(CarbonLabelError):
    """A label that was reissued already is to be changed."""

    code: ClassVar[str] = "label-already-superseded"

    def __init__(self, label: str, by: str | None) -> None:
        super().__init__(f"Label {label} was replaced by {by}. Change that one instead.")
        self.label, self.superseded_by = label, by


class LabelAlreadySuspended(CarbonLabelError):
    """A label that is suspended already is to be suspended."""

    code: ClassVar[str] = "label-already-suspended"

    def __init__(self, label: str, since: datetime) -> None:
        super().__init__(
            f"Label {label} is suspended since {since:%Y-%m-%d}. Reinstate or revoke it."
        )
        self.label, self.since = label, stamp(since)


class LabelNotSuspended(CarbonLabelError):
    """A label that is not suspended is to be reinstated."""

    code: ClassVar[str] = "label-not-suspended"

    def __init__(self, label: str) -> None:
        super().__init__(f"Label {label} is not suspended, so there is nothing to reinstate.")
        self.label = label


class ForeignLabel(CarbonLabelError):
    """A certifier acts on another certifier's label."""

    code: ClassVar[str] = "foreign-label"

    def __init__(self, label: str) -> None:
        super().__init__(f"Label {label} was signed by another certifier; only that one may act.")
        self.label = label


def suspend(
    session: Session,
    desk: WithdrawalDesk,
    code: LabelCode,
    reason: WithdrawalReason,
    now: datetime,
    note: str | None = None,
) -> IssuedLabel:
    """Suspend a label until it is reinstated or revoked.

    Raises `LabelNotFound`, `ForeignLabel`, `LabelAlreadySuspended`, `LabelAlreadyRevoked`,
    `LabelAlreadySuperseded`, `HiddenCharacter`, `TextLengthWrong`.
    """
    head, row = open_for_withdrawal(session, desk, code)
    if row.status == LabelStatus.SUSPENDED:
        raise LabelAlreadySuspended(code, row.status_at)
    event = (LabelEvent.SUSPENDED, reason, note)
    return _mark(session, desk, head, row, LabelStatus.SUSPENDED, event, now)


def reinstate(
    session: Session, desk: WithdrawalDesk, code: LabelCode, now: datetime, note: str | None = None
) -> IssuedLabel:
    """End a suspension.

    Raises `LabelNotFound`, `ForeignLabel`, `LabelNotSuspended`, `LabelAlreadyRevoked`,
    `LabelAlreadySuperseded`, `HiddenCharacter`, `TextLengthWrong`.
    """
    head, row = open_for_withdrawal(session, desk, code)
    if row.status != LabelStatus.SUSPENDED:
        raise LabelNotSuspended(code)
    event = (LabelEvent.REINSTATED, None, note)
    return _mark(session, desk, head, row, LabelStatus.IN_FORCE, event, now)


def revoke(
    session: Session,
    desk: WithdrawalDesk,
    code: LabelCode,
    reason: WithdrawalReason,
    now: datetime,
    note: str | None = None,
) -> IssuedLabel:
    """Revoke a label for good: from now on every scan says so.

    Raises `LabelNotFound`, `ForeignLabel`, `LabelAlreadyRevoked`, `LabelAlreadySuperseded`,
    `HiddenCharacter`, `TextLengthWrong`.
    """
    head, row = open_for_withdrawal(session, desk, code)
    event = (LabelEvent.REVOKED, reason, note)
    return _mark(session, desk, head, row, LabelStatus.REVOKED, event, now)


def mark_superseded(
    session: Session,
    desk: WithdrawalDesk,
    code: LabelCode,
    successor: LabelCode,
    reason: WithdrawalReason,
    now: datetime,
) -> None:
    """Mark the old half of a reissue; the successor's row is in the same transaction already.

    Raises as `revoke` does.
    """
    head, row = open_for_withdrawal(session, desk, code)
    event = (LabelEvent.SUPERSEDED, reason, None)
    _mark(session, desk, head, row, LabelStatus.SUPERSEDED, event, now, successor)


def open_for_withdrawal(
    session: Session, desk: WithdrawalDesk, code: LabelCode
) -> tuple[Row[Any], Row[Any]]:
    """Lock the head and return it with the label's row, which may still be withdrawn.

    Raises `LabelNotFound`, `ForeignLabel`, `RowAltered`, `LabelAlreadyRevoked`,
    `LabelAlreadySuperseded`.
    """
    head = lock_head(session)
    try:
        row = label_row(session, code)
    except NotATime:
        raise RowAltered(code) from None
    if row is None:
        raise LabelNotFound(code)
    if row.certifier_id != desk.certifier_id:
        raise ForeignLabel(code)
    # Sealing an altered row anew would make it genuine.
    if not is_intact(row, desk.seal):
        raise RowAltered(code)
    if row.status == LabelStatus.REVOKED:
        raise LabelAlreadyRevoked(code, row.status_at)
    if row.status == LabelStatus.SUPERSEDED:
        raise LabelAlreadySuperseded(code, row.superseded_by)
    return head, row


def _mark(
    session: Session,
    desk: WithdrawalDesk,
    head: Row[Any],
    row: Row[Any],
    status: LabelStatus,
    event: tuple[LabelEvent, WithdrawalReason | None, str | None],
    now: datetime,
    successor: LabelCode | None = None,
) -> IssuedLabel:
    what, reason, note = event
    if note is not None:
        checked_text(note, "note", MAX_NOTE)
    at = max(now, head.last_time)
    sequence = head.status_sequence + 1
    marked = {
        "status": int(status),
        "status_at": at,
        "status_reason": reason.value if reason else None,
        "status_sequence": sequence,
        "superseded_by": successor,
    }
    sealed = sealed_row(row)._replace(**{**marked, "status_at": stamp(at)})
    mark_label(session, row.code, **marked, seal=desk.seal.over(sealed.parts()))
    add_events(
        session,
        [
            {
                "number": head.events,
                "code": row.code,
                "event": what.value,
                "statement_digest": row.digest,
                "at": at,
                "reason": reason.value if reason else None,
                "note": note,
                "by": desk.by,
            }
        ],
    )
    move_head(session, events=head.events + 1, status_sequence=sequence, last_time=at)
    return find_label(session, LabelCode(row.code))
