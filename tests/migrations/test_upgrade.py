"""The database grows to what the code expects, whole or not at all, however many start at once."""

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.exc import ProgrammingError
from sqlmodel import SQLModel

from app.migrations.tables import TABLES
from app.migrations.upgrade import SchemaTooNew, upgrade
from app.storage.engine import open_engine, reading, writing
from app.storage.failure import StorageUnavailable

ROOT = Path(__file__).resolve().parents[2]
NAMES = {str(row.__tablename__) for row in TABLES}


def test_an_empty_database_gets_every_table(empty_database_url: str) -> None:
    engine = open_engine(empty_database_url)
    before, after = upgrade(engine)
    assert before is None
    assert upgrade(engine) == (after, after)
    assert set(inspect(engine).get_table_names()) == NAMES | {"alembic_version"}
    with reading(engine) as session:
        head = session.connection().execute(text("SELECT * FROM register_head")).all()
    assert [tuple(row) for row in head] == [(1, 0, 0, 1, 0, "1970-01-01T00:00:00Z")]
    engine.dispose()


def test_the_code_and_the_migrations_agree(empty_database_url: str) -> None:
    engine = open_engine(empty_database_url)
    upgrade(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []
    engine.dispose()


def test_every_constraint_has_its_name(empty_database_url: str) -> None:
    engine = open_engine(empty_database_url)
    upgrade(engine)
    found = inspect(engine)
    for table in NAMES:
        names = [
            found.get_pk_constraint(table)["name"],
            *(key["name"] for key in found.get_foreign_keys(table)),
            *(unique["name"] for unique in found.get_unique_constraints(table)),
            *(index["name"] for index in found.get_indexes(table)),
        ]
        assert all(name and f"_{table}" in name for name in names), names
        assert all(name.partition("_")[0] in {"pk", "fk", "uq", "ix"} for name in names if name)
    engine.dispose()


def test_a_database_of_a_newer_program_is_left_alone(empty_database_url: str) -> None:
    engine = open_engine(empty_database_url)
    upgrade(engine)
    with writing(engine) as session:
        session.connection().execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaTooNew, match="newer program") as refused:
        upgrade(engine)
    assert refused.value.revision == "9999"
    engine.dispose()


def test_an_upgrade_that_fails_leaves_nothing(empty_database_url: str) -> None:
    engine = open_engine(empty_database_url)
    with writing(engine) as session:  # somebody else's table is in the way of the last one
        session.connection().execute(text("CREATE TABLE label_event (id INTEGER)"))
    with pytest.raises((StorageUnavailable, ProgrammingError)):
        upgrade(engine)
    assert inspect(engine).get_table_names() == ["label_event"]
    engine.dispose()


def test_a_database_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"This is no database at all. " * 100)
    for url in (f"postgresql://u@/d?host={tmp_path}", f"sqlite:///{tmp_path / 'x.db'}"):
        engine = open_engine(url)
        with pytest.raises(StorageUnavailable):
            upgrade(engine)
        engine.dispose()


def test_several_processes_start_at_once(empty_database_url: str) -> None:
    script = (
        "import sys\n"
        "from app.migrations.upgrade import upgrade\n"
        "from app.storage.engine import open_engine\n"
        "sys.stdin.readline()\n"
        "print(upgrade(open_engine(sys.argv[1])))\n"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", script, empty_database_url],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate(timeout=60) for process in started]
    assert [process.returncode for process in started] == [0, 0, 0], said
    befores = sorted(out.partition(",")[0] for out, _ in said)
    assert befores.count("(None") == 1
    engine = open_engine(empty_database_url)
    assert set(inspect(engine).get_table_names()) == NAMES | {"alembic_version"}
    engine.dispose()
