"""Single-row reads of the scan path."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from app.storage.engine import open_engine, writing
from app.storage.failure import StorageUnavailable
from app.storage.reader import SqliteReader, open_reader

pytestmark = pytest.mark.anyio

HEAD = "SELECT id, events FROM register_head WHERE id = ?"


async def test_it_reads_a_row_or_none(database_url: str) -> None:
    reader = open_reader(database_url)
    try:
        assert await reader.row(HEAD, 1) == (1, 0)
        assert await reader.row(HEAD, 2) is None
    finally:
        await reader.close()
        await reader.close()  # twice does no harm


async def test_it_sees_every_commit_at_once(database_url: str, engine: Engine) -> None:
    reader = open_reader(database_url)
    try:
        for number in range(1, 4):
            with writing(engine) as session:
                session.connection().execute(text("UPDATE register_head SET events = events + 1"))
            assert await reader.row(HEAD, 1) == (1, number)
    finally:
        await reader.close()


async def test_first_reads_at_once_share_what_they_open(database_url: str) -> None:
    reader = open_reader(database_url)
    try:
        assert set(await asyncio.gather(*(reader.row(HEAD, 1) for _ in range(20)))) == {(1, 0)}
    finally:
        await reader.close()


async def test_a_failed_read_is_an_outage_and_no_end(database_url: str) -> None:
    reader = open_reader(database_url)
    try:
        with pytest.raises(StorageUnavailable):
            await reader.row("SELECT nothing FROM nowhere WHERE id = ?", 1)
        assert await reader.row(HEAD, 1) == (1, 0)
    finally:
        await reader.close()


async def test_a_database_that_is_not_there(tmp_path: Path) -> None:
    for url in (f"sqlite:///{tmp_path / 'none.db'}", f"postgresql://u@/d?host={tmp_path}"):
        reader = open_reader(url)
        with pytest.raises(StorageUnavailable):
            await reader.row(HEAD, 1)
        await reader.close()
    assert not (tmp_path / "none.db").exists()  # reading makes nothing


async def test_it_cannot_write(tmp_path: Path) -> None:
    open_engine(f"sqlite:///{tmp_path / 'x.db'}").connect().close()
    reader = open_reader(f"sqlite:///{tmp_path / 'x.db'}")
    with pytest.raises(StorageUnavailable):
        await reader.row("CREATE TABLE t (id)")
    await reader.close()


@pytest.mark.parametrize("name", ["a b.db", "100%25.db", "what%3F.db", "a#b.db", "橙.db"])
async def test_it_opens_the_very_file_that_the_engine_opens(tmp_path: Path, name: str) -> None:
    url = f"sqlite:///{tmp_path}/{name}"
    engine = open_engine(url)
    with writing(engine) as session:
        session.connection().exec_driver_sql("CREATE TABLE t (id INTEGER)")
        session.connection().exec_driver_sql("INSERT INTO t VALUES (7)")
    engine.dispose()
    reader = open_reader(url)
    assert await reader.row("SELECT id FROM t WHERE id = ?", 7) == (7,)
    assert isinstance(reader, SqliteReader)
    assert reader.row_now("SELECT id FROM t WHERE id = ?", 7) == (7,)
    await reader.close()
