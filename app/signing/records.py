"""The tables of identity and keys, and all their SQL."""

from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, Session, SQLModel, col, select

from app.signing.did import KeyState, PublishedKey
from app.storage.columns import UtcDateTime


class InstallationRow(SQLModel, table=True):
    """The one row that says which installation this is. Its origin is printed on paper."""

    __tablename__ = "installation"

    id: int = Field(default=1, primary_key=True)
    origin: str = Field(max_length=300)
    founded_at: datetime = Field(sa_type=UtcDateTime)


class SigningKeyRow(SQLModel, table=True):
    """One public key and its state; the private key is a file of the same name."""

    __tablename__ = "signing_key"

    id: str = Field(primary_key=True, max_length=400)
    controller: str = Field(index=True, max_length=300)
    multikey: str = Field(max_length=100, unique=True)
    file: str = Field(max_length=200, unique=True)
    state: str = Field(max_length=20)
    added_at: datetime = Field(sa_type=UtcDateTime)
    retired_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    compromised_since: datetime | None = Field(default=None, sa_type=UtcDateTime)


def installation_row(session: Session) -> InstallationRow | None:
    """Return the installation's row, or None before the first start."""
    return session.get(InstallationRow, 1)


def found_installation(session: Session, origin: str, now: datetime) -> InstallationRow:
    """Add the installation's row, or return the one that another process adds at this moment."""
    try:
        with session.begin_nested():
            row = InstallationRow(origin=origin, founded_at=now)
            session.add(row)
    except IntegrityError:
        return session.exec(select(InstallationRow)).one()
    return row


def key_rows(session: Session, controller: str | None = None) -> list[SigningKeyRow]:
    """Return the keys of a controller, or of all, oldest first."""
    query = select(SigningKeyRow).order_by(col(SigningKeyRow.added_at), col(SigningKeyRow.id))
    if controller is not None:
        query = query.where(SigningKeyRow.controller == controller)
    return list(session.exec(query))


def published_key(row: SigningKeyRow) -> PublishedKey:
    """Return the public half of a row."""
    return PublishedKey(
        id=row.id,
        controller=row.controller,
        multikey=row.multikey,
        state=KeyState(row.state),
        added_at=row.added_at,
        retired_at=row.retired_at,
        compromised_since=row.compromised_since,
    )
