"""A process killed at any moment: what was acknowledged is there, and each key has one label."""

import os
import random
import signal
import time
from multiprocessing.connection import Connection

import pytest
from sqlalchemy import text

from app.labels.records import all_label_rows
from app.labels.sealing import is_intact
from app.signing.keyring import published_keys
from app.signing.multikey import raw_public_key
from app.statements.model import Verdict
from app.statements.verify import Issuer, KnownKey, Standing, World, verify
from app.storage.engine import reading
from tests.installation import Installation
from tests.labels.processes import issuing

EACH = 15  # labels a round: more than a process issues before it is killed


def received(connection: Connection) -> list[tuple[str, str]]:
    """Return everything that was acknowledged before the process ended."""
    acknowledged = []
    while True:
        try:
            acknowledged.append(connection.recv())
        except (EOFError, ConnectionResetError):
            return acknowledged


def kill_again_and_again(installation: Installation, rounds: int) -> None:
    dice = random.Random()  # noqa: S311 - the moments, not a secret
    pending = [
        (footprint, f"key of {footprint}") for footprint in installation.footprints(rounds * EACH)
    ]
    acknowledged: dict[str, str] = {}
    killed = 0
    for _ in range(rounds):
        process, connection = issuing(installation.url, installation.home, pending)
        assert connection.recv() == "ready"
        time.sleep(dice.uniform(0, 0.06))
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join(30)
        killed += process.exitcode == -signal.SIGKILL
        for key, code in received(connection):
            assert acknowledged.setdefault(key, code) == code
        connection.close()
        process.close()
        # The client retries with the same key whatever was not acknowledged.
        pending = [(footprint, key) for footprint, key in pending if key not in acknowledged]

    assert killed > rounds / 2
    process, connection = issuing(installation.url, installation.home, pending)
    assert connection.recv() == "ready"
    acknowledged |= dict(received(connection))
    process.join(60)
    assert process.exitcode == 0
    connection.close()
    assert len(acknowledged) == rounds * EACH
    check(installation, acknowledged)


def check(installation: Installation, acknowledged: dict[str, str]) -> None:
    with reading(installation.engine) as session:
        connection = session.connection()
        if connection.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
        requests = connection.execute(text("SELECT idempotency_key, code FROM issue_request"))
        assert {row.idempotency_key: row.code for row in requests} == acknowledged
        rows = all_label_rows(session, "", 10_000)
        events = connection.execute(
            text("SELECT code, event FROM label_event ORDER BY number")
        ).all()
        head = connection.execute(text("SELECT * FROM register_head")).one()
        keys = {key.id: KnownKey(raw_public_key(key.multikey)) for key in published_keys(session)}
    assert {row.code for row in rows} == set(acknowledged.values())
    assert len({row.status_index for row in rows}) == len(rows) == head.status_position
    assert [event for _, event in events] == ["issued"] * len(rows)
    assert {code for code, _ in events} == set(acknowledged.values())
    assert head.events == len(events)
    for row in rows:
        assert is_intact(row, installation.seal)
        world = World(row.valid_from, Issuer(keys), Standing())
        assert verify(row.statement, world).verdict is Verdict.VALID


def test_fifteen_kills(installation: Installation) -> None:
    kill_again_and_again(installation, 15)


@pytest.mark.full
def test_two_hundred_kills(installation: Installation) -> None:
    kill_again_and_again(installation, 200)
