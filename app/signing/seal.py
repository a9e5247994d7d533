"""A keyed seal over stored rows: a row altered behind our back no longer fits its seal."""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.signing.key_file import read_key

SEAL_BYTES = 16
SEAL_FILE = "row-seal.pem"  # in the folder of the keys


@dataclass(frozen=True, slots=True)
class Seal:
    """The secret of one installation's rows. It is kept with the keys, not in the database."""

    _secret: bytes = field(repr=False)

    def over(self, parts: Iterable[bytes]) -> bytes:
        """Return HMAC-SHA-256, cut to 16 bytes, over parts, each with its length before it."""
        sealed = b"".join([piece for part in parts for piece in (len(part).to_bytes(8), part)])
        return hmac.digest(self._secret, sealed, "sha256")[:SEAL_BYTES]

    def fits(self, seal: bytes, parts: Iterable[bytes]) -> bool:
        """Whether `seal` is the seal over these very parts, compared in constant time."""
        if not isinstance(seal, bytes):  # a database keeps whatever it is given
            return False
        return hmac.compare_digest(seal, self.over(parts))

    def derived(self, purpose: str) -> bytes:
        """Return another 32-byte secret for a named purpose, such as a status list's shuffle."""
        return blake2b(
            purpose.encode(), key=self._secret, digest_size=32, person=b"derived"
        ).digest()


def read_seal(path: Path, passphrase: bytes) -> Seal:
    """Return the seal whose secret is derived from an encrypted key file of its own."""
    secret = HKDF(hashes.SHA256(), 32, salt=None, info=b"carbon-label row seal v1").derive(
        read_key(path, passphrase).private_bytes_raw()
    )
    return Seal(secret)
