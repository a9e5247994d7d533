"""Issue labels: everything in one write transaction, in this order.

1. lock the register's head: event numbers and status positions come from it, never from a sequence
2. take a code and a status position
3. build the statement from the accepted claims, and lint it: only what was linted is signed
4. sign it
5. verify our own output, as a stranger would
6. store those very bytes, and the event that the log will tell

The signature leaves this process only after the caller's commit.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from hashlib import sha256
from types import SimpleNamespace
from typing import ClassVar

import orjson
from sqlalchemy import Row
from sqlmodel import Session

from app.footprints.check import check_validity
from app.footprints.find import AcceptedFootprint, find_accepted, find_footprint
from app.kit.clock import stamp
from app.kit.codes import LabelCode, new_code
from app.kit.errors import CarbonLabelError, DocumentRefused, Flaw
from app.labels.desk import CertifierDesk
from app.labels.find import find_label
from app.labels.model import IssuedLabel, LabelEvent, LabelStatus, WithdrawalReason
from app.labels.positions import LIST_SIZE, position_of
from app.labels.records import (
    add_events,
    add_labels,
    add_request,
    find_request,
    lock_head,
    move_head,
    taken,
)
from app.labels.sealing import sealed_row
from app.labels.withdraw import mark_superseded, open_for_withdrawal
from app.signing.canonical import canonical_plain
from app.signing.proof import secured
from app.statements.build import Identity, build
from app.statements.lint import lint_unsigned
from app.statements.model import Outcome
from app.statements.verify import Issuer, KnownKey, Standing, World, verify

MAX_BATCH = 1000
_END_OF_DAY = time(23, 59, 59)


class FootprintNotAccepted(CarbonLabelError):
    """A label is asked for a footprint that no certifier has accepted."""

    code: ClassVar[str] = "footprint-not-accepted"

    def __init__(self, footprint_id: str) -> None:
        super().__init__(
            f"Footprint {footprint_id} has not been accepted. `carbon-label footprint accept` or "
            "POST …/acceptance comes first."
        )
        self.footprint = footprint_id


class FootprintOfAnotherCertifier(CarbonLabelError):
    """A certifier signs what another one accepted."""

    code: ClassVar[str] = "footprint-of-another-certifier"

    def __init__(self, footprint_id: str, accepted_by: str) -> None:
        super().__init__(
            f"Footprint {footprint_id} was accepted by {accepted_by}; only that certifier signs it."
        )
        self.footprint, self.accepted_by = footprint_id, accepted_by


class FootprintAlreadyLabelled(CarbonLabelError):
    """A footprint has its label already."""

    code: ClassVar[str] = "footprint-already-labelled"

    def __init__(self, footprint_id: str, label: str) -> None:
        super().__init__(
            f"Footprint {footprint_id} already has label {label}. One footprint has one label; "
            "to correct or renew it, import and accept the new footprint first."
        )
        self.footprint, self.label = footprint_id, label


class LabelOrderRefused(DocumentRefused):
    """The dates or the rule of a label to be issued are not in order."""

    code: ClassVar[str] = "label-order-refused"


class NotTheSameProduct(CarbonLabelError):
    """A label is to replace or renew one of another producer or certifier."""

    code: ClassVar[str] = "not-the-same-product"

    def __init__(self, label: str) -> None:
        super().__init__(
            f"Label {label} belongs to another producer or certifier. Only the same two may "
            "reissue or renew it."
        )
        self.label = label


class IdempotencyKeyReused(CarbonLabelError):
    """An idempotency key comes again with another request."""

    code: ClassVar[str] = "idempotency-key-reused"

    def __init__(self, key: str) -> None:
        super().__init__(
            f"The idempotency key {key[:60]!r} was used for another request. Take a fresh one."
        )
        self.key = key[:60]


class OwnOutputRefused(CarbonLabelError):
    """A statement of our own making does not verify; nothing was issued."""

    code: ClassVar[str] = "own-output-refused"

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__(
            "A freshly signed statement did not pass our own verification "
            f"({', '.join(reasons)}). Nothing was issued. Tell the operator."
        )
        self.reasons = list(reasons)


@dataclass(frozen=True, slots=True)
class LabelOrder:
    """One label to be issued. Dates left out are chosen: from now, for as long as allowed."""

    footprint_id: str
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    replaces: LabelCode | None = None
    renews: LabelCode | None = None
    reason: WithdrawalReason | None = None  # of a reissue

    def digest(self) -> str:
        """Return what an idempotency key is bound to."""
        parts = (
            self.footprint_id,
            self.valid_from and stamp(self.valid_from),
            self.valid_until and stamp(self.valid_until),
            self.replaces,
            self.renews,
            self.reason and self.reason.value,
        )
        return sha256(orjson.dumps(parts)).hexdigest()


def issue(
    session: Session,
    desk: CertifierDesk,
    order: LabelOrder,
    now: datetime,
    idempotency_key: str | None = None,
) -> IssuedLabel:
    """Issue one label; the same idempotency key again returns the label that it made.

    Raises `FootprintNotFound`, `FootprintNotAccepted`, `FootprintOfAnotherCertifier`,
    `FootprintAlreadyLabelled`, `LabelOrderRefused`, `IdempotencyKeyReused`, and for a reissue or
    renewal `LabelNotFound`, `NotTheSameProduct` and what `revoke` raises.
    """
    head = lock_head(session)
    if idempotency_key is not None:
        earlier = find_request(session, desk.certifier_id, idempotency_key)
        if earlier is not None:
            if earlier.request_digest != order.digest():
                raise IdempotencyKeyReused(idempotency_key)
            return find_label(session, LabelCode(earlier.code))
    (label,) = _issue(session, desk, [order], now, head)
    if idempotency_key is not None:
        add_request(
            session,
            {
                "certifier_id": desk.certifier_id,
                "idempotency_key": idempotency_key,
                "request_digest": order.digest(),
                "code": label.code,
            },
        )
    return label


def issue_many(
    session: Session, desk: CertifierDesk, orders: Sequence[LabelOrder], now: datetime
) -> list[IssuedLabel]:
    """Issue labels for up to 1 000 different footprints, all or none; raises as `issue` does."""
    if len(orders) > MAX_BATCH:
        raise ValueError(f"at most {MAX_BATCH} labels a batch")
    wanted = [order.footprint_id for order in orders]
    wanted += [order.replaces for order in orders if order.replaces]
    for name, times in Counter(wanted).items():
        if times > 1:
            why = f"{name} stands in two orders of one batch. Leave one of them out."
            raise LabelOrderRefused("batch", [Flaw("orders", "ordered-twice", why)])
    if not orders:
        return []
    return _issue(session, desk, orders, now, lock_head(session))


def _issue(
    session: Session,
    desk: CertifierDesk,
    orders: Sequence[LabelOrder],
    now: datetime,
    head: Row[object],
) -> list[IssuedLabel]:
    at = max(now, head.last_time)  # a clock that steps back never back-dates a label
    accepted = find_accepted(session, [order.footprint_id for order in orders])
    footprints = [_footprint_of(session, order, accepted, desk) for order in orders]
    codes = _fresh_codes(session, orders)
    status_list, position = head.status_list, head.status_position
    labels = []
    for code, order, footprint in zip(codes, orders, footprints, strict=True):
        if position == LIST_SIZE:
            status_list, position = status_list + 1, 0
        identity = _identity(session, desk, code, order, footprint, at)
        labels.append(_signed(desk, code, order, footprint, identity, (status_list, position), at))
        position += 1
    add_labels(session, [_row(label, desk) for label in labels])
    add_events(session, [_event(label, head.events + i, desk) for i, label in enumerate(labels)])
    move_head(
        session,
        events=head.events + len(labels),
        status_list=status_list,
        status_position=position,
        last_time=at,
    )
    for label, order in zip(labels, orders, strict=True):
        if order.replaces is not None:
            reason = order.reason or WithdrawalReason.ERROR_IN_DATA
            mark_superseded(session, desk, order.replaces, label.code, reason, at)
    return labels


def _fresh_codes(session: Session, orders: Sequence[LabelOrder]) -> list[LabelCode]:
    """Return codes that no label has; raises `FootprintAlreadyLabelled`."""
    wanted = [order.footprint_id for order in orders]
    codes: list[LabelCode] = []
    while len(codes) < len(orders):
        fresh = list({new_code() for _ in range(len(orders) - len(codes))} - {*codes})
        used, labelled = taken(session, fresh, wanted)
        for footprint_id, label in labelled.items():
            raise FootprintAlreadyLabelled(footprint_id, label)
        codes += [code for code in fresh if code not in used]
    return codes


def _footprint_of(
    session: Session,
    order: LabelOrder,
    footprints: Mapping[str, AcceptedFootprint],
    desk: CertifierDesk,
) -> AcceptedFootprint:
    footprint = footprints.get(order.footprint_id)
    if footprint is None:
        find_footprint(session, order.footprint_id)  # raises FootprintNotFound
        raise FootprintNotAccepted(order.footprint_id)
    if footprint.accepted_by != desk.certifier_id:
        raise FootprintOfAnotherCertifier(footprint.id, footprint.accepted_by)
    return footprint


def _identity(
    session: Session,
    desk: CertifierDesk,
    code: LabelCode,
    order: LabelOrder,
    footprint: AcceptedFootprint,
    at: datetime,
) -> Identity:
    rule = desk.rules.find(footprint.rule)
    if rule is None or not rule.is_in_force(at.date()):
        name = f"{footprint.rule.id} {footprint.rule.version}"
        why = f"Rule {name} is not in force. Import the footprint anew under a rule that is."
        raise LabelOrderRefused("order", [Flaw("rule", "rule-not-in-force", why)])
    start = order.valid_from or at
    if start < at:
        why = f"A label cannot begin before it is signed ({stamp(at)}). Leave the start out."
        raise LabelOrderRefused("order", [Flaw("validFrom", "valid-from-in-the-past", why)])
    end = order.valid_until or datetime.combine(
        start.date() + timedelta(days=rule.maximum_validity_days - 1), _END_OF_DAY, UTC
    )
    if order.replaces and order.renews:
        why = "A label corrects another one, or it is the next period's. Order one or the other."
        raise LabelOrderRefused("order", [Flaw("renews", "replaces-and-renews", why)])
    flaws = check_validity(rule, start.date(), end.date())
    if not flaws and end < start:
        flaws = (Flaw("validUntil", "dates-reversed", "The label would end before it starts."),)
    if flaws:
        raise LabelOrderRefused("order", flaws)
    links = [
        _linked(session, desk, earlier, footprint) if earlier else None
        for earlier in (order.replaces, order.renews)
    ]
    return Identity(f"{desk.origin}/l/{code}", start, end, *links)


def _linked(
    session: Session, desk: CertifierDesk, earlier: LabelCode, footprint: AcceptedFootprint
) -> str:
    label = find_label(session, earlier)
    if label.certifier_id != desk.certifier_id or label.producer_id != footprint.producer_id:
        raise NotTheSameProduct(earlier)
    open_for_withdrawal(session, desk, earlier)  # neither follows from a label that is gone
    return label.url


def _signed(
    desk: CertifierDesk,
    code: LabelCode,
    order: LabelOrder,
    footprint: AcceptedFootprint,
    identity: Identity,
    place: tuple[int, int],
    at: datetime,
) -> IssuedLabel:
    position = position_of(desk.seal, *place)
    document = build(orjson.loads(footprint.claims), identity, position, desk.certifier)
    lint_unsigned(document)
    statement = secured(document, desk.signer, at, canonical_plain)
    _verify_own(desk, statement, identity.valid_from)
    return IssuedLabel(
        code=code,
        url=identity.url,
        footprint_id=footprint.id,
        producer_id=footprint.producer_id,
        certifier_id=desk.certifier_id,
        statement=statement,
        digest=sha256(statement).hexdigest(),
        key_id=desk.signer.key_id,
        issued_at=at,
        valid_from=identity.valid_from,
        valid_until=identity.valid_until,
        status=LabelStatus.IN_FORCE,
        status_at=at,
        status_reason=None,
        superseded_by=None,
        replaces=order.replaces,
        renews=order.renews,
        status_list=position.status_list,
        status_index=position.index,
    )


def _verify_own(desk: CertifierDesk, statement: bytes, valid_from: datetime) -> None:
    """Verify as a stranger would, as of the first moment of validity; status and log come later."""
    world = World(
        now=valid_from,
        issuer=Issuer({desk.signer.key_id: KnownKey(desk.public_key)}),
        standing=Standing(),
        own_origin=desk.origin,
    )
    judgement = verify(statement, world)
    wrong = [
        check.reason
        for check in judgement.checks
        if check.check != "log" and check.result is not Outcome.PASSED
    ]
    if wrong:
        raise OwnOutputRefused(wrong)


def _row(label: IssuedLabel, desk: CertifierDesk) -> dict[str, object]:
    row: dict[str, object] = {name: getattr(label, name) for name in IssuedLabel.__slots__}
    row |= {"status": int(label.status), "status_sequence": 0}
    return {**row, "seal": desk.seal.over(sealed_row(SimpleNamespace(**row)).parts())}


def _event(label: IssuedLabel, number: int, desk: CertifierDesk) -> dict[str, object]:
    return {
        "number": number,
        "code": label.code,
        "event": LabelEvent.ISSUED.value,
        "statement_digest": label.digest,
        "at": label.issued_at,
        "reason": None,
        "note": None,
        "by": desk.by,
    }
