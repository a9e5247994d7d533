"""What a label's seal covers: the signed bytes and everything that decides the verdict."""

from hashlib import sha256
from typing import Any, NamedTuple

from app.kit.clock import stamp
from app.labels.model import LabelStatus
from app.signing.seal import Seal
from app.statements.verify import Standing

# The columns in the order of `Sealed`, and the seal itself: one read without an object mapper.
READ_SEALED = (
    "SELECT statement, code, valid_from, valid_until, issued_at, status, status_at, status_reason,"
    " status_sequence, superseded_by, seal FROM label WHERE code = ?"
)


class Sealed(NamedTuple):
    """The sealed part of a label's row, as stored: times are `2026-01-31T23:59:59Z`.

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

    def parts(self) -> tuple[bytes, bytes]:
        """Return what the seal is made over."""
        facts = "\n".join(
            (
                self.code,
                str(self.valid_from),  # a column of another kind is an altered row, not an error
                str(self.valid_until),
                str(self.issued_at),
                str(self.status),
                str(self.status_at),
                str(self.status_reason or ""),
                str(self.status_sequence),
                str(self.superseded_by or ""),
            )
        )
        return self.statement, facts.encode()


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
    )


def is_intact(row: Any, seal: Seal) -> bool:
    """Whether a label's row is as this installation wrote it, its place in the lists included."""
    place = f'"id":"{row.url.rpartition("/l/")[0]}/status/revocation/{row.status_list}#'
    return (
        seal.fits(row.seal, sealed_row(row).parts())
        and row.digest == sha256(row.statement).hexdigest()
        and f'{place}{row.status_index}"'.encode() in row.statement
    )
