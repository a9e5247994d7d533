"""Bring a database to the present schema, whole or not at all; say whether it is there."""

from pathlib import Path
from typing import ClassVar

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError

from app.kit.errors import CarbonLabelError
from app.storage.failure import StorageUnavailable


class SchemaTooNew(CarbonLabelError):
    """The database was upgraded by a newer version of this program."""

    code: ClassVar[str] = "schema-too-new"

    def __init__(self, revision: str) -> None:
        super().__init__(
            f"The database has revision {revision}, which this version does not know. "
            "Run the newer program again, or restore the backup made before the upgrade."
        )
        self.revision = revision


def upgrade(engine: Engine) -> tuple[str | None, str]:
    """Run the missing migrations in one transaction; return the revision before and after.

    Two processes at once: the second waits and finds nothing to do. Raises `SchemaTooNew`,
    `StorageUnavailable`.
    """
    config = _config()
    script = ScriptDirectory.from_config(config)
    head = str(script.get_current_head())
    try:
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(20240101)"))
            before = MigrationContext.configure(connection).get_current_revision()
            if before is not None and before not in {r.revision for r in script.walk_revisions()}:
                raise SchemaTooNew(before)
            if before != head:
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
    except (IntegrityError, ProgrammingError):
        raise  # ours, not the database's
    except DBAPIError as failed:  # gone, full, locked, or no database at all
        raise StorageUnavailable from failed
    return before, head


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config
