"""`carbon-label db`: bring the database up to date, check it, copy it."""

import sqlite3
from pathlib import Path

import click

from app.cli.installed import installed, read_settings, sqlite_file
from app.cli.say import Refusal, answer, json_option, progress


@click.group()
def db() -> None:
    """Upgrade, check and back up the database."""


@db.command()
@json_option
def upgrade(as_json: bool) -> None:
    """Create the tables, or bring them to this version. Safe while the service runs."""
    from app.migrations.upgrade import upgrade as bring_up
    from app.storage.engine import open_engine

    engine = open_engine(read_settings().database)
    try:
        before, after = bring_up(engine)
    finally:
        engine.dispose()
    done = "is up to date" if before == after else f"was brought from {before or 'nothing'}"
    answer(as_json, {"before": before, "after": after}, [f"The database {done}: {after}"])


@db.command()
@json_option
@click.pass_context
def check(ctx: click.Context, as_json: bool) -> None:
    """Check every label's seal, signature and columns; status 1 names each altered row."""
    from app.labels.check import check_register

    with installed() as here:
        found = check_register(
            here.engine, here.seal(), here.origin, lambda done: progress(f"{done} labels checked")
        )
    progress("\n")
    data = {
        "labels": found.labels,
        "altered": [{"code": row.code, "reasons": list(row.reasons)} for row in found.altered],
    }
    lines = [f"{row.code}  altered: {', '.join(row.reasons)}" for row in found.altered]
    lines.append(f"{found.labels} labels checked, {len(found.altered)} altered")
    if found.altered:
        lines.append("Compare these rows with a backup; scans of them do not show `valid`.")
    answer(as_json, data, lines)
    ctx.exit(1 if found.altered else 0)


@db.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@json_option
def backup(file: Path, as_json: bool) -> None:
    """Copy an SQLite database into FILE, whole and checked, while the service runs."""
    source = sqlite_file(read_settings().database)
    if source is None:
        raise Refusal(
            "The database is PostgreSQL, which has its own tools: "
            "pg_dump --format=custom --file=FILE, or continuous archiving.",
            "not-sqlite",
        )
    if not source.exists():
        raise Refusal(f"There is no database {source} yet.", "no-database")
    if file.exists():
        raise Refusal(f"{file} exists; a backup is never written over another.", "file-exists")
    partial = file.with_name(f".{file.name}.partial")
    partial.unlink(missing_ok=True)
    partial.touch(mode=0o600)
    try:
        pages = _copy(source, partial)
        partial.rename(file)
    except sqlite3.Error as failed:
        raise Refusal(f"The copy failed: {failed}. No backup was made.", "backup-failed") from None
    finally:
        partial.unlink(missing_ok=True)
    answer(
        as_json,
        {"file": str(file), "bytes": file.stat().st_size, "pages": pages},
        [f"{file}  whole and checked. The keys and their passphrase are not in it."],
    )


def _copy(source: Path, target: Path) -> int:
    ours = sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True, timeout=30)
    copy = sqlite3.connect(target)
    try:
        ours.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, nothing beside it
        (verdict,) = copy.execute("PRAGMA integrity_check").fetchone()
        if verdict != "ok":
            raise sqlite3.DatabaseError(f"the copy is not sound ({verdict})")
        (pages,) = copy.execute("PRAGMA page_count").fetchone()
        return int(pages)
    finally:
        copy.close()
        ours.close()
