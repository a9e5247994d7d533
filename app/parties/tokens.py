"""Bearer tokens: `clt_ID_SECRET`; the database keeps only the secret's hash."""

import hmac
import re
import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from typing import ClassVar

from sqlmodel import Session

from app.kit.errors import CarbonLabelError
from app.parties.model import Party
from app.parties.records import OrganisationRow, TokenRow, party_of

LONGEST_LIFE = timedelta(days=30)
_PREFIX = "clt"
_TOKEN_ID = re.compile(r"[0-9a-f]{16}", re.ASCII)


class TokenNotAccepted(CarbonLabelError):
    """A bearer token is missing, unknown, expired or ended."""

    code: ClassVar[str] = "token-not-accepted"

    def __init__(self) -> None:
        super().__init__(
            "A valid bearer token is needed: `Authorization: Bearer clt_…`. "
            "`carbon-label producer token ID` or `carbon-label certifier token ID` makes one."
        )


class ActNotAllowed(CarbonLabelError):
    """The party is known, but this is not its to do."""

    code: ClassVar[str] = "act-not-allowed"

    def __init__(self, party: str, why: str) -> None:
        super().__init__(f"{party} may not do this: {why}.")
        self.party = party


def make_token(
    session: Session, party: Party, now: datetime, life: timedelta = LONGEST_LIFE
) -> str:
    """Make a token for a party and return it; it is shown this once and cannot be read again."""
    token_id, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
    session.add(
        TokenRow(
            id=token_id,
            secret_hash=_hash(secret),
            organisation_id=party.id,
            made_at=now,
            expires_at=now + min(life, LONGEST_LIFE),
        )
    )
    return f"{_PREFIX}_{token_id}_{secret}"


def party_of_token(session: Session, token: str, now: datetime) -> Party:
    """Return whose token this is. Raises `TokenNotAccepted`, always for the same outer reason."""
    prefix, _, rest = token.partition("_")
    token_id, _, secret = rest.partition("_")
    well_formed = prefix == _PREFIX and _TOKEN_ID.fullmatch(token_id) is not None
    row = session.get(TokenRow, token_id) if well_formed else None
    # The comparison is made even for an unknown id, so that timing tells nothing.
    right = hmac.compare_digest(_hash(secret), row.secret_hash if row else _hash(""))
    if row is None or not right or row.revoked_at is not None or row.expires_at <= now:
        raise TokenNotAccepted
    return party_of(session.get_one(OrganisationRow, row.organisation_id))


def _hash(secret: str) -> str:
    # The secret has 256 random bits: a slow password hash would add nothing.
    return sha256(secret.encode("utf-8", "replace")).hexdigest()
