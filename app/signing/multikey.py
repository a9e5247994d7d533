"""Multikey (W3C Controlled Identifiers): Ed25519 public keys as `z` + base58btc."""

import re
from typing import ClassVar

import base58
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.kit.errors import CarbonLabelError

_ED25519_PUB = b"\xed\x01"  # multicodec 0xed as a varint
_SIGNATURE_BYTES = 64
# Base58 is quadratic, and nothing of ours is longer. The library would let blanks at the end pass,
# so that one signature had several spellings.
_FORM = re.compile(r"z[1-9A-HJ-NP-Za-km-z]{0,199}", re.ASCII)


class NotMultibase(CarbonLabelError):
    """A text is not base58btc multibase of the expected length."""

    code: ClassVar[str] = "not-multibase"

    def __init__(self, what: str) -> None:
        super().__init__(f"The {what} is not 'z' followed by base58btc of the right length.")


def public_multikey(raw: bytes) -> str:
    """Return the Multikey of a raw 32-byte Ed25519 public key."""
    return to_multibase(_ED25519_PUB + raw)


def raw_public_key(multikey: str) -> bytes:
    """Return the 32 raw bytes of an Ed25519 Multikey; raises `NotMultibase`."""
    data = from_multibase(multikey, "public key")
    if len(data) != 34 or not data.startswith(_ED25519_PUB):
        raise NotMultibase("public key")
    return data[2:]


def to_multibase(data: bytes) -> str:
    """Return `z` + base58btc."""
    return "z" + base58.b58encode(data).decode("ascii")


def from_multibase(text: str, what: str) -> bytes:
    """Return the bytes of `z` + base58btc; raises `NotMultibase`."""
    if not _FORM.fullmatch(text):
        raise NotMultibase(what)
    return base58.b58decode(text[1:])


def signature_from(text: str) -> bytes:
    """Return the 64 bytes of a `proofValue`; raises `NotMultibase`."""
    data = from_multibase(text, "signature")
    if len(data) != _SIGNATURE_BYTES:
        raise NotMultibase("signature")
    return data


def signature_holds(raw_public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether an Ed25519 signature (RFC 8032, pure) holds."""
    try:
        Ed25519PublicKey.from_public_bytes(raw_public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
