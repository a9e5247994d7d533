"""Change the passphrase of every private key, so that dying in between loses nothing.

1. the new passphrase is written beside the old one, if it is kept in a file at all
2. key file by key file: decrypted, encrypted anew, put in the old one's place as a whole
3. the new passphrase takes the place of the old

Whoever is interrupted repeats the command: files that open with the new passphrase are done.
"""

import os
from contextlib import suppress
from pathlib import Path

from cryptography.hazmat.primitives import serialization

from app.signing.key_file import (
    KeyFileExists,
    KeyFileUnusable,
    read_key,
    read_private_file,
    write_secret,
)
from app.signing.keyring import KeyStore


def unfinished_passphrase(passphrase_file: Path) -> bytes | None:
    """Return the new passphrase of a change that was interrupted, or None."""
    path = _next(passphrase_file)
    return read_private_file(path).strip() if path.exists() else None


def change_passphrase(store: KeyStore, new: bytes, passphrase_file: Path | None) -> int:
    """Encrypt every key file with `new`, and return how many there are.

    `passphrase_file` is where the passphrase is kept, or None if it is set from outside. Every
    file is opened before the first is changed. Raises `KeyFileUnusable`; nothing is lost then.
    """
    files = sorted(store.folder.glob("*.pem"))
    done = {path for path in files if _opens(path, new)}
    for path in files:
        if path not in done:
            read_key(path, store.passphrase)
    if passphrase_file is not None:
        with suppress(KeyFileExists):  # from the run that was interrupted
            write_secret(_next(passphrase_file), new + b"\n")
    for path in files:
        if path not in done:
            _encrypt_anew(path, store.passphrase, new)
    if passphrase_file is not None:
        _next(passphrase_file).replace(passphrase_file)
        _sync(passphrase_file.parent)
    return len(files)


def _opens(path: Path, passphrase: bytes) -> bool:
    try:
        read_key(path, passphrase)
    except KeyFileUnusable:
        return False
    return True


def _encrypt_anew(path: Path, old: bytes, new: bytes) -> None:
    pem = read_key(path, old).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(new),
    )
    partial = path.with_name(f".{path.name}.changed")
    partial.unlink(missing_ok=True)
    write_secret(partial, pem)
    read_key(partial, new)  # what cannot be read back must not take the place of what can
    partial.replace(path)
    _sync(path.parent)


def _next(passphrase_file: Path) -> Path:
    return passphrase_file.with_name(f"{passphrase_file.name}.new")


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
