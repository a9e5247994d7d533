"""Read parties."""

from collections.abc import Collection, Mapping

from sqlmodel import Session, col, select

from app.parties.model import Party, Role, is_party_id
from app.parties.records import (
    OrganisationRow,
    organisation_named,
    organisation_registered_as,
    organisation_row,
    organisation_rows,
    party_of,
)
from app.parties.register import PartyNotFound


def find_party(session: Session, role: Role, party_id: str) -> Party:
    """Return the party of that role; raises `PartyNotFound`."""
    row = organisation_row(session, party_id) if is_party_id(party_id) else None
    if row is None or row.role != role.value:
        raise PartyNotFound(role, party_id)
    return party_of(row)


def find_parties(session: Session, ids: Collection[str]) -> Mapping[str, Party]:
    """Return the parties of these ids, in one query; unknown ids are left out."""
    if not ids:
        return {}
    rows = session.exec(select(OrganisationRow).where(col(OrganisationRow.id).in_(ids)))
    return {row.id: party_of(row) for row in rows}


def all_parties(session: Session, role: Role) -> list[Party]:
    """Return every party of a role."""
    return [party_of(row) for row in organisation_rows(session, role)]


def producer_named(
    session: Session, name: Mapping[str, str], registration: str | None
) -> Party | None:
    """Return the producer that a footprint file names: by registration number, else by name."""
    if registration is not None:
        row = organisation_registered_as(session, registration)
    else:
        row = organisation_named(session, Role.PRODUCER, name)
    return party_of(row) if row and row.role == Role.PRODUCER.value else None
