"""Verify a statement: pure, from its bytes and what the verifier knows of the world.

The steps, numbered as in docs/label-format.md:

1. structure  the bytes are one strict JSON document, exactly in the shape of a statement
2. issuer     the key belongs to the issuer, and the issuer is one we know
3. signature  the proof holds under that key
4. stages     they sum to the total exactly, and so do the printed numbers
5. dates      now is within validFrom and validUntil
6. status     nobody withdrew it
7. log        its issuance stands in the public log

All are made, whatever the earlier ones say; the verdict comes last, from all of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import orjson

from app.kit.clock import parse_stamp
from app.kit.errors import CarbonLabelError
from app.kit.strict_json import parse_strict
from app.signing.canonical import NotCanonicalizable, canonical_plain
from app.signing.did import KeyState
from app.signing.proof import proof_holds
from app.statements.lint import (
    LARGEST_STATEMENT,
    StagesDoNotSum,
    StatementMalformed,
    check_sums,
    lint_signed,
    origin_of,
)
from app.statements.model import (
    Check,
    Judgement,
    Outcome,
    Verdict,
    is_development_origin,
)
from app.statements.shape import Statement

Moment = TypeVar("Moment", datetime, str)

# Gravest first. A failed check yields its verdict; an unfinished one could have yielded any of
# its own, and so hides every verdict that is less grave than those.
GRAVITY = (
    Verdict.FORGED,
    Verdict.REVOKED,
    Verdict.SUPERSEDED,
    Verdict.SUSPENDED,
    Verdict.EXPIRED,
    Verdict.NOT_YET_VALID,
    Verdict.VALID,
)
_YIELDS = {
    "revoked": Verdict.REVOKED,
    "key-compromised": Verdict.REVOKED,
    "superseded": Verdict.SUPERSEDED,
    "suspended": Verdict.SUSPENDED,
    "expired": Verdict.EXPIRED,
    "not-yet-valid": Verdict.NOT_YET_VALID,
}
_WORST_OF = {"status": Verdict.REVOKED, "dates": Verdict.EXPIRED}  # any other check: forged


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key as the verifier found it published by the issuer."""

    raw: bytes  # 32 bytes, Ed25519
    state: KeyState = KeyState.ACTIVE
    compromised_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Issuer:
    """What the verifier could learn of a statement's issuer: keys by id, or why it could not."""

    keys: Mapping[str, KnownKey] = field(default_factory=dict)
    unknown: str | None = None  # issuer-not-known | issuer-not-resolvable | development-origin


@dataclass(frozen=True, slots=True)
class Standing:
    """What the status lists say of a label, or why that is not known."""

    revoked: bool = False
    suspended: bool = False
    superseded: bool = False
    superseded_by: str | None = None  # URL of the successor, where it is known
    unknown: str | None = None  # status-unavailable | status-expired | status-untrusted


@dataclass(frozen=True, slots=True)
class World:
    """What the verifier knows besides the document; whoever calls has fetched it before."""

    now: datetime
    issuer: Issuer
    standing: Standing
    logged_at: datetime | None = None  # when the issuance was recorded, by a clock we trust
    own_origin: str | None = None  # a development origin is accepted for itself only


def parse_statement(data: bytes) -> Any:
    """Return the JSON value of a statement's bytes.

    Our own canonical bytes are recognised by writing them again, which also proves that no key
    stands twice; anything else takes the strict, slower way. Raises `NotStrictJson`,
    `DocumentTooLarge`.
    """
    if len(data) <= LARGEST_STATEMENT:
        try:
            value = orjson.loads(data)
            if canonical_plain(value) == data:
                return value
        except (orjson.JSONDecodeError, RecursionError, NotCanonicalizable):
            pass  # the strict way says what is wrong
    return parse_strict(data, LARGEST_STATEMENT)


def verify(data: bytes, world: World) -> Judgement:
    """Return the verdict on a statement and every check behind it. Never raises on bad input."""
    # (1) Structure comes first: what cannot be read in one way only has no meaning to verify.
    try:
        document = parse_statement(data)
        statement = lint_signed(document)
    except CarbonLabelError:
        return judge([("structure", Outcome.FAILED, "malformed")], world.now)
    return verify_parsed(document, statement, world)


def verify_parsed(document: Mapping[str, Any], statement: Statement, world: World) -> Judgement:
    """As `verify`, for a document already parsed strictly and linted."""
    found = [("structure", Outcome.PASSED, "well-formed")]
    # (2), (3) A signature under a key that is not the issuer's proves nothing; a key that could
    #     not be had is no proof of forgery either.
    found += _issuer_and_signature(document, statement, world)
    # (4), (5) The total is what people read; stages that do not add up to it are not ours.
    found.append(_stages(statement))
    found.append(_dates(statement, world.now))
    # (6), (7) Status comes after the signature: a forged label is never merely "revoked".
    found.append(standing_check(world.standing))
    found.append(("log", Outcome.SKIPPED, "not-checked"))
    return judge(found, world.now, world.standing.superseded_by)


