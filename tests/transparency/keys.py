"""Keys of the tests: any seed gives a log or a witness."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.transparency.model import Algorithm, NoteKey, NoteSigner


def signer(name: str, algorithm: Algorithm = Algorithm.ED25519, seed: bytes = b"") -> NoteSigner:
    """Return a signer whose key follows from its name, unless a seed is given."""
    private = Ed25519PrivateKey.from_private_bytes((seed or name.encode()).ljust(32, b"\0")[:32])
    public = private.public_key().public_bytes_raw()
    return NoteSigner(NoteKey(name, algorithm, public), private.sign)


def witness(name: str) -> NoteSigner:
    """Return a witness's signer."""
    return signer(name, Algorithm.COSIGNATURE)
