"""Read somebody's status list: a Bitstring Status List (W3C, v1.0) is signed, dated and bounded.

What cannot be believed is never read as "not withdrawn": every doubt has a reason, and the check
of the status ends as "could not be made".
"""

import re
import zlib
from base64 import urlsafe_b64decode
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

from app.kit.clock import NotATime, parse_stamp
from app.kit.errors import CarbonLabelError
from app.kit.strict_json import DocumentTooLarge, NotStrictJson, parse_strict
from app.signing.canonical import NotCanonicalizable
from app.signing.did import did_host
from app.signing.proof import proof_holds
from app.statements.shape import VC_CONTEXT, StatusEntry
from app.statements.verify import Standing

LARGEST_LIST = 1 << 20  # bytes of the signed document
SMALLEST_BITS = 131_072  # the least that the specification allows
LARGEST_BITS = 1 << 25  # a few kilobytes of gzip can claim to be terabytes
_ENCODED = re.compile(r"u[A-Za-z0-9_-]+", re.ASCII)
_SKEW = timedelta(minutes=5)  # by how much another's clock may be ahead

UNAVAILABLE, EXPIRED, UNTRUSTED = "status-unavailable", "status-expired", "status-untrusted"


class StatusListRefused(CarbonLabelError):
    """A status list cannot be believed; `reason` is the code that the check of the status shows."""

    code: ClassVar[str] = "status-list-refused"

    def __init__(self, reason: str, why: str) -> None:
        super().__init__(f"The status list cannot be used: {why}.")
        self.reason, self.why = reason, why


@dataclass(frozen=True, slots=True)
class StatusList:
    """A status list as its document says it; nothing of it is believed before `is_set`."""

    url: str
    issuer: str
    key_id: str
    purposes: tuple[str, ...]
    valid_from: datetime
    valid_until: datetime
    encoded: str = field(repr=False)
    document: Mapping[str, Any] = field(repr=False)


def parse_status_list(data: bytes) -> StatusList:
    """Return the list in a document's bytes; raises `StatusListRefused` (`status-untrusted`)."""
    try:
        document = parse_strict(data, LARGEST_LIST)
    except (NotStrictJson, DocumentTooLarge) as broken:
        raise StatusListRefused(UNTRUSTED, str(broken).rstrip(".")) from None
    top = _mapping(document, "the document")
    subject = _mapping(top.get("credentialSubject"), "credentialSubject")
    types, subject_type = top.get("type"), subject.get("type")
    context = top.get("@context")
    if (
        not isinstance(types, list)
        or "BitstringStatusListCredential" not in types
        or subject_type != "BitstringStatusList"
        or not isinstance(context, list)
        or context[:1] != [VC_CONTEXT]
    ):
        raise StatusListRefused(UNTRUSTED, "it is no BitstringStatusListCredential")
    proof = _mapping(top.get("proof"), "proof")
    if proof.get("proofPurpose") != "assertionMethod":
        raise StatusListRefused(UNTRUSTED, "its proof is for something else")
    issuer = top.get("issuer")
    purposes = subject.get("statusPurpose")
    return StatusList(
        url=_text(top.get("id"), "id"),
        issuer=_text(issuer.get("id") if isinstance(issuer, dict) else issuer, "issuer"),
        key_id=_text(proof.get("verificationMethod"), "proof.verificationMethod"),
        purposes=tuple(str(p) for p in (purposes if isinstance(purposes, list) else [purposes])),
        valid_from=_moment(top.get("validFrom"), "validFrom"),
        valid_until=_moment(top.get("validUntil"), "validUntil"),
        encoded=_text(subject.get("encodedList"), "encodedList"),
        document=top,
    )


def trusted_issuers(issuer: str) -> tuple[str, ...]:
    """Return who may sign the status lists of an issuer's labels: itself, its host's service."""
    host = did_host(issuer)
    service = "did:web:" + host.replace(":", "%3A")
    return (issuer, service) if host else (issuer,)


