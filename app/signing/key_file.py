"""Private keys at rest: encrypted PKCS#8 PEM, mode 0600, outside the repository."""

import os
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from cryptography.exceptions import InternalError, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.kit.errors import CarbonLabelError
from app.signing.multikey import public_multikey


class KeyFileUnusable(CarbonLabelError):
    """A private key cannot be read: missing, open to others, or another passphrase."""

    code: ClassVar[str] = "key-file-unusable"

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"The key file {path.name} cannot be used: {why}")
        self.file = path.name


class KeyFileExists(CarbonLabelError):
    """A key would be written over another one."""

    code: ClassVar[str] = "key-file-exists"

    def __init__(self, path: Path) -> None:
        super().__init__(f"The key file {path.name} exists; a key is never overwritten.")
        self.file = path.name


@dataclass(frozen=True, slots=True)
class FileSigner:
    """A signer whose key was read from an encrypted file."""

    key_id: str
    _key: Ed25519PrivateKey = field(repr=False)

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte Ed25519 signature of `message`."""
        return self._key.sign(message)


def make_key_file(path: Path, passphrase: bytes) -> str:
    """Make a key, write it encrypted with mode 0600, and return its public Multikey.

    The file appears whole or not at all. Raises `KeyFileExists`.
    """
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase),
    )
    write_secret(path, pem)
    return public_multikey(key.public_key().public_bytes_raw())


def write_secret(path: Path, data: bytes) -> None:
    """Write a new file of mode 0600, durably; raises `KeyFileExists`."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Not our process number: in a container it is the same at every start, and what a killed
    # process left behind would be in the way for ever.
    partial = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.link(partial, path)  # unlike rename, refuses to replace
    except FileExistsError:
        raise KeyFileExists(path) from None
    finally:
        partial.unlink(missing_ok=True)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def read_private_file(path: Path) -> bytes:
    """Return a secret file's bytes; refuses one that others may read. Raises `KeyFileUnusable`."""
    try:
        mode = path.stat().st_mode
        if stat.S_IMODE(mode) & 0o077:
            raise KeyFileUnusable(path, f"others may read it; run: chmod 600 {path.name}")
        return path.read_bytes()
    except OSError as missing:
        raise KeyFileUnusable(path, f"{missing.strerror}. Restore it from your backup.") from None


def read_key(path: Path, passphrase: bytes) -> Ed25519PrivateKey:
    """Return the private key of an encrypted PKCS#8 file; raises `KeyFileUnusable`."""
    try:
        key = serialization.load_pem_private_key(read_private_file(path), passphrase)
    except TypeError:
        raise KeyFileUnusable(path, "it is not encrypted; we do not use bare keys.") from None
    except (ValueError, UnsupportedAlgorithm, InternalError):
        raise KeyFileUnusable(
            path,
            "the passphrase does not fit, or the file is damaged. Check "
            "CARBON_LABEL_KEY_PASSPHRASE or CARBON_LABEL_KEY_PASSPHRASE_FILE.",
        ) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyFileUnusable(path, "it is not an Ed25519 key.")
    return key


def file_signer(path: Path, passphrase: bytes, key_id: str, multikey: str) -> FileSigner:
    """Return the signer of a key file whose public half is `multikey`; raises `KeyFileUnusable`.

    The encryption has no checksum of its own: a damaged file may well open, as another key.
    """
    key = read_key(path, passphrase)
    if public_multikey(key.public_key().public_bytes_raw()) != multikey:
        raise KeyFileUnusable(path, "it is damaged, or another key's. Restore it from your backup.")
    return FileSigner(key_id, key)
