"""Scan: one row, one seal, a verdict. What every phone that reads a code ends up in.

A row whose seal fits was written by this installation, right after it had verified its own output
under the certifier's key; so the signature is not checked again on every scan, and the check says
when it was. Dates and status are judged every time. A row whose seal does not fit is verified
from its bytes, and its status is not believed.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import text
from sqlmodel import Session

from app.kit.clock import parse_stamp, stamp
from app.kit.codes import LabelCode
from app.labels.desk import label_url
from app.labels.model import LabelStatus
from app.labels.sealing import READ_SEALED, SEALED_COLUMNS, Sealed, standing_in, successor_of
from app.signing.keyring import published_keys
from app.signing.multikey import raw_public_key
from app.signing.seal import Seal
from app.statements.model import Check, Judgement, Outcome, Verdict
from app.statements.verify import (
    Issuer,
    KnownKey,
    Standing,
    World,
    dates_check,
    gravest,
    judge,
    standing_check,
    verify,
)
from app.storage.reader import Reader

Finding = tuple[str, Outcome, str]  # check, result, reason

_NEWEST = text(
    f"SELECT {SEALED_COLUMNS}, seal FROM label"  # noqa: S608 - our own words
    " ORDER BY issued_at DESC, code LIMIT :limit"
)

# What was checked at issue, and what the seal keeps true since then.
SEALED_CHECKS: tuple[Finding, ...] = (
    ("structure", Outcome.PASSED, "well-formed"),
    ("issuer", Outcome.PASSED, "issuer-known"),
    ("signature", Outcome.PASSED, "signature-right"),
    ("stages", Outcome.PASSED, "sum-exact"),
)


class Scanned(NamedTuple):
    """A label's row as one read gives it."""

    sealed: Sealed
    seal: bytes


async def scan(reader: Reader, code: LabelCode) -> Scanned | None:
    """Return a label's row, or None if there is no such label. Raises `StorageUnavailable`."""
    row = await reader.row(READ_SEALED, code)
    return None if row is None else _scanned(row)


def _scanned(row: Sequence[Any]) -> Scanned:
    # SQLite keeps whatever kind of value it is given. A column of another kind is an altered row,
    # not an error: its seal will not fit.
    statement, *facts, seal = row
    if statement.__class__ is not bytes or seal.__class__ is not bytes:
        statement, seal = str(statement).encode(), b""
    return Scanned(Sealed(statement, *facts), seal)


def newest_scanned(session: Session, limit: int) -> list[Scanned]:
    """Return the rows of the newest labels, as stored: an altered one hides no other."""
    rows = session.connection().execute(_NEWEST, {"limit": limit})
    return [_scanned(row) for row in rows]


def is_genuine(scanned: Scanned, seal: Seal) -> bool:
    """Whether the row is as this installation wrote it."""
    return seal.fits(scanned.seal, scanned.sealed.parts())


def judge_genuine(scanned: Scanned, origin: str, now: datetime) -> Judgement:
    """Return the verdict on a row for which `is_genuine` holds: dates and status, as of now."""
    row = scanned.sealed
    issued_at = parse_stamp(row.issued_at)
    verdict, found = found_genuine(row, stamp(now))
    made_at = [issued_at] * len(SEALED_CHECKS) + [now] * (len(found) - len(SEALED_CHECKS))
    checks = tuple(Check(*finding, at) for finding, at in zip(found, made_at, strict=True))
    successor = successor_of(row, origin) if verdict is Verdict.SUPERSEDED else None
    return Judgement(verdict, checks, now, successor)


def found_genuine(row: Sealed, at: str) -> tuple[Verdict, tuple[Finding, ...]]:
    """Return the same without its moments; `at` is now, as a stamp."""
    return _judged(dates_check(row.valid_from, row.valid_until, at), row.status)


@lru_cache(maxsize=32)  # three states of the dates, four of the label
def _judged(dates: Finding, status: int) -> tuple[Verdict, tuple[Finding, ...]]:
    standing = standing_check(standing_in(LabelStatus(status)))
    found = (*SEALED_CHECKS, dates, standing, ("log", Outcome.SKIPPED, "not-checked"))
    return gravest(found), found


def judge_altered(
    scanned: Scanned, code: LabelCode, keys: Mapping[str, KnownKey], origin: str, now: datetime
) -> Judgement:
    """Return the verdict on a row whose seal does not fit: `forged` or `undetermined`.

    Its bytes are verified anew. Its status is not believed, and a genuine statement of another
    label is a forgery here.
    """
    judgement = verify(
        scanned.sealed.statement,
        World(
            now=now,
            issuer=Issuer(keys),
            standing=Standing(unknown="row-altered"),
            own_origin=origin,
        ),
    )
    if judgement.verdict is Verdict.FORGED:
        return judgement
    found = [(made.check, made.result, made.reason) for made in judgement.checks]
    if f'"id":"{label_url(origin, code)}"'.encode() not in scanned.sealed.statement:
        found[0] = ("structure", Outcome.FAILED, "other-label")
    return judge(found, now)


def known_keys(session: Session) -> dict[str, KnownKey]:
    """Return every key of this installation, by id, as a verifier knows them."""
    return {
        key.id: KnownKey(raw_public_key(key.multikey), key.state, key.compromised_since)
        for key in published_keys(session)
    }