def _issuer_and_signature(
    document: Mapping[str, Any], statement: Statement, world: World
) -> list[tuple[str, Outcome, str]]:
    origin = origin_of(statement)
    unknown = world.issuer.unknown
    if is_development_origin(statement.id) and origin != world.own_origin:
        unknown = "development-origin"
    if unknown:
        return [
            ("issuer", Outcome.ERROR, unknown),
            ("signature", Outcome.SKIPPED, "no-key"),
        ]
    key = world.issuer.keys.get(statement.proof.verification_method)
    if key is None:
        return [
            ("issuer", Outcome.FAILED, "key-unknown"),
            ("signature", Outcome.SKIPPED, "no-key"),
        ]
    holds = proof_holds(document, key.raw, canonical_plain)  # being linted, it is plain
    signature = (
        ("signature", Outcome.PASSED, "signature-right")
        if holds
        else ("signature", Outcome.FAILED, "signature-wrong")
    )
    return [_key_check(key, world), signature]


def _key_check(key: KnownKey, world: World) -> tuple[str, Outcome, str]:
    if key.state is KeyState.COMPROMISED:
        # What was recorded before the key got into other hands is genuine, but withdrawn; of
        # anything else nobody can say who signed it.
        before = (
            world.logged_at is not None
            and key.compromised_since is not None
            and world.logged_at < key.compromised_since
        )
        return ("issuer", Outcome.FAILED, "key-compromised" if before else "key-not-trusted")
    if key.state is KeyState.RETIRED:
        return ("issuer", Outcome.PASSED, "key-retired")
    return ("issuer", Outcome.PASSED, "issuer-known")


def _stages(statement: Statement) -> tuple[str, Outcome, str]:
    try:
        check_sums(statement.credential_subject)
    except (StagesDoNotSum, StatementMalformed):
        return ("stages", Outcome.FAILED, "sum-wrong")
    return ("stages", Outcome.PASSED, "sum-exact")


def _dates(statement: Statement, now: datetime) -> tuple[str, Outcome, str]:
    return dates_check(parse_stamp(statement.valid_from), parse_stamp(statement.valid_until), now)


def dates_check(valid_from: Moment, valid_until: Moment, now: Moment) -> tuple[str, Outcome, str]:
    """Check that now is within the validity, both ends included.

    Three moments, or three stamps of our own: those sort as they read.
    """
    if now > valid_until:
        return ("dates", Outcome.FAILED, "expired")
    if now < valid_from:
        return ("dates", Outcome.FAILED, "not-yet-valid")
    return ("dates", Outcome.PASSED, "in-period")


def standing_check(standing: Standing) -> tuple[str, Outcome, str]:
    """Check that nobody withdrew the label.

    A reissued label is both revoked and refreshed: that together is `superseded`, unless it was
    revoked without a successor.
    """
    if standing.unknown:
        return ("status", Outcome.ERROR, standing.unknown)
    if standing.superseded:
        return ("status", Outcome.FAILED, "superseded")
    if standing.revoked:
        return ("status", Outcome.FAILED, "revoked")
    if standing.suspended:
        return ("status", Outcome.FAILED, "suspended")
    return ("status", Outcome.PASSED, "not-withdrawn")


def gravest(found: Sequence[tuple[str, Outcome, str]]) -> Verdict:
    """Return the gravest verdict of the checks.

    `undetermined` takes its place whenever an unfinished check could have yielded a graver one.
    """
    known = len(GRAVITY) - 1
    hidden = len(GRAVITY)
    for check, outcome, reason in found:
        if outcome is Outcome.FAILED:
            known = min(known, GRAVITY.index(_YIELDS.get(reason, Verdict.FORGED)))
        elif outcome is Outcome.ERROR:
            hidden = min(hidden, GRAVITY.index(_WORST_OF.get(check, Verdict.FORGED)))
    return Verdict.UNDETERMINED if hidden < known else GRAVITY[known]


def judge(
    found: Sequence[tuple[str, Outcome, str]], now: datetime, superseded_by: str | None = None
) -> Judgement:
    """Return the gravest verdict of the checks, with the checks themselves, all made now."""
    verdict = gravest(found)
    return Judgement(
        verdict,
        tuple(Check(check, outcome, reason, now) for check, outcome, reason in found),
        now,
        superseded_by if verdict is Verdict.SUPERSEDED else None,
    )
