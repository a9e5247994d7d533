"""The table of footprints, and all its SQL."""

import re
from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, bindparam
from sqlalchemy import select as columns
from sqlmodel import Field, Session, SQLModel, UniqueConstraint, col, select

from app.storage.columns import UtcDateTime


class FootprintRow(SQLModel, table=True):
    """One footprint file as it was handed in, and what the certifier accepted of it."""

    __tablename__ = "footprint"
    __table_args__ = (UniqueConstraint("producer_id", "digest"),)

    id: str = Field(primary_key=True, max_length=20)
    producer_id: str = Field(foreign_key="organisation.id", index=True)
    file: bytes  # the very bytes handed in
    digest: str = Field(max_length=64)  # lower-hex SHA-256 of them
    salt: bytes  # keeps the published inventory digest from being guessed
    rule_id: str = Field(max_length=60)
    rule_version: str = Field(max_length=20)
    received_at: datetime = Field(sa_type=UtcDateTime, index=True)
    accepted_by: str | None = Field(default=None, foreign_key="organisation.id", index=True)
    accepted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    assurance: str | None = Field(default=None, max_length=20)
    verified_on: date | None = Field(default=None)
    claims: bytes | None = Field(default=None)  # canonical JSON: exactly what will be signed


_ID = re.compile(r"F[0-9a-f]{16}", re.ASCII)  # PostgreSQL refuses some texts even as parameters

# Built once: SQLAlchemy then finds its compiled form by identity.
_ACCEPTED = columns(
    col(FootprintRow.id),
    col(FootprintRow.producer_id),
    col(FootprintRow.accepted_by),
    col(FootprintRow.rule_id),
    col(FootprintRow.rule_version),
    col(FootprintRow.claims),
).where(
    col(FootprintRow.id).in_(bindparam("ids", expanding=True)),
    col(FootprintRow.accepted_by).is_not(None),
    col(FootprintRow.claims).is_not(None),
)


def footprint_row(session: Session, footprint_id: str) -> FootprintRow | None:
    """Return the row of a footprint, or None."""
    return session.get(FootprintRow, footprint_id) if _ID.fullmatch(footprint_id) else None


def accepted_rows(session: Session, ids: Collection[str]) -> list[Row[Any]]:
    """Return what issuing needs of the accepted ones among these, in one query, without files."""
    return list(
        session.connection().execute(_ACCEPTED, {"ids": [one for one in ids if _ID.fullmatch(one)]})
    )


def same_file_row(session: Session, producer_id: str, digest: str) -> FootprintRow | None:
    """Return the row of the very same file of a producer, or None."""
    return session.exec(
        select(FootprintRow).where(
            FootprintRow.producer_id == producer_id, FootprintRow.digest == digest
        )
    ).first()


def rows_of_producer(session: Session, producer_id: str | None, limit: int) -> list[FootprintRow]:
    """Return the newest footprints of a producer, or of all."""
    query = select(FootprintRow).order_by(
        col(FootprintRow.received_at).desc(), col(FootprintRow.id)
    )
    if producer_id is not None:
        query = query.where(FootprintRow.producer_id == producer_id)
    return list(session.exec(query.limit(limit)))
