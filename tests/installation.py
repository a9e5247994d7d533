"""An installation to test with: a database, keys, a certifier, a producer; labels in one call."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from app.footprints.file import parse_footprint
from app.footprints.find import ReceivedFootprint
from app.footprints.model import Assurance, RuleRegistry
from app.footprints.receive import receive
from app.footprints.rules import load_rules
from app.kit.clock import now as clock_now
from app.kit.codes import LabelCode
from app.labels.accept import accept_footprint
from app.labels.desk import CertifierDesk, certifier_did, open_desk
from app.labels.find import find_label
from app.labels.issue import LabelOrder, issue, issue_many
from app.labels.model import IssuedLabel
from app.labels.scan import Scanned, is_genuine, judge_altered, judge_genuine, known_keys, scan
from app.parties.find import find_party
from app.parties.model import Party, Role
from app.parties.register import register
from app.signing.did import did_of
from app.signing.installation import fix_origin, origin_of_installation
from app.signing.keyring import KeyStore, add_key, open_key_store, row_seal
from app.signing.seal import Seal
from app.statements.model import Judgement
from app.storage.engine import open_engine, reading, writing
from app.storage.reader import open_reader

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"
ORIGIN = "https://label.example"
PASSPHRASE = "correct horse battery staple"

_numbers = count(1)


@cache
def rules() -> RuleRegistry:
    """Return the rules that come with the program."""
    return load_rules()


def example(name: str = "oranges-kg", **changes: Any) -> bytes:
    """Return the file of an example, with some of its top-level members replaced."""
    document = json.loads((EXAMPLES / f"{name}.json").read_bytes())
    return json.dumps({**document, **changes}, ensure_ascii=False).encode()


def unique_example(name: str = "oranges-kg", **changes: Any) -> bytes:
    """Return an example that no other call returns: its batch is another one each time."""
    document = json.loads(example(name, **changes))
    document["product"]["batch"] = f"T{next(_numbers)}"
    return json.dumps(document, ensure_ascii=False).encode()


@dataclass(frozen=True, slots=True)
class Installation:
    """Everything a test needs of one running installation."""

    url: str  # of the database
    engine: Engine
    home: Path
    store: KeyStore
    seal: Seal
    rules: RuleRegistry
    origin: str
    certifier: Party
    producer: Party

    @property
    def did(self) -> str:
        """The service's own DID."""
        return did_of(self.origin)

    def desk(self, session: Session, certifier: Party | None = None) -> CertifierDesk:
        """Return the desk of the certifier, or of another one."""
        return open_desk(
            session,
            self.store,
            self.origin,
            certifier or self.certifier,
            self.rules,
            seal=self.seal,
        )

    @contextmanager
    def at_desk(self, certifier: Party | None = None) -> Iterator[tuple[Session, CertifierDesk]]:
        """Give a session that writes, and a desk in it; committed at the end."""
        with writing(self.engine) as session:
            yield session, self.desk(session, certifier)

    def received(self, data: bytes | None = None, now: datetime | None = None) -> ReceivedFootprint:
        """Hand in a footprint file; without one, oranges that no other call hands in."""
        with writing(self.engine) as session:
            return receive(session, data or unique_example(), self.rules, now or clock_now())

    def footprint(
        self,
        data: bytes | None = None,
        *,
        certifier: Party | None = None,
        now: datetime | None = None,
        verified_on: date | None = None,
    ) -> str:
        """Hand in a footprint file and accept it; return its id."""
        moment = now or clock_now()
        received = self.received(data, moment)
        with writing(self.engine) as session:
            accepted = accept_footprint(
                session,
                received.id,
                certifier or self.certifier,
                self.rules,
                assurance=Assurance.LIMITED,
                verified_on=verified_on or moment.date(),
                now=moment,
            )
        return accepted.id

    def footprints(self, number: int) -> list[str]:
        """Hand in and accept so many different footprints in one transaction; return their ids."""
        moment = clock_now()
        ids = []
        with writing(self.engine) as session:
            for _ in range(number):
                received = receive(session, unique_example(), self.rules, moment)
                ids.append(received.id)
                accept_footprint(
                    session,
                    received.id,
                    self.certifier,
                    self.rules,
                    assurance=Assurance.LIMITED,
                    verified_on=moment.date(),
                    now=moment,
                )
        return ids

    def issue(
        self,
        footprint_id: str | None = None,
        *,
        certifier: Party | None = None,
        now: datetime | None = None,
        key: str | None = None,
        **order: Any,
    ) -> IssuedLabel:
        """Issue one label, of fresh oranges unless a footprint is given."""
        moment = now or clock_now()
        wanted = footprint_id or self.footprint(certifier=certifier, now=moment)
        with self.at_desk(certifier) as (session, desk):
            return issue(session, desk, LabelOrder(wanted, **order), moment, key)

    def issue_many(self, number: int) -> list[IssuedLabel]:
        """Issue so many labels of fresh oranges in one batch."""
        orders = [LabelOrder(footprint_id) for footprint_id in self.footprints(number)]
        with self.at_desk() as (session, desk):
            return issue_many(session, desk, orders, clock_now())

    def label(self, code: LabelCode) -> IssuedLabel:
        """Return a label as the register has it now."""
        with reading(self.engine) as session:
            return find_label(session, code)

    def admit_certifier(self, party_id: str, name: Mapping[str, str] | None = None) -> Party:
        """Admit another certifier, with a key."""
        with writing(self.engine) as session:
            party = register(
                session,
                party_id,
                Role.CERTIFIER,
                name or {"en": f"Certifier {party_id} (fictitious)"},
                now=clock_now(),
                did=certifier_did(self.origin, party_id),
                fictitious=True,
            )
            add_key(session, self.store, str(party.did), clock_now())
        return party

    async def scanned(self, code: LabelCode) -> Scanned | None:
        """Return a label's row as a scan reads it."""
        reader = open_reader(self.url)
        try:
            return await scan(reader, code)
        finally:
            await reader.close()

    async def judged(self, code: LabelCode, now: datetime | None = None) -> Judgement:
        """Scan a label, as the service does."""
        scanned = await self.scanned(code)
        assert scanned is not None
        if is_genuine(scanned, self.seal):
            return judge_genuine(scanned, self.origin, now or clock_now())
        with reading(self.engine) as session:
            keys = known_keys(session)
        return judge_altered(scanned, code, keys, self.origin, now or clock_now())


