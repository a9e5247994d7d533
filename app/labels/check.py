"""Walk the whole register: does every row still fit its seal, its signature and itself?

Rows are read as text, without types: a row that was altered into nonsense must be named, not
stop the walk.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Engine, Row, text

from app.kit.errors import CarbonLabelError
from app.labels.model import LabelEvent, LabelStatus
from app.labels.scan import known_keys
from app.labels.sealing import SEALED_COLUMNS, Sealed
from app.signing.did import KeyState
from app.signing.seal import Seal
from app.statements.lint import lint_signed
from app.statements.model import Outcome
from app.statements.shape import Statement
from app.statements.verify import Issuer, KnownKey, Standing, World, parse_statement, verify_parsed
from app.storage.engine import reading

_PAGE = 500
_ROWS = text(
    f"SELECT {SEALED_COLUMNS}, seal FROM label WHERE code > :after"  # noqa: S608 - our own words
    " ORDER BY code LIMIT :page"
)
_LAST_EVENTS = text(
    "SELECT e.code, e.event FROM label_event e JOIN (SELECT code, MAX(number) AS number"
    " FROM label_event WHERE code > :after AND code <= :last GROUP BY code) m"
    " ON m.number = e.number"
)
_AFTER = {
    LabelEvent.ISSUED: LabelStatus.IN_FORCE,
    LabelEvent.SUSPENDED: LabelStatus.SUSPENDED,
    LabelEvent.REINSTATED: LabelStatus.IN_FORCE,
    LabelEvent.REVOKED: LabelStatus.REVOKED,
    LabelEvent.SUPERSEDED: LabelStatus.SUPERSEDED,
}
_NOT_OF_THE_ROW = {"dates", "status", "log"}  # they change by themselves, or are not checked here


@dataclass(frozen=True, slots=True)
class AlteredRow:
    """A row of the register that is not as we wrote it, and everything that is wrong with it."""

    code: str
    reasons: tuple[str, ...]  # seal, signature-wrong, column digest, ...


@dataclass(frozen=True, slots=True)
class RegisterCheck:
    """How many labels were looked at, and which of them are altered."""

    labels: int
    altered: tuple[AlteredRow, ...]


def check_register(
    engine: Engine, seal: Seal, origin: str, progress: Callable[[int], None]
) -> RegisterCheck:
    """Check every label: seal, signature, sums, and each column that repeats the statement.

    `progress` is told how many are done. Raises `StorageUnavailable`.
    """
    with reading(engine) as session:
        # A compromised key is a reason to withdraw a label, not a sign that its row was altered.
        keys = {
            key_id: replace(key, state=KeyState.ACTIVE)
            for key_id, key in known_keys(session).items()
        }
    altered: list[AlteredRow] = []
    done, after = 0, ""
    while True:
        with reading(engine) as session:  # page by page, so that no transaction lasts for long
            rows = session.connection().execute(_ROWS, {"after": after, "page": _PAGE}).all()
            span = {"after": after, "last": rows[-1].code if rows else after}
            events = {
                row.code: row.event for row in session.connection().execute(_LAST_EVENTS, span)
            }
        for row in rows:
            reasons = (
                *_reasons(row, seal, origin, keys),
                *_event_reasons(row, events.get(row.code)),
            )
            if reasons:
                altered.append(AlteredRow(str(row.code), reasons))
        done += len(rows)
        progress(done)
        if len(rows) < _PAGE:
            return RegisterCheck(done, tuple(altered))
        after = rows[-1].code


def _reasons(row: Row[Any], seal: Seal, origin: str, keys: Mapping[str, KnownKey]) -> list[str]:
    return [
        *([] if _seal_fits(row, seal) else ["seal"]),
        *_statement_reasons(row, origin, keys),
    ]


def _event_reasons(row: Row[Any], event: str | None) -> list[str]:
    """Find a row that was put back to what it once was: its seal fits, its history does not."""
    try:
        agrees = _AFTER[LabelEvent(str(event))] == row.status
    except ValueError:
        agrees = False
    return [] if agrees else ["history"]


def _seal_fits(row: Row[Any], seal: Seal) -> bool:
    try:
        return seal.fits(bytes(row.seal), Sealed._make(row[:-1]).parts())
    except TypeError:  # a value of another type than we ever write
        return False


def _statement_reasons(row: Row[Any], origin: str, keys: Mapping[str, KnownKey]) -> list[str]:
    try:
        data = bytes(row.statement)
        document = parse_statement(data)
        statement = lint_signed(document)
    except (CarbonLabelError, TypeError):
        return ["malformed"]
    world = World(datetime.now(UTC), Issuer(keys), Standing(), None, origin)
    judgement = verify_parsed(document, statement, world)
    reasons = [
        check.reason
        for check in judgement.checks
        if check.check not in _NOT_OF_THE_ROW and check.result is not Outcome.PASSED
    ]
    repeated = _repeated(statement, data, origin)
    return reasons + [
        f"column {column}" for column, value in repeated.items() if getattr(row, column) != value
    ]


def _repeated(statement: Statement, data: bytes, origin: str) -> dict[str, object]:
    """Return the columns that repeat what the statement says, with the values they must have."""
    entry = statement.credential_status[0]
    subject = statement.credential_subject
    code = statement.id.rpartition("/")[2]
    return {
        "code": code,
        "url": f"{origin}/l/{code}",
        "digest": sha256(data).hexdigest(),
        "key_id": statement.proof.verification_method,
        "valid_from": statement.valid_from,
        "valid_until": statement.valid_until,
        "status_list": int(entry.status_list_credential.rpartition("/")[2]),
        "status_index": int(entry.status_list_index),
        "replaces": (subject.replaces or "").rpartition("/")[2] or None,
        "renews": (subject.renews or "").rpartition("/")[2] or None,
    }
