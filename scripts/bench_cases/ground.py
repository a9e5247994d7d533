"""An installation to measure on: keys, a certifier, a producer, footprints ready to be labelled."""

import json
import secrets
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Engine, insert, select
from sqlmodel import SQLModel

from app.footprints.file import parse_footprint
from app.footprints.model import Assurance, RuleRegistry
from app.footprints.receive import receive
from app.footprints.rules import load_rules
from app.kit.clock import now
from app.labels.accept import accept_footprint
from app.labels.desk import CertifierDesk, certifier_did, open_desk
from app.labels.issue import LabelOrder, issue_many
from app.migrations.upgrade import upgrade
from app.parties.model import Party, Role
from app.parties.register import register
from app.signing.installation import fix_origin
from app.signing.keyring import KeyStore, add_key, open_key_store
from app.storage.engine import open_engine, reading, writing

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples/oranges-kg.json"
ORIGIN = "https://label.example"
_MOST_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Ground:
    """One installation, its desk open."""

    home: Path
    engine: Engine
    store: KeyStore
    rules: RuleRegistry
    certifier: Party
    desk: CertifierDesk


def new_ground(home: Path, url: str | None = None) -> Ground:
    """Make an installation in an empty folder; its database is SQLite there, or at `url`."""
    engine = open_engine(url or f"sqlite:///{home / 'carbon-label.db'}")
    upgrade(engine)
    store = open_key_store(home / "keys", None, home / "passphrase")
    rules, moment = load_rules(), now()
    with writing(engine) as session:
        origin = fix_origin(session, ORIGIN, "", moment)
        certifier = register(
            session,
            "demo",
            Role.CERTIFIER,
            {"en": "Sample Certifier (fictitious)", "zh-CN": "示例认证机构（虚构）"},
            now=moment,
            did=certifier_did(origin, "demo"),
            fictitious=True,
        )
        producer = parse_footprint(EXAMPLE.read_bytes()).producer
        register(
            session,
            "producer",
            Role.PRODUCER,
            producer.name,
            registration=producer.registration,
            now=moment,
            fictitious=True,
        )
        add_key(session, store, certifier_did(origin, "demo"), moment)
    with reading(engine) as session:
        desk = open_desk(session, store, origin, certifier, rules)
    return Ground(home, engine, store, rules, certifier, desk)


def add_footprints(ground: Ground, count: int) -> list[str]:
    """Store accepted footprints of the example, each of another batch; return their ids.

    One goes the whole way, through import and acceptance; the others are its row with another
    batch in the file and in the claims.
    """
    first = _accepted(ground)
    table = SQLModel.metadata.tables["footprint"]
    with writing(ground.engine) as session:
        found = session.connection().execute(select(table).where(table.c.id == first))
        row = found.mappings().one()
    batch = json.loads(row["file"])["product"]["batch"].encode()
    ids = [first]
    while len(ids) < count:
        rows = []
        for _ in range(min(_MOST_AT_ONCE, count - len(ids))):
            other = secrets.token_hex(8)
            file, claims = (
                data.replace(batch, f"B-{other}".encode()) for data in (row["file"], row["claims"])
            )
            rows.append(
                {
                    **row,
                    "id": f"F{other}",
                    "file": file,
                    "digest": sha256(file).hexdigest(),
                    "claims": claims,
                }
            )
        with writing(ground.engine) as session:
            session.connection().execute(insert(table), rows)
        ids += [str(made["id"]) for made in rows]
    return ids


def issue_all(ground: Ground, footprints: list[str]) -> None:
    """Issue their labels, in batches."""
    for start in range(0, len(footprints), _MOST_AT_ONCE):
        orders = [LabelOrder(footprint) for footprint in footprints[start : start + _MOST_AT_ONCE]]
        with writing(ground.engine) as session:
            issue_many(session, ground.desk, orders, now())


def _accepted(ground: Ground) -> str:
    document = json.loads(EXAMPLE.read_bytes())
    document["product"]["batch"] = f"B-{secrets.token_hex(8)}"
    file = json.dumps(document, ensure_ascii=False).encode()
    moment = now()
    with writing(ground.engine) as session:
        received = receive(session, file, ground.rules, moment)
        accept_footprint(
            session,
            received.id,
            ground.certifier,
            ground.rules,
            assurance=Assurance.LIMITED,
            verified_on=(moment - timedelta(days=1)).date(),
            now=moment,
        )
    return received.id
