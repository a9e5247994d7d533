"""The keys of this installation: made, found, retired. Private halves are files of a key store."""

import re
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from sqlmodel import Session

from app.kit.errors import CarbonLabelError
from app.signing.did import KeyState, PublishedKey
from app.signing.key_file import (
    FileSigner,
    KeyFileExists,
    KeyFileUnusable,
    file_signer,
    make_key_file,
    read_private_file,
    write_secret,
)
from app.signing.records import SigningKeyRow, key_rows, published_key
from app.signing.seal import SEAL_FILE, Seal, read_seal


class NoActiveKey(CarbonLabelError):
    """A controller has no key that may sign."""

    code: ClassVar[str] = "no-active-key"

    def __init__(self, controller: str) -> None:
        super().__init__(
            f"{controller} has no active key. `carbon-label key add` makes one for a certifier."
        )
        self.controller = controller


class KeyNotFound(CarbonLabelError):
    """No such key."""

    code: ClassVar[str] = "key-not-found"

    def __init__(self, key_id: str) -> None:
        super().__init__(f"There is no key {key_id[:200]!r}. `carbon-label key list` shows them.")
        self.key_id = key_id[:200]


@dataclass(frozen=True, slots=True)
class KeyStore:
    """Where private keys are, and what opens them."""

    folder: Path
    passphrase: bytes = field(repr=False)


def open_key_store(folder: Path, passphrase: str | None, passphrase_file: Path) -> KeyStore:
    """Return the key store; a passphrase file is made (random, 0600) where there is none.

    The passphrase itself goes before the file. Raises `KeyFileUnusable`.
    """
    if passphrase:
        return KeyStore(folder, passphrase.encode())
    if not passphrase_file.exists() and not any(folder.glob("*.pem")):
        with suppress(KeyFileExists):  # another process may make it in the same moment
            write_secret(passphrase_file, secrets.token_urlsafe(32).encode() + b"\n")
    passphrase_bytes = read_private_file(passphrase_file).strip()
    if not passphrase_bytes:
        raise KeyFileUnusable(passphrase_file, "it is empty. Restore it from your backup.")
    return KeyStore(folder, passphrase_bytes)


def row_seal(store: KeyStore) -> Seal:
    """Return the installation's row seal, made at the first start."""
    path = store.folder / SEAL_FILE
    if not path.exists():
        with suppress(KeyFileExists):  # another process may make it in the same moment
            make_key_file(path, store.passphrase)
    return read_seal(path, store.passphrase)


def add_key(session: Session, store: KeyStore, controller: str, now: datetime) -> PublishedKey:
    """Make a key for a DID: the file first, durably, then the row in the caller's transaction."""
    taken = {row.id for row in key_rows(session, controller)}
    number = 1
    while True:
        name = f"key-{now:%Y-%m}" + (f"-{number}" if number > 1 else "")
        file = _file_name(controller, name)
        # A file without a row is what a process that died in between has left; it stays unused.
        if f"{controller}#{name}" not in taken and not (store.folder / file).exists():
            break
        number += 1
    row = SigningKeyRow(
        id=f"{controller}#{name}",
        controller=controller,
        multikey=make_key_file(store.folder / file, store.passphrase),
        file=file,
        state=KeyState.ACTIVE.value,
        added_at=now,
    )
    session.add(row)
    session.flush()
    return published_key(row)


def retire_key(session: Session, key_id: str, now: datetime) -> PublishedKey:
    """Let a key sign no more; what it signed stays good. Raises `KeyNotFound`."""
    row = session.get(SigningKeyRow, key_id)
    if row is None:
        raise KeyNotFound(key_id)
    if row.state == KeyState.ACTIVE.value:
        row.state = KeyState.RETIRED.value
        row.retired_at = now
        session.add(row)
        session.flush()
    return published_key(row)


def signer_of(session: Session, store: KeyStore, controller: str) -> FileSigner:
    """Return the signer of the controller's newest active key.

    Raises `NoActiveKey`, `KeyFileUnusable`.
    """
    active = [row for row in key_rows(session, controller) if row.state == KeyState.ACTIVE.value]
    if not active:
        raise NoActiveKey(controller)
    newest = active[-1]
    return file_signer(store.folder / newest.file, store.passphrase, newest.id, newest.multikey)


def published_keys(session: Session, controller: str | None = None) -> list[PublishedKey]:
    """Return the public keys of a DID, or of all, oldest first."""
    return [published_key(row) for row in key_rows(session, controller)]


def _file_name(controller: str, name: str) -> str:
    owner = "_".join(controller.split(":")[3:]) or "service"
    return re.sub(r"[^A-Za-z0-9_.-]", "-", f"{owner}_{name}.pem")
