"""Admit producers and certifiers."""

from datetime import datetime
from typing import ClassVar

from sqlmodel import Session

from app.kit.errors import CarbonLabelError
from app.kit.registration import parse_registration
from app.kit.texts import Texts, checked_text
from app.parties.model import Party, Role, is_party_id
from app.parties.records import (
    OrganisationRow,
    organisation_of_did,
    organisation_registered_as,
    organisation_row,
    party_of,
)

MAX_NAME = 200  # characters, as in a footprint file


class PartyIdNotUsable(CarbonLabelError):
    """A party's short name cannot stand in a DID and a URL."""

    code: ClassVar[str] = "party-id-not-usable"

    def __init__(self, got: str) -> None:
        super().__init__(
            f"{got[:40]!r} cannot be a party's short name. Use lower-case letters, digits and "
            "single dashes, at most 40 characters, such as pujiang-oranges."
        )
        self.got = got[:40]


class PartyExists(CarbonLabelError):
    """A party with this short name or registration number is already here."""

    code: ClassVar[str] = "party-exists"

    def __init__(self, party: str, by: str) -> None:
        super().__init__(f"{party} is already here, with the same {by}. Use that party.")
        self.party = party


class PartyNotFound(CarbonLabelError):
    """No such party."""

    code: ClassVar[str] = "party-not-found"

    def __init__(self, role: Role, party: str) -> None:
        super().__init__(
            f"There is no {role.value} {party[:40]!r}. "
            f"`carbon-label {role.value} list` shows those that exist."
        )
        self.party = party[:40]


def register(
    session: Session,
    party_id: str,
    role: Role,
    name: Texts,
    *,
    now: datetime,
    description: Texts | None = None,
    registration: str | None = None,
    did: str | None = None,
    fictitious: bool = False,
) -> Party:
    """Admit an organisation.

    Raises `PartyIdNotUsable`, `PartyExists`, `HiddenCharacter`, `TextLengthWrong`,
    `RegistrationMistyped`.
    """
    if not is_party_id(party_id):
        raise PartyIdNotUsable(party_id)
    for text in (*name.values(), *(description or {}).values()):
        checked_text(text, "name or description", MAX_NAME)
    if registration is not None:
        parse_registration(registration)
        same = organisation_registered_as(session, registration)
        if same:
            raise PartyExists(same.id, "registration number")
    if organisation_row(session, party_id):
        raise PartyExists(party_id, "short name")
    same = organisation_of_did(session, did) if did else None
    if same:
        raise PartyExists(same.id, "DID")
    row = OrganisationRow(
        id=party_id,
        role=role.value,
        name=dict(name),
        description=dict(description or {}),
        registration=registration,
        did=did,
        fictitious=fictitious,
        added_at=now,
    )
    session.add(row)
    session.flush()
    return party_of(row)
