"""The tables of the register, and their SQL.

A label's row is added once; afterwards only the columns of its status change, and the seal with
them. The seal is keyed (`app.signing.seal`): whoever can write to the database but has not the
installation's secret cannot make a row that a scan would call valid.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Table, bindparam, insert, or_, select, update
from sqlmodel import Field, Session, SQLModel, UniqueConstraint

from app.kit.codes import LabelCode
from app.labels.model import IssuedLabel, LabelStatus, WithdrawalReason
from app.storage.columns import UtcDateTime


class RegisterHeadRow(SQLModel, table=True):
    """The one row that every change of the register locks first: numbers without gaps."""

    __tablename__ = "register_head"

    id: int = Field(default=1, primary_key=True)
    events: int = Field(default=0)  # how many events there are; the next one's number
    status_sequence: int = Field(default=0)  # grows with every change of a status, never shrinks
    status_list: int = Field(default=1)  # the list that is being filled
    status_position: int = Field(default=0)  # how many of its positions are taken
    last_time: datetime = Field(sa_type=UtcDateTime)  # the clock never steps back behind this


class LabelRow(SQLModel, table=True):
    """One issued label. Rows are added and marked, never rewritten."""

    __tablename__ = "label"
    __table_args__ = (UniqueConstraint("status_list", "status_index"),)

    code: str = Field(primary_key=True, max_length=9)
    url: str = Field(max_length=320)
    footprint_id: str = Field(foreign_key="footprint.id", unique=True)
    producer_id: str = Field(foreign_key="organisation.id", index=True)
    certifier_id: str = Field(foreign_key="organisation.id", index=True)
    statement: bytes  # the very bytes that were signed; never re-serialised
    digest: str = Field(max_length=64)
    key_id: str = Field(foreign_key="signing_key.id", index=True)
    issued_at: datetime = Field(sa_type=UtcDateTime, index=True)
    valid_from: datetime = Field(sa_type=UtcDateTime)
    valid_until: datetime = Field(sa_type=UtcDateTime)
    status_list: int
    status_index: int
    replaces: str | None = Field(default=None, foreign_key="label.code", unique=True)
    renews: str | None = Field(default=None, foreign_key="label.code", index=True)
    # What follows may change; the seal covers it.
    status: int = Field(default=0)
    status_at: datetime = Field(sa_type=UtcDateTime)
    status_reason: str | None = Field(default=None, max_length=40)
    status_sequence: int = Field(default=0)
    superseded_by: str | None = Field(default=None, foreign_key="label.code", unique=True)
    seal: bytes


class LabelEventRow(SQLModel, table=True):
    """One event of a label's life, numbered without gaps: what the public log is made of."""

    __tablename__ = "label_event"

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    code: str = Field(foreign_key="label.code", index=True)
    event: str = Field(max_length=20)
    statement_digest: str = Field(max_length=64)
    at: datetime = Field(sa_type=UtcDateTime)
    reason: str | None = Field(default=None, max_length=40)
    note: str | None = Field(default=None, max_length=1000)
    by: str = Field(max_length=60)  # the organisation, or `local-operator`


class IssueRequestRow(SQLModel, table=True):
    """An idempotency key and what it made: the same request again gives the same label."""

    __tablename__ = "issue_request"

    certifier_id: str = Field(primary_key=True, foreign_key="organisation.id")
    idempotency_key: str = Field(primary_key=True, max_length=200)
    request_digest: str = Field(max_length=64)
    code: str = Field(foreign_key="label.code")


class SignedStatusListRow(SQLModel, table=True):
    """The latest signed form of a status list: its `validFrom` must never decrease."""

    __tablename__ = "signed_status_list"

    purpose: str = Field(primary_key=True, max_length=20)
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    status_sequence: int
    signed_at: datetime = Field(sa_type=UtcDateTime)
    document: bytes


def _table(row: type[SQLModel]) -> Table:
    table: Table = SQLModel.metadata.tables[str(row.__tablename__)]
    return table


LABEL = _table(LabelRow)
EVENT = _table(LabelEventRow)
HEAD = _table(RegisterHeadRow)
REQUEST = _table(IssueRequestRow)

# Statements are built once: SQLAlchemy then finds their compiled form by identity.
_READ_HEAD = select(HEAD).where(HEAD.c.id == 1)
_LOCK_HEAD = _READ_HEAD.with_for_update()
_MOVE_HEAD = update(HEAD).where(HEAD.c.id == 1)
_TAKEN = select(LABEL.c.code, LABEL.c.footprint_id).where(
    or_(
        LABEL.c.code.in_(bindparam("codes", expanding=True)),
        LABEL.c.footprint_id.in_(bindparam("footprints", expanding=True)),
    )
)
_ADD_LABEL, _ADD_EVENT, _ADD_REQUEST = insert(LABEL), insert(EVENT), insert(REQUEST)
_REQUEST_OF = select(REQUEST).where(
    REQUEST.c.certifier_id == bindparam("by"), REQUEST.c.idempotency_key == bindparam("key")
)
_BY_CODE = select(LABEL).where(LABEL.c.code == bindparam("wanted"))
_MARK = update(LABEL).where(LABEL.c.code == bindparam("marked"))


