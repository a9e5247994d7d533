"""The tables of parties, and all their SQL."""

from datetime import datetime

from sqlmodel import Field, Session, SQLModel, col, select

from app.kit.texts import Texts
from app.parties.model import Party, Role
from app.storage.columns import TextsColumn, UtcDateTime


class OrganisationRow(SQLModel, table=True):
    """One organisation."""

    __tablename__ = "organisation"

    id: str = Field(primary_key=True, max_length=40)
    role: str = Field(max_length=20)
    name: dict[str, str] = Field(sa_type=TextsColumn)
    description: dict[str, str] = Field(sa_type=TextsColumn)
    registration: str | None = Field(default=None, max_length=18, unique=True)
    did: str | None = Field(default=None, max_length=300, unique=True)
    fictitious: bool
    added_at: datetime = Field(sa_type=UtcDateTime)


class TokenRow(SQLModel, table=True):
    """One bearer token: only its hash is kept."""

    __tablename__ = "token"

    id: str = Field(primary_key=True, max_length=16)  # the public half, for finding and listing
    secret_hash: str = Field(max_length=64)
    organisation_id: str = Field(foreign_key="organisation.id", index=True)
    made_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


def party_of(row: OrganisationRow) -> Party:
    """Return the party of a row."""
    return Party(
        id=row.id,
        role=Role(row.role),
        name=row.name,
        description=row.description,
        registration=row.registration,
        did=row.did,
        fictitious=row.fictitious,
    )


def organisation_row(session: Session, party_id: str) -> OrganisationRow | None:
    """Return the row of a party, or None."""
    return session.get(OrganisationRow, party_id)


def organisation_rows(session: Session, role: Role) -> list[OrganisationRow]:
    """Return all organisations of a role, in the order of their ids."""
    return list(
        session.exec(
            select(OrganisationRow)
            .where(OrganisationRow.role == role.value)
            .order_by(col(OrganisationRow.id))
        )
    )


def organisation_registered_as(session: Session, registration: str) -> OrganisationRow | None:
    """Return the organisation with that registration number, or None."""
    return session.exec(
        select(OrganisationRow).where(OrganisationRow.registration == registration)
    ).first()


def organisation_of_did(session: Session, did: str) -> OrganisationRow | None:
    """Return the organisation with that DID, or None."""
    return session.exec(select(OrganisationRow).where(OrganisationRow.did == did)).first()


def organisation_named(session: Session, role: Role, name: Texts) -> OrganisationRow | None:
    """Return the organisation of a role that bears exactly these names, or None."""
    return session.exec(
        select(OrganisationRow).where(
            OrganisationRow.role == role.value, col(OrganisationRow.name) == dict(name)
        )
    ).first()