def found(url: str, home: Path) -> Installation:
    """Found an installation in a migrated database: origin, keys, a certifier, a producer."""
    engine = open_engine(url)
    store = open_key_store(home / "keys", PASSPHRASE, home / "passphrase")
    yesterday = clock_now() - timedelta(days=1)
    producer = parse_footprint(example()).producer
    with writing(engine) as session:
        origin = fix_origin(session, ORIGIN, "", yesterday)
        add_key(session, store, did_of(origin), yesterday)
        did = certifier_did(origin, "demo")
        register(
            session,
            "demo",
            Role.CERTIFIER,
            {"en": "Sample Certifier (fictitious)", "zh-CN": "示例认证机构（虚构）"},
            now=yesterday,
            did=did,
            fictitious=True,
        )
        add_key(session, store, did, yesterday)
        register(
            session,
            "oranges",
            Role.PRODUCER,
            producer.name,
            registration=producer.registration,
            now=yesterday,
            fictitious=True,
        )
    return reopened(url, home, engine)


def reopened(url: str, home: Path, engine: Engine | None = None) -> Installation:
    """Open an installation that was founded before, perhaps by another process."""
    opened = engine or open_engine(url)
    store = open_key_store(home / "keys", PASSPHRASE, home / "passphrase")
    with reading(opened) as session:
        return Installation(
            url=url,
            engine=opened,
            home=home,
            store=store,
            seal=row_seal(store),
            rules=rules(),
            origin=origin_of_installation(session),
            certifier=find_party(session, Role.CERTIFIER, "demo"),
            producer=find_party(session, Role.PRODUCER, "oranges"),
        )
