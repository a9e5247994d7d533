"""One engine from one URL: SQLite (WAL, FULL, foreign keys) or PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session, SQLModel

from app.kit.errors import CarbonLabelError
from app.storage.failure import StorageUnavailable

# Named constraints from the first migration on: what has no name cannot be changed later.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class DatabaseUrlNotSupported(CarbonLabelError):
    """The database URL names neither SQLite nor PostgreSQL."""

    code: ClassVar[str] = "database-url-not-supported"

    def __init__(self) -> None:
        super().__init__(
            "CARBON_LABEL_DATABASE_URL is neither sqlite:///FILE nor postgresql://USER@HOST/NAME."
        )


def open_engine(url: str) -> Engine:
    """Return an engine; raises `DatabaseUrlNotSupported`. Nothing is connected yet.

    Parameters stay out of error messages and so out of logs: salts and hashes are among them.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise DatabaseUrlNotSupported from None
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        if parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        engine = create_engine(
            parsed,
            connect_args={"timeout": 30, "check_same_thread": False},
            hide_parameters=True,
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if backend in {"postgresql", "postgres"}:
        return create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            pool_pre_ping=True,
            hide_parameters=True,
            connect_args={"connect_timeout": 10},
        )
    raise DatabaseUrlNotSupported


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """Give a session whose transaction may write: committed at the end, whole or not at all.

    On SQLite it takes the write lock at once (`BEGIN IMMEDIATE`), so that two writers queue
    instead of failing half-way. Raises `StorageUnavailable`.
    """
    with _session(engine, read_only=False) as session:
        yield session
        session.commit()


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """Give a session that only reads. Raises `StorageUnavailable`."""
    with _session(engine, read_only=True) as session:
        yield session


@contextmanager
def _session(engine: Engine, *, read_only: bool) -> Iterator[Session]:
    try:
        with Session(engine, expire_on_commit=False) as session:
            # On the connection: an engine with options of its own, each time, is slow to make.
            session.connection(execution_options={"read_only": read_only})
            yield session
    except (IntegrityError, ProgrammingError, DataError):
        raise  # ours, not the database's
    except (DBAPIError, PoolTimeout) as failed:  # gone, full, locked, or a damaged file
        raise StorageUnavailable from failed


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # NORMAL would lose acknowledged labels in a power cut
        "foreign_keys=ON",
        "trusted_schema=OFF",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    read_only = connection.get_execution_options().get("read_only", False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")
