"""Single-row reads for the scan path: one statement, no session, no object mapping.

SQLite is read in place, on the event loop's own thread: a row costs about ten microseconds, a
thread hop costs more. PostgreSQL is read through an asynchronous pool.
"""

import sqlite3
from asyncio import Lock
from typing import Any, Protocol
from urllib.parse import quote, unquote

from app.storage.failure import StorageUnavailable

Row = tuple[Any, ...]


class Reader(Protocol):
    """Reads one row by one statement with `?` for its parameters."""

    async def row(self, sql: str, *parameters: object) -> Row | None:
        """Return the first row, or None. Raises `StorageUnavailable`."""
        ...

    async def close(self) -> None:
        """Let go of the connections."""
        ...


class SqliteReader:
    """Reads an SQLite file through one read-only connection."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None

    async def row(self, sql: str, *parameters: object) -> Row | None:
        """Return the first row, or None. Raises `StorageUnavailable`."""
        return self.row_now(sql, *parameters)

    def row_now(self, sql: str, *parameters: object) -> Row | None:
        """Return the first row, or None, without an event loop. Raises `StorageUnavailable`."""
        try:
            if self._connection is None:
                self._connection = sqlite3.connect(
                    f"file:{quote(self._path)}?mode=ro",
                    uri=True,
                    timeout=1,
                    isolation_level=None,
                    check_same_thread=False,
                )
                # Of 100 000 codes the index stays in memory; rows come from the system's cache.
                self._connection.execute("PRAGMA cache_size=-8192")
            found: Row | None = self._connection.execute(sql, parameters).fetchone()
        except sqlite3.Error as failed:
            self._let_go()
            raise StorageUnavailable from failed
        return found

    async def close(self) -> None:
        """Let go of the connection."""
        self._let_go()

    def _let_go(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class PostgresReader:
    """Reads PostgreSQL through an asynchronous pool, opened at the first read."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._pool: Any = None
        self._opening = Lock()  # two first reads at once share one pool

    async def row(self, sql: str, *parameters: object) -> Row | None:
        """Return the first row, or None. Raises `StorageUnavailable`."""
        import psycopg  # noqa: PLC0415 - not needed with SQLite, and slow to load
        from psycopg_pool import AsyncConnectionPool, PoolTimeout  # noqa: PLC0415 - the same

        try:
            async with self._opening:
                if self._pool is None:
                    pool: Any = AsyncConnectionPool(
                        self._url,
                        min_size=1,
                        max_size=8,
                        timeout=5,
                        open=False,
                        kwargs={"autocommit": True, "prepare_threshold": 1},
                    )
                    await pool.open()
                    self._pool = pool
            async with self._pool.connection() as connection:
                cursor = await connection.execute(sql.replace("?", "%s"), parameters)
                found: Row | None = await cursor.fetchone()
        except (psycopg.Error, PoolTimeout) as failed:
            raise StorageUnavailable from failed
        return found

    async def close(self) -> None:
        """Let go of the pool."""
        if self._pool is not None:
            await self._pool.close()
            self._pool = None


def open_reader(url: str) -> Reader:
    """Return the reader of a database URL that `open_engine` accepts."""
    if url.startswith("sqlite:///"):
        return SqliteReader(unquote(url.removeprefix("sqlite:///").partition("?")[0]))
    return PostgresReader(url.replace("postgresql+psycopg://", "postgresql://", 1))
