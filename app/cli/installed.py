"""The installation that a command works on: settings, database, keys."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from app.cli.say import Refusal
from app.kit.codes import LabelCode

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from app.footprints.model import RuleRegistry
    from app.labels.verifying import Verified
    from app.settings import Settings
    from app.signing.keyring import KeyStore
    from app.signing.seal import Seal


@dataclass(frozen=True, slots=True)
class Installed:
    """An installation that was founded before, ready to act on."""

    settings: "Settings"
    engine: "Engine"
    origin: str
    store: "KeyStore"

    def rules(self) -> "RuleRegistry":
        """Return the product category rules."""
        from app.footprints.rules import load_rules

        return load_rules()

    def seal(self) -> "Seal":
        """Return the seal of its rows."""
        from app.signing.keyring import row_seal

        return row_seal(self.store)


def read_settings() -> "Settings":
    """Return the settings; a variable that cannot be used is named."""
    from pydantic import ValidationError

    from app.settings import Settings

    try:
        return Settings()
    except ValidationError as wrong:
        named = "; ".join(
            f"CARBON_LABEL_{'_'.join(map(str, each['loc'])).upper()}: {each['msg']}"
            for each in wrong.errors()
        )
        raise Refusal(f"A setting cannot be used. {named}.", "setting-not-usable") from None


def sqlite_file(url: str) -> Path | None:
    """Return the file of an SQLite database URL; None for another database."""
    return Path(unquote(url.removeprefix("sqlite:///"))) if url.startswith("sqlite:///") else None


def key_passphrase(settings: "Settings") -> str | None:
    """Return the passphrase if it is set itself, not in a file."""
    return settings.key_passphrase.get_secret_value() if settings.key_passphrase else None


@contextmanager
def installed() -> Iterator[Installed]:
    """Give the installation of the settings.

    Raises `NotInstalled` before its first start, `StorageUnavailable`, `KeyFileUnusable`.
    """
    from sqlalchemy import inspect

    from app.signing.installation import NotInstalled, origin_of_installation
    from app.signing.keyring import open_key_store
    from app.storage.engine import open_engine, reading

    settings = read_settings()
    file = sqlite_file(settings.database)
    if file is not None and not file.exists():
        raise NotInstalled
    engine = open_engine(settings.database)
    try:
        with reading(engine) as session:
            if not inspect(session.connection()).has_table("installation"):
                raise NotInstalled
            origin = origin_of_installation(session)
        store = open_key_store(settings.keys, key_passphrase(settings), settings.passphrase_file)
        yield Installed(settings, engine, origin, store)
    finally:
        engine.dispose()


def verified_here(settings: "Settings", origin: str, seal: "Seal", code: LabelCode) -> "Verified":
    """Return the verdict on a label of this installation, signature and all."""
    from app.kit.clock import now
    from app.labels.verifying import Here, verify_code
    from app.storage.reader import open_reader

    async def judged() -> "Verified":
        reader = open_reader(settings.database)
        try:
            return await verify_code(Here(origin, reader, seal), code, now())
        finally:
            await reader.close()

    return asyncio.run(judged())