def is_set(
    status_list: StatusList,
    entry: StatusEntry,
    issuers: Collection[str],
    keys: Mapping[str, bytes],
    now: datetime,
) -> bool:
    """Whether the entry's bit is set in a list that one of `issuers` signed and that is fresh.

    `keys` are raw public keys by id, as the DID document of the list's issuer asserts them.
    Raises `StatusListRefused` with the reason `status-untrusted` or `status-expired`.
    """
    if status_list.issuer not in issuers:
        raise StatusListRefused(
            UNTRUSTED, f"{status_list.issuer[:100]} signed it, who does not speak for the issuer"
        )
    if status_list.url != entry.status_list_credential:
        raise StatusListRefused(UNTRUSTED, "it is another list than the one that was asked for")
    if entry.status_purpose not in status_list.purposes:
        raise StatusListRefused(UNTRUSTED, f"it is not about {entry.status_purpose}")
    key = keys.get(status_list.key_id)
    if key is None:
        raise StatusListRefused(UNTRUSTED, "its key is none of its issuer's")
    try:
        holds = proof_holds(status_list.document, key)
    except NotCanonicalizable:
        holds = False
    if not holds:
        raise StatusListRefused(UNTRUSTED, "its signature is wrong")
    if now > status_list.valid_until:
        raise StatusListRefused(EXPIRED, "it is out of date")
    if status_list.valid_from > now + _SKEW:
        raise StatusListRefused(UNTRUSTED, "it comes from the future")
    bits = unpacked(status_list.encoded)
    index = int(entry.status_list_index)
    if index >= len(bits) * 8:
        raise StatusListRefused(UNTRUSTED, f"it has no position {index}")
    return bool(bits[index >> 3] & 0x80 >> (index & 7))


def unpacked(encoded: str) -> bytes:
    """Return the bits of an `encodedList`; raises `StatusListRefused` (`status-untrusted`)."""
    if not _ENCODED.fullmatch(encoded):
        raise StatusListRefused(UNTRUSTED, "its bits are not base64url multibase")
    text = encoded[1:]
    try:
        packed = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        stream = zlib.decompressobj(wbits=31)  # gzip only
        bits = stream.decompress(packed, LARGEST_BITS // 8 + 1)
    except (ValueError, zlib.error):
        raise StatusListRefused(UNTRUSTED, "its bits cannot be unpacked") from None
    if len(bits) > LARGEST_BITS // 8:
        raise StatusListRefused(UNTRUSTED, f"it has more than {LARGEST_BITS} bits")
    if not stream.eof or stream.unused_data:
        raise StatusListRefused(UNTRUSTED, "its bits are cut off, or something follows them")
    if len(bits) * 8 < SMALLEST_BITS:
        raise StatusListRefused(UNTRUSTED, f"it has fewer than {SMALLEST_BITS} bits")
    return bits


def standing_from(bits: Mapping[str, bool | str]) -> Standing:
    """Return a label's standing from its bits by purpose; a text says why a bit is not known.

    What is not known hides only what it could change: a label that is revoked is so, whatever the
    other two lists would say. A purpose left out was not asked for.
    """
    revoked = bits.get("revocation", UNAVAILABLE)
    if isinstance(revoked, str):
        return Standing(unknown=revoked)
    if revoked:
        # Both bits together mean: replaced by another label.
        return Standing(revoked=True, superseded=bits.get("refresh") is True)
    suspended = bits.get("suspension", UNAVAILABLE)
    if isinstance(suspended, str):
        return Standing(unknown=suspended)
    return Standing(suspended=suspended)


def _mapping(value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise StatusListRefused(UNTRUSTED, f"{where} is missing or no object")
    return value


def _text(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise StatusListRefused(UNTRUSTED, f"{where} is missing or no text")
    return value


def _moment(value: object, where: str) -> datetime:
    try:
        return parse_stamp(value)
    except NotATime:
        raise StatusListRefused(UNTRUSTED, f"{where} is no time") from None
