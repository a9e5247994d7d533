"""Bitstring Status Lists (W3C, v1.0): which labels of a list are withdrawn, signed by the service.

A signed list is kept until a status changes or an hour has passed, so that every worker serves
the same one and `validFrom` never decreases, whatever the clock does.
"""

import gzip
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import ClassVar

from sqlalchemy import Engine
from sqlmodel import Session

from app.kit.clock import stamp
from app.kit.errors import CarbonLabelError
from app.labels.model import LabelStatus
from app.labels.positions import LIST_SIZE
from app.labels.records import SignedStatusListRow, lock_head, marked_rows, read_head
from app.labels.sealing import is_intact
from app.signing.did import did_of
from app.signing.keyring import KeyStore, row_seal, signer_of
from app.signing.proof import secured
from app.signing.seal import Seal
from app.statements.lint import STATUS_PURPOSES
from app.statements.shape import VC_CONTEXT
from app.storage.engine import reading, writing

TTL = timedelta(seconds=30)  # the same as the Cache-Control of everything that bears a verdict
_LIFE = timedelta(hours=24)
_RESIGN = timedelta(hours=1)
_SETS = {
    "revocation": (LabelStatus.REVOKED, LabelStatus.SUPERSEDED),
    "suspension": (LabelStatus.SUSPENDED,),
    "refresh": (LabelStatus.SUPERSEDED,),
}


class StatusListNotFound(CarbonLabelError):
    """No such status list."""

    code: ClassVar[str] = "status-list-not-found"

    def __init__(self, purpose: str, number: str) -> None:
        super().__init__(f"There is no status list {purpose[:20]}/{number[:20]}.")


def status_list(
    engine: Engine, store: KeyStore, origin: str, place: tuple[str, int], now: datetime
) -> bytes:
    """Return the signed list of a purpose and number, in canonical JSON.

    Raises `StatusListNotFound`, `StorageUnavailable`, `NoActiveKey`, `KeyFileUnusable`.
    """
    purpose, number = place
    with reading(engine) as session:
        head = read_head(session)
        if purpose not in STATUS_PURPOSES or not 1 <= number <= head.status_list:
            raise StatusListNotFound(purpose, str(number))
        kept = session.get(SignedStatusListRow, place)
        if kept is not None and _is_fresh(kept, head.status_sequence, now):
            return kept.document
    with writing(engine) as session:
        return _sign(session, store, origin, place, now)


def encoded_list(positions: Iterable[int]) -> str:
    """Return the `encodedList` in which these positions are set; bit 0 is the most significant."""
    bits = bytearray(LIST_SIZE // 8)
    for position in positions:
        bits[position >> 3] |= 0x80 >> (position & 7)
    packed = gzip.compress(bytes(bits), mtime=0)
    return "u" + urlsafe_b64encode(packed).rstrip(b"=").decode("ascii")


def _is_fresh(kept: SignedStatusListRow, sequence: int, now: datetime) -> bool:
    return kept.status_sequence == sequence and now - kept.signed_at < _RESIGN


def _set_positions(session: Session, seal: Seal, place: tuple[str, int]) -> Iterator[int]:
    """Give the positions that are set.

    A row that was altered behind our back is counted as suspended beside what it says: nobody
    knows how it stands, it must not pass for good, and suspension alone can be taken back.
    """
    purpose, number = place
    for row in marked_rows(session, number):
        altered = purpose == "suspension" and not is_intact(row, seal)
        if altered or row.status in _SETS[purpose]:
            yield row.status_index


def _sign(
    session: Session, store: KeyStore, origin: str, place: tuple[str, int], now: datetime
) -> bytes:
    purpose, number = place
    head = lock_head(session)  # no status changes while the list is made
    kept = session.get(SignedStatusListRow, place)
    if kept is not None and _is_fresh(kept, head.status_sequence, now):
        return kept.document  # another worker was faster
    at = max(now, head.last_time, kept.signed_at if kept else now)
    url = f"{origin}/status/{purpose}/{number}"
    signer = signer_of(session, store, did_of(origin))
    document = secured(
        {
            "@context": [VC_CONTEXT],
            "id": url,
            "type": ["VerifiableCredential", "BitstringStatusListCredential"],
            "issuer": did_of(origin),
            "validFrom": stamp(at),
            "validUntil": stamp(at + _LIFE),
            "credentialSubject": {
                "id": f"{url}#list",
                "type": "BitstringStatusList",
                "statusPurpose": purpose,
                "encodedList": encoded_list(_set_positions(session, row_seal(store), place)),
                "ttl": int(TTL.total_seconds() * 1000),
            },
        },
        signer,
        at,
    )
    session.merge(
        SignedStatusListRow(
            purpose=purpose,
            number=number,
            status_sequence=head.status_sequence,
            signed_at=at,
            document=document,
        )
    )
    return document
