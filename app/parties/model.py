"""The language of parties."""

import re
from dataclasses import dataclass
from enum import StrEnum

from app.kit.texts import Texts

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)


class Role(StrEnum):
    """What an organisation does here."""

    PRODUCER = "producer"
    CERTIFIER = "certifier"


@dataclass(frozen=True, slots=True)
class Party:
    """An organisation that acts in this service."""

    id: str  # a short name such as `demo`; part of a certifier's DID
    role: Role
    name: Texts
    description: Texts
    registration: str | None  # a producer's unified social credit code
    did: str | None  # a certifier's DID
    fictitious: bool


def is_party_id(text: str) -> bool:
    """Whether a text can be a party's short name, which stands in DIDs and URLs."""
    return len(text) <= 40 and _ID.fullmatch(text) is not None