def lock_head(session: Session) -> Row[Any]:
    """Return the register's head, locked until the transaction ends."""
    return session.connection().execute(_LOCK_HEAD).one()


def read_head(session: Session) -> Row[Any]:
    """Return the register's head as it is."""
    return session.connection().execute(_READ_HEAD).one()


def move_head(session: Session, **values: object) -> None:
    """Write the head's new values."""
    session.connection().execute(_MOVE_HEAD, values)


def taken(
    session: Session, codes: Sequence[str], footprints: Sequence[str]
) -> tuple[set[str], dict[str, str]]:
    """Return which codes exist, and the labels that these footprints already have."""
    rows = session.connection().execute(_TAKEN, {"codes": codes, "footprints": footprints}).all()
    wanted = set(footprints)
    return {row[0] for row in rows}, {row[1]: row[0] for row in rows if row[1] in wanted}


def add_labels(session: Session, rows: list[dict[str, object]]) -> None:
    """Insert issued labels."""
    session.connection().execute(_ADD_LABEL, rows)


def add_events(session: Session, rows: list[dict[str, object]]) -> None:
    """Insert events."""
    session.connection().execute(_ADD_EVENT, rows)


def add_request(session: Session, row: dict[str, object]) -> None:
    """Insert an idempotency key."""
    session.connection().execute(_ADD_REQUEST, row)


def find_request(session: Session, certifier_id: str, key: str) -> Row[Any] | None:
    """Return what this idempotency key made before, or None."""
    asked = {"by": certifier_id, "key": key}
    return session.connection().execute(_REQUEST_OF, asked).one_or_none()


def label_row(session: Session, code: str) -> Row[Any] | None:
    """Return a label's row, or None."""
    return session.connection().execute(_BY_CODE, {"wanted": code}).one_or_none()


def mark_label(session: Session, code: str, **values: object) -> None:
    """Write the columns of a label's status and its seal."""
    session.connection().execute(_MARK, {"marked": code, **values})


def label_rows(
    session: Session,
    *,
    producer_id: str | None = None,
    certifier_id: str | None = None,
    limit: int = 100,
) -> list[Row[Any]]:
    """Return the newest labels, of a producer or certifier if one is given."""
    query = select(LABEL).order_by(LABEL.c.issued_at.desc(), LABEL.c.code).limit(limit)
    if producer_id is not None:
        query = query.where(LABEL.c.producer_id == producer_id)
    if certifier_id is not None:
        query = query.where(LABEL.c.certifier_id == certifier_id)
    return list(session.connection().execute(query))


def all_label_rows(session: Session, after: str, limit: int) -> list[Row[Any]]:
    """Return the rows whose codes follow `after`, in the order of codes, for walking them all."""
    query = select(LABEL).where(LABEL.c.code > after).order_by(LABEL.c.code).limit(limit)
    return list(session.connection().execute(query))


def event_rows(session: Session, code: str) -> list[Row[Any]]:
    """Return the events of a label, oldest first."""
    query = select(EVENT).where(EVENT.c.code == code).order_by(EVENT.c.number)
    return list(session.connection().execute(query))


def renewal_code(session: Session, code: str) -> str | None:
    """Return the newest label that renews this one, or None."""
    query = (
        select(LABEL.c.code)
        .where(LABEL.c.renews == code)
        .order_by(LABEL.c.issued_at.desc(), LABEL.c.code)
        .limit(1)
    )
    found = session.connection().execute(query).scalar_one_or_none()
    return None if found is None else str(found)


def marked_rows(session: Session, number: int) -> Iterator[Row[Any]]:
    """Give the rows of a status list that were withdrawn, or at some time had been."""
    query = select(LABEL).where(
        LABEL.c.status_list == number, or_(LABEL.c.status != 0, LABEL.c.status_sequence != 0)
    )
    yield from session.connection().execute(query.execution_options(yield_per=500))


def issued_label(row: Row[Any]) -> IssuedLabel:
    """Return the label of a row."""

    def code(value: str | None) -> LabelCode | None:
        return None if value is None else LabelCode(value)

    return IssuedLabel(
        code=LabelCode(row.code),
        url=row.url,
        footprint_id=row.footprint_id,
        producer_id=row.producer_id,
        certifier_id=row.certifier_id,
        statement=row.statement,
        digest=row.digest,
        key_id=row.key_id,
        issued_at=row.issued_at,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        status=LabelStatus(row.status),
        status_at=row.status_at,
        status_reason=WithdrawalReason(row.status_reason) if row.status_reason else None,
        superseded_by=code(row.superseded_by),
        replaces=code(row.replaces),
        renews=code(row.renews),
        status_list=row.status_list,
        status_index=row.status_index,
    )
