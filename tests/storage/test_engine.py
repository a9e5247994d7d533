"""One engine from one URL; transactions that are committed whole or not at all."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from app.kit.clock import now as clock_now
from app.parties.find import all_parties
from app.parties.model import Role
from app.parties.register import register
from app.storage.engine import DatabaseUrlNotSupported, open_engine, reading, writing
from app.storage.failure import StorageUnavailable

ADD = text(
    "INSERT INTO organisation (id, role, name, description, fictitious, added_at)"
    " VALUES ('a', 'producer', '{}', '{}', true, '2026-01-01T00:00:00Z')"
)


def parties(engine: Engine) -> int:
    with reading(engine) as session:
        return len(all_parties(session, Role.PRODUCER))


@pytest.mark.parametrize(
    "url",
    ["", "no url", "mysql://root@localhost/x", "oracle://x", "https://label.example", "sqlite"],
)
def test_no_other_database_is_opened(url: str) -> None:
    with pytest.raises(DatabaseUrlNotSupported, match="postgresql://"):
        open_engine(url)


def test_old_spellings_of_postgresql_are_understood() -> None:
    for url in ("postgres://u@h/d", "postgresql://u@h/d", "postgresql+psycopg://u@h/d"):
        assert open_engine(url).url.drivername == "postgresql+psycopg"


def test_sqlite_keeps_every_promise_it_can(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'below' / 'x.db'}")
    with reading(engine) as session:
        found = {
            name: session.connection().exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "trusted_schema")
        }
    engine.dispose()
    # 2 is FULL: NORMAL would lose acknowledged labels in a power cut.
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "trusted_schema": 0,
    }
    assert (tmp_path / "below").stat().st_mode & 0o777 == 0o700


def test_what_was_written_is_there_after_the_block(engine: Engine) -> None:
    with writing(engine) as session:
        session.connection().execute(ADD)
        assert parties_in(session) == 1
    assert parties(engine) == 1


def parties_in(session: Session) -> int:
    return len(all_parties(session, Role.PRODUCER))


def test_an_error_leaves_nothing(engine: Engine) -> None:
    def add_and_fail() -> None:
        with writing(engine) as session:
            session.connection().execute(ADD)
            raise RuntimeError("afterwards")

    with pytest.raises(RuntimeError, match="afterwards"):
        add_and_fail()
    assert parties(engine) == 0


def test_a_broken_constraint_is_not_called_an_outage(engine: Engine) -> None:
    def add_twice() -> None:
        with writing(engine) as session:
            session.connection().execute(ADD)
            session.connection().execute(ADD)

    with pytest.raises(IntegrityError):
        add_twice()
    assert parties(engine) == 0


def test_a_foreign_key_is_enforced(engine: Engine) -> None:
    with pytest.raises(IntegrityError), writing(engine) as session:
        session.connection().execute(
            text(
                "INSERT INTO token (id, secret_hash, organisation_id, made_at, expires_at)"
                " VALUES ('t', 'h', 'nobody', 'now', 'then')"
            )
        )


def test_a_reader_sees_what_was_committed_when_it_began(engine: Engine) -> None:
    with reading(engine) as session:
        assert parties_in(session) == 0
        with writing(engine) as writer:
            register(writer, "a", Role.PRODUCER, {"en": "A (fictitious)"}, now=clock_now())
    assert parties(engine) == 1


def test_a_database_that_is_not_there(tmp_path: Path) -> None:
    engine = open_engine(f"postgresql://u@/d?host={tmp_path}")
    with pytest.raises(StorageUnavailable, match="try again"), reading(engine) as session:
        session.connection()
    engine.dispose()


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"This is no database at all. " * 100)
    engine = open_engine(f"sqlite:///{tmp_path / 'x.db'}")
    with pytest.raises(StorageUnavailable), writing(engine) as session:
        session.connection()
    engine.dispose()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_database_that_somebody_holds_locked(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_engine(database_url)
    with reading(engine) as session:
        session.connection().exec_driver_sql("PRAGMA busy_timeout=50")
    other = sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageUnavailable), writing(engine) as session:
        session.connection()
    other.execute("ROLLBACK")
    other.close()
    with writing(engine) as session:
        session.connection().execute(ADD)
    engine.dispose()
