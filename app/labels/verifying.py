"""Verify from outside the service: gather what the verifier needs to know, then judge.

Our own labels are judged from the register, by three single-row reads; a foreign one from what
its issuer publishes. The judging itself is pure (`app.statements.verify`); nothing here loads an
object mapper, so that `carbon-label verify` starts in an instant.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from app.kit.clock import parse_stamp
from app.kit.codes import LabelCode
from app.kit.errors import CarbonLabelError
from app.kit.strict_json import parse_strict
from app.labels.sealing import READ_SEALED, Sealed, standing_of
from app.signing.did import KeyState, asserting_keys, did_document_url, did_host
from app.signing.multikey import raw_public_key
from app.signing.seal import Seal
from app.statements.lint import LARGEST_STATEMENT, lint_signed, origin_of
from app.statements.model import Check, Judgement, Outcome, Verdict, is_development_origin
from app.statements.shape import Statement, StatusEntry
from app.statements.status import (
    UNAVAILABLE,
    StatusList,
    StatusListRefused,
    is_set,
    parse_status_list,
    standing_from,
    trusted_issuers,
)
from app.statements.verify import (
    Issuer,
    KnownKey,
    Standing,
    World,
    judge,
    parse_statement,
    verify_parsed,
)
from app.storage.reader import Reader

# Whoever changed one byte of a statement has left the others: a file that carries two of these
# claims to be one of ours, and is judged, not turned away.
_MARKS = (b"CarbonLabelCredential", b"credentialSubject", b"proofValue", b"eddsa-jcs-2022")
_ORIGIN = "SELECT origin FROM installation WHERE id = ?"
_KEY = "SELECT multikey, state, compromised_since FROM signing_key WHERE id = ?"


class Fetch(Protocol):
    """Fetches one public document; raises a `CarbonLabelError` if that cannot be done."""

    async def __call__(self, url: str) -> bytes:
        """Return its bytes."""
        ...


@dataclass(frozen=True, slots=True)
class Here:
    """This installation, as far as verifying needs it."""

    origin: str
    reader: Reader
    seal: Seal | None  # None: the secret is not at hand, so no stored status can be believed


@dataclass(frozen=True, slots=True)
class Sources:
    """What foreign labels are judged by: whom we trust, documents at hand, a way to fetch others.

    `documents` are DID documents by DID: whoever hands one in trusts it. `trusted` are DIDs, or
    hosts all of whose did:web are trusted. `fetch` is None where nothing may be fetched.
    """

    documents: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    lists: tuple[StatusList, ...] = ()
    trusted: Collection[str] = ()
    fetch: Fetch | None = None


@dataclass(frozen=True, slots=True)
class Verified:
    """A verdict, on what, and the bytes that it is about."""

    judgement: Judgement
    label: str  # the code, or what was typed in its place
    statement: bytes | None = None


async def origin_here(reader: Reader) -> str | None:
    """Return this installation's origin, or None before its first start."""
    row = await reader.row(_ORIGIN, 1)
    return None if row is None else str(row[0])


def is_statement(data: bytes) -> bool:
    """Whether these bytes claim to be a carbon label statement, be it a damaged one."""
    return sum(mark in data for mark in _MARKS) >= 2


def unknown(typed: str, reason: str, now: datetime) -> Verified:
    """Return the verdict on a code without a label; `reason` is `mistyped` or `no-such-label`."""
    check = Check("code", Outcome.FAILED, reason, now)
    return Verified(Judgement(Verdict.UNKNOWN, (check,), now), typed[:40])


def could_not_tell(label: str, check: str, reason: str, now: datetime) -> Verified:
    """Return the verdict on a label whose statement could not even be had: `undetermined`."""
    return Verified(judge([(check, Outcome.ERROR, reason)], now), label[:40])


async def verify_code(here: Here, code: LabelCode, now: datetime) -> Verified:
    """Return the verdict on a label of ours, from the bytes in the register.

    Raises `StorageUnavailable`.
    """
    row = await here.reader.row(READ_SEALED, code)
    if row is None:
        return unknown(code, "no-such-label", now)
    return await _verify_ours(here, _as_bytes(row[0]), code, row, now)


async def verify_statement(
    data: bytes, here: Here | None, sources: Sources, now: datetime, code: LabelCode | None = None
) -> Verified:
    """Return the verdict on a statement's bytes; with `code`, on whether it is that label's.

    One that names our own origin is judged by our keys and our register, whatever else it says;
    any other by `sources`. Raises `StorageUnavailable`.
    """
    try:
        document = parse_statement(data)
        statement = lint_signed(document)
    except CarbonLabelError:
        return Verified(_malformed(now), code or "", data)
    named = LabelCode(statement.id.rpartition("/")[2])
    if here is not None and origin_of(statement) == here.origin:
        row = await here.reader.row(READ_SEALED, named)
        return await _verify_ours(here, data, code or named, row, now)
    world = await _foreign_world(statement, sources, now, here)
    judgement = verify_parsed(document, statement, world)
    if code is not None and named != code:
        judgement = _of_another_label(judgement)
    return Verified(judgement, code or named, data)


