"""Receive a footprint file: parse, check against its rule, keep the very bytes."""

import secrets
from datetime import datetime
from hashlib import sha256
from typing import ClassVar

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from app.footprints.check import check
from app.footprints.file import FootprintRefused, parse_footprint
from app.footprints.find import ReceivedFootprint, received
from app.footprints.model import Footprint, RuleRegistry
from app.footprints.records import FootprintRow, same_file_row
from app.kit.errors import CarbonLabelError
from app.kit.texts import in_language
from app.parties.find import producer_named
from app.parties.model import Party


class ProducerNotAdmitted(CarbonLabelError):
    """A footprint file names a producer that this service does not know."""

    code: ClassVar[str] = "producer-not-admitted"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The field producer names {name[:100]!r}, who is not admitted here. "
            "`carbon-label producer add` admits a producer."
        )
        self.field = "producer"


class ForeignProducer(CarbonLabelError):
    """A producer hands in the footprint of another one."""

    code: ClassVar[str] = "foreign-producer"

    def __init__(self, name: str, party: str) -> None:
        super().__init__(
            f"The field producer names {name[:100]!r}, but you act for {party}. "
            "Hand in your own products' footprints only."
        )
        self.field = "producer"


def receive(
    session: Session, data: bytes, rules: RuleRegistry, now: datetime, party: Party | None = None
) -> ReceivedFootprint:
    """Store a footprint file and return it; the very same file again returns what is there.

    `party` is the producer who hands it in; None is the local operator, who may do so for any.

    Raises `FootprintRefused` with every flaw, `ProducerNotAdmitted`, `ForeignProducer`.
    """
    footprint = parse_footprint(data)
    flaws = check(footprint, rules, now.date())
    if flaws:
        raise FootprintRefused(flaws)
    producer = _producer(session, footprint, party)
    digest = sha256(data).hexdigest()
    row = same_file_row(session, producer.id, digest)
    if row is None:
        row = FootprintRow(
            id="F" + secrets.token_hex(8),
            producer_id=producer.id,
            file=data,
            digest=digest,
            salt=secrets.token_bytes(32),
            rule_id=footprint.rule.id,
            rule_version=footprint.rule.version,
            received_at=now,
        )
        try:
            with session.begin_nested():
                session.add(row)
        except IntegrityError:  # the same file came twice in the same moment; the other one won
            row = same_file_row(session, producer.id, digest)
            if row is None:
                raise
    return received(row)


def _producer(session: Session, footprint: Footprint, party: Party | None) -> Party:
    claim = footprint.producer
    producer = producer_named(session, claim.name, claim.registration)
    if party is not None and (producer is None or producer.id != party.id):
        raise ForeignProducer(in_language(claim.name, "en"), in_language(party.name, "en"))
    if producer is None:
        raise ProducerNotAdmitted(in_language(claim.name, "en"))
    return producer
