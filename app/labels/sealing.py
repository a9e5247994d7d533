"""What a label's seal covers: every column of its row, the signed bytes before all."""

from typing import Any, NamedTuple

from app.kit.clock import stamp
from app.labels.model import LabelStatus
from app.signing.seal import Seal
from app.statements.verify import Standing

# The columns in the order of `Sealed`: one read without an object mapper.
SEALED_COLUMNS = (
    "statement, code, valid_from, valid_until, issued_at, status, status_at, status_reason,"
    " status_sequence, superseded_by, url, digest, footprint_id, producer_id, certifier_id, key_id,"
    " status_list, status_index, replaces, renews"
)
READ_SEALED = f"SELECT {SEALED_COLUMNS}, seal FROM label WHERE code = ?"  # noqa: S608 - our own words


class Sealed(NamedTuple):
    """A label's row, as stored, without the seal itself: times are `2026-01-31T23:59:59Z`.

    A tuple, because every scan makes one, and a tuple costs a fifth of a dataclass.
    """

    statement: bytes
    code: str
    valid_from: str
    valid_until: str
    issued_at: str
    status: int
    status_at: str
    status_reason: str | None
    status_sequence: int
    superseded_by: str | None
    url: str
    digest: str
    footprint_id: str
    producer_id: str
    certifier_id: str
    key_id: str
    status_list: int
    status_index: int
    replaces: str | None
    renews: str | None

    def parts(self) -> tuple[bytes, bytes]:
        """Return what the seal is made over."""
        # Whatever kind of value a column holds has a representation of its own: one of another
        # kind than it should be is an altered row, not an error.
        signed = self.statement if isinstance(self.statement, bytes) else b""
        return signed, repr(self[1:]).encode("utf-8", "backslashreplace")


def standing_of(row: Sealed, origin: str) -> Standing:
    """Return what a sealed row says of the label's standing."""
    return standing_in(LabelStatus(row.status), successor_of(row, origin))


def standing_in(status: LabelStatus, successor: str | None = None) -> Standing:
    """Return the standing of a label in this status."""
    return Standing(
        revoked=status in {LabelStatus.REVOKED, LabelStatus.SUPERSEDED},
        suspended=status is LabelStatus.SUSPENDED,
        superseded=status is LabelStatus.SUPERSEDED,
        superseded_by=successor,
    )


def successor_of(row: Sealed, origin: str) -> str | None:
    """Return the URL of the label that replaced this one, or None."""
    return f"{origin}/l/{row.superseded_by}" if row.superseded_by else None


def sealed_row(row: Any) -> Sealed:
    """Return the sealed part of a label's row, as SQLAlchemy gives it."""
    return Sealed(
        statement=row.statement,
        code=row.code,
        valid_from=stamp(row.valid_from),
        valid_until=stamp(row.valid_until),
        issued_at=stamp(row.issued_at),
        status=row.status,
        status_at=stamp(row.status_at),
        status_reason=row.status_reason,
        status_sequence=row.status_sequence,
        superseded_by=row.superseded_by,
        url=row.url,
        digest=row.digest,
        footprint_id=row.footprint_id,
        producer_id=row.producer_id,
        certifier_id=row.certifier_id,
        key_id=row.key_id,
        status_list=row.status_list,
        status_index=row.status_index,
        replaces=row.replaces,
        renews=row.renews,
    )


def is_intact(row: Any, seal: Seal) -> bool:
    """Whether a label's row is as this installation wrote it."""
    return seal.fits(row.seal, sealed_row(row).parts())