async def _verify_ours(
    here: Here, data: bytes, code: LabelCode, row: tuple[Any, ...] | None, now: datetime
) -> Verified:
    sealed = None if row is None else Sealed(_as_bytes(row[0]), *row[1:-1])
    standing = Standing(unknown=UNAVAILABLE if row else "no-such-label")
    logged_at = None
    if row is not None and sealed is not None and here.seal is not None:
        # The seal covers the status and the time of issue: without it neither is believed.
        if here.seal.fits(_as_bytes(row[-1]), sealed.parts()):
            standing, logged_at = standing_of(sealed, here.origin), parse_stamp(sealed.issued_at)
        else:
            standing = Standing(unknown="row-altered")
    try:
        document = parse_statement(data)
        statement = lint_signed(document)
    except CarbonLabelError:
        return Verified(_malformed(now), code, data)
    keys = await _own_key(here, statement.proof.verification_method)
    world = World(now, Issuer(keys), standing, logged_at, here.origin)
    judgement = verify_parsed(document, statement, world)
    if statement.id != f"{here.origin}/l/{code}":
        judgement = _of_another_label(judgement)
    return Verified(judgement, code, data)


def _malformed(now: datetime) -> Judgement:
    return judge([("structure", Outcome.FAILED, "malformed")], now)


def _as_bytes(value: object) -> bytes:
    """Return a column's bytes; a value of another kind is an altered row, and not an error."""
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


def _of_another_label(judgement: Judgement) -> Judgement:
    """Return the verdict on a genuine statement that stands in another label's place: forged."""
    found = [(made.check, made.result, made.reason) for made in judgement.checks]
    found[0] = ("structure", Outcome.FAILED, "other-label")
    return judge(found, judgement.verified_at)


async def _own_key(here: Here, key_id: str) -> dict[str, KnownKey]:
    row = await here.reader.row(_KEY, key_id)
    if row is None:
        return {}
    since = parse_stamp(row[2]) if row[2] else None
    return {key_id: KnownKey(raw_public_key(str(row[0])), KeyState(row[1]), since)}


async def _foreign_world(
    statement: Statement, sources: Sources, now: datetime, here: Here | None
) -> World:
    own_origin = here.origin if here else None
    did = statement.issuer.id
    not_asked = Standing(unknown=UNAVAILABLE)
    if is_development_origin(statement.id) or is_development_origin(did_document_url(did) or ""):
        return World(now, Issuer(unknown="development-origin"), not_asked, None, own_origin)
    if not ({did, did_host(did)} & {*sources.trusted, *sources.documents}):
        return World(now, Issuer(unknown="issuer-not-known"), not_asked, None, own_origin)
    keys = await _foreign_keys(did, statement.proof.verification_method, sources)
    if keys is None:
        return World(now, Issuer(unknown="issuer-not-resolvable"), not_asked, None, own_origin)
    issuer = Issuer({key_id: KnownKey(raw) for key_id, raw in keys.items()})
    standing = await _foreign_standing(statement, sources, now)
    return World(now, issuer, standing, None, own_origin)


async def _foreign_keys(did: str, key_id: str, sources: Sources) -> dict[str, bytes] | None:
    """Return the keys that a DID asserts, from the document at hand or else from its host."""
    at_hand = sources.documents.get(did)
    keys = None if at_hand is None else asserting_keys(at_hand, did)
    url = did_document_url(did)
    if (keys is not None and key_id in keys) or sources.fetch is None or url is None:
        return keys
    try:
        document = parse_strict(await sources.fetch(url), LARGEST_STATEMENT)
    except CarbonLabelError:
        return keys
    return asserting_keys(document, did) if isinstance(document, dict) else keys


async def _foreign_standing(statement: Statement, sources: Sources, now: datetime) -> Standing:
    bits: dict[str, bool | str] = {}
    for entry in statement.credential_status:
        # What an earlier list has settled, no later one can change: see `standing_from`.
        revoked = bits.get("revocation")
        if (entry.status_purpose == "suspension" and revoked is not False) or (
            entry.status_purpose == "refresh" and revoked is not True
        ):
            continue
        try:
            bits[entry.status_purpose] = await _bit(entry, statement.issuer.id, sources, now)
        except StatusListRefused as refused:
            bits[entry.status_purpose] = refused.reason
    return standing_from(bits)


async def _bit(entry: StatusEntry, issuer: str, sources: Sources, now: datetime) -> bool:
    url = entry.status_list_credential
    found = next((listed for listed in sources.lists if listed.url == url), None)
    if found is None:
        if sources.fetch is None:
            raise StatusListRefused(UNAVAILABLE, "it is not at hand")
        try:
            found = parse_status_list(await sources.fetch(url))
        except StatusListRefused:
            raise
        except CarbonLabelError as failed:
            raise StatusListRefused(UNAVAILABLE, str(failed)) from None
    issuers = trusted_issuers(issuer)
    keys: dict[str, bytes] | None = {}
    if found.issuer in issuers:  # nobody else's keys are even asked for
        keys = await _foreign_keys(found.issuer, found.key_id, sources)
    if keys is None:
        raise StatusListRefused(UNAVAILABLE, "the keys of its issuer are not at hand")
    return is_set(found, entry, issuers, keys, now)
