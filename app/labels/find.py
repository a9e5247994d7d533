"""Read the register."""

from datetime import datetime
from typing import ClassVar

from sqlmodel import Session

from app.kit.clock import NotATime
from app.kit.codes import LabelCode
from app.kit.errors import CarbonLabelError
from app.labels.model import IssuedLabel
from app.labels.records import (
    event_rows,
    find_request,
    issued_label,
    label_row,
    label_rows,
    renewal_code,
)

# What SQLAlchemy and our enums say of a value that we never write.
_UNREADABLE = (NotATime, ValueError, TypeError)


class LabelNotFound(CarbonLabelError):
    """No label has this code."""

    code: ClassVar[str] = "label-not-found"

    def __init__(self, code: str) -> None:
        super().__init__(f"There is no label {code[:40]!r}. Compare the code with the label.")
        self.label = code[:40]


class RowAltered(CarbonLabelError):
    """A label's row does not fit its seal: someone changed the database behind our back."""

    code: ClassVar[str] = "row-altered"

    def __init__(self, label: str) -> None:
        super().__init__(
            f"The stored row of label {label} was altered outside this service. Nothing was done. "
            "Compare it with a backup; `carbon-label db check` names every such row."
        )
        self.label = label


def find_label(session: Session, code: LabelCode) -> IssuedLabel:
    """Return a label; raises `LabelNotFound`, `RowAltered` if its row cannot be read."""
    try:
        row = label_row(session, code)
        label = None if row is None else issued_label(row)
    except _UNREADABLE:
        raise RowAltered(code) from None
    if label is None:
        raise LabelNotFound(code)
    return label


def newest_labels(
    session: Session,
    *,
    producer_id: str | None = None,
    certifier_id: str | None = None,
    limit: int = 100,
) -> list[IssuedLabel]:
    """Return the newest labels, of a producer or certifier if one is given.

    Raises `RowAltered` if a row among them cannot be read.
    """
    try:
        rows = label_rows(session, producer_id=producer_id, certifier_id=certifier_id, limit=limit)
        return [issued_label(row) for row in rows]
    except _UNREADABLE:
        raise RowAltered("in this list") from None


def find_events(session: Session, code: LabelCode) -> list[tuple[str, datetime, str | None]]:
    """Return what happened to a label: event, time and reason, oldest first."""
    return [(row.event, row.at, row.reason) for row in event_rows(session, code)]


def label_of_request(session: Session, certifier_id: str, idempotency_key: str) -> LabelCode | None:
    """Return the label that a certifier's idempotency key made before, or None."""
    earlier = find_request(session, certifier_id, idempotency_key)
    return None if earlier is None else LabelCode(earlier.code)


def latest_code(session: Session, code: LabelCode) -> LabelCode:
    """Return the newest label of this product: through corrections and renewals to the end.

    Raises `LabelNotFound`.
    """
    latest = find_label(session, code).code
    seen = {latest}
    while True:
        label = find_label(session, latest)
        following = label.superseded_by or renewal_code(session, latest)
        if following is None or following in seen:
            return latest
        latest = LabelCode(following)
        seen.add(latest)
