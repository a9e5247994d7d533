"""`carbon-label db`: what was altered is named, what is copied is whole."""

import sqlite3
from pathlib import Path

import pytest

from app.storage.engine import writing
from tests.cli.conftest import Command
from tests.installation import Installation

GARBAGE = {
    "statement": "X'00'",
    "url": "'https://elsewhere.example/l/X'",
    "digest": "'0'",
    "valid_from": "'2020-01-01T00:00:00Z'",
    "valid_until": "'2099-12-31T23:59:59Z'",
    "issued_at": "'2020-01-01T00:00:00Z'",
    "status": "2",
    "status_at": "'yesterday'",
    "status_reason": "'fraud'",
    "status_sequence": "7",
    "status_list": "9",
    "status_index": "131073",
    "seal": "X'00'",
}


def alter(installation: Installation, sql: str) -> None:
    if not installation.url.startswith("sqlite"):
        sql = sql.replace("X'00'", r"'\x00'::bytea")
    with writing(installation.engine) as session:
        session.connection().exec_driver_sql(sql)


def test_a_whole_register_passes(command: Command, installation: Installation) -> None:
    installation.issue_many(3)
    assert command.json("db", "check") == {"labels": 3, "altered": []}
    assert "3 labels checked, 0 altered" in command("db", "check").stdout


def test_every_altered_column_is_named(command: Command, installation: Installation) -> None:
    codes = [label.code for label in installation.issue_many(len(GARBAGE) + 1)]
    for code, (column, value) in zip(codes, GARBAGE.items(), strict=False):
        alter(installation, f"UPDATE label SET {column} = {value} WHERE code = '{code}'")  # noqa: S608 - our own values
    found = command.json("db", "check", status=1)
    assert found["labels"] == len(codes)
    altered = {row["code"]: row["reasons"] for row in found["altered"]}
    assert set(altered) == set(codes[:-1])
    for code, column in zip(codes, GARBAGE, strict=False):
        reasons = altered[code]
        if column == "statement":
            assert set(reasons) == {"seal", "malformed"}
        else:
            assert {"seal", f"column {column}"} & set(reasons), column
    lines = command("db", "check", status=1).stdout
    assert all(code in lines for code in codes[:-1])


def test_a_forged_statement_under_a_right_seal_is_named(
    command: Command, installation: Installation
) -> None:
    one, other = installation.issue_many(2)
    for made in (one, other):
        forged = made.statement.replace(b"Ehime orange", b"Golden fruit")
        with writing(installation.engine) as session:
            session.connection().exec_driver_sql(
                "UPDATE label SET statement = ? WHERE code = ?"
                if installation.url.startswith("sqlite")
                else "UPDATE label SET statement = %s WHERE code = %s",
                (forged, made.code),
            )
    found = command.json("db", "check", status=1)
    assert [set(row["reasons"]) for row in found["altered"]] == [
        {"seal", "signature-wrong", "column digest"}
    ] * 2


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_backup_is_whole_and_never_over_another(
    command: Command, installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    label = installation.issue()
    file = tmp_path / "backup.db"
    told = command.json("db", "backup", file)
    assert told["bytes"] == file.stat().st_size
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.glob("*backup*")] == ["backup.db"]
    copy = sqlite3.connect(file)
    assert copy.execute("SELECT code FROM label").fetchall() == [(label.code,)]
    copy.close()
    assert command.json("db", "backup", file, status=1)["code"] == "file-exists"
    monkeypatch.setenv("CARBON_LABEL_DATABASE_URL", f"sqlite:///{file}")
    assert command.json("verify", label.code)["verdict"] == "valid"
    monkeypatch.setenv("CARBON_LABEL_DATABASE_URL", f"sqlite:///{tmp_path}/nothing.db")
    assert command.json("db", "backup", tmp_path / "b", status=1)["code"] == "no-database"
    (tmp_path / "none.db").write_bytes(b"not a database" * 100)
    monkeypatch.setenv("CARBON_LABEL_DATABASE_URL", f"sqlite:///{tmp_path}/none.db")
    assert command.json("db", "backup", tmp_path / "b", status=1)["code"] == "backup-failed"
    assert not list(tmp_path.glob("*b.partial"))


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_postgresql_is_backed_up_with_its_own_tools(command: Command, tmp_path: Path) -> None:
    assert "pg_dump" in command("db", "backup", tmp_path / "backup.db", status=1).stderr


def test_an_upgrade_says_from_where_to_where(
    bare: Command, empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARBON_LABEL_DATABASE_URL", empty_database_url)
    assert "was brought from nothing" in bare("db", "upgrade").stdout
    assert "is up to date" in bare("db", "upgrade").stdout
