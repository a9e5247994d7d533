"""Ed25519 as RFC 8032 has it, and keys and signatures as base58btc texts."""

import json
from pathlib import Path
from typing import Any

import base58
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from app.signing.key_file import FileSigner
from app.signing.multikey import (
    NotMultibase,
    from_multibase,
    public_multikey,
    raw_public_key,
    signature_from,
    signature_holds,
    to_multibase,
)

VECTORS = json.loads(
    (Path(__file__).parents[1] / "vectors/signing/rfc8032.json").read_text(encoding="utf-8")
)["vectors"]
# The key of the W3C's examples for eddsa-jcs-2022.
MULTIKEY = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
ORDER = 2**252 + 27742317777372353535851937790883648493  # of the curve's base point


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_rfc_8032(vector: dict[str, str]) -> None:
    secret, public, message, signature = (
        bytes.fromhex(vector[name]) for name in ("secret", "public", "message", "signature")
    )
    signer = FileSigner("did:web:label.example#key", Ed25519PrivateKey.from_private_bytes(secret))
    assert signer.sign(message) == signature
    assert signature_holds(public, signature, message)
    assert not signature_holds(public, signature, message + b"\0")
    assert not signature_holds(public, bytes([signature[0] ^ 1]) + signature[1:], message)


def test_a_signature_has_one_spelling_only() -> None:
    vector = VECTORS[2]
    public, message, signature = (
        bytes.fromhex(vector[name]) for name in ("public", "message", "signature")
    )
    # RFC 8032, section 5.1.7: S must be below the order; else a second signature held as well.
    twin = signature[:32] + (int.from_bytes(signature[32:], "little") + ORDER).to_bytes(
        32, "little"
    )
    assert not signature_holds(public, twin, message)


@pytest.mark.parametrize("raw", [b"", b"\0" * 31, b"\xff" * 32, b"\0" * 33])
def test_what_is_no_key_holds_nothing(raw: bytes) -> None:
    assert not signature_holds(raw, b"\0" * 64, b"message")


@pytest.mark.parametrize("length", [0, 63, 65])
def test_what_is_no_signature_does_not_hold(length: int) -> None:
    assert not signature_holds(raw_public_key(MULTIKEY), b"\0" * length, b"message")


def test_the_w3cs_own_multikey() -> None:
    raw = raw_public_key(MULTIKEY)
    assert len(raw) == 32
    assert public_multikey(raw) == MULTIKEY
    assert base58.b58decode(MULTIKEY[1:])[:2] == b"\xed\x01"


@given(st.binary(min_size=32, max_size=32))
def test_every_key_reads_back(raw: bytes) -> None:
    assert raw_public_key(public_multikey(raw)) == raw
    assert public_multikey(raw).startswith("z6Mk")


@given(st.binary(min_size=64, max_size=64))
def test_every_signature_reads_back(signature: bytes) -> None:
    assert signature_from(to_multibase(signature)) == signature


@pytest.mark.parametrize(
    "text",
    [
        "",
        "z",
        MULTIKEY[1:],
        "u" + MULTIKEY[1:],  # another multibase
        MULTIKEY[:-1],
        MULTIKEY + "2",
        MULTIKEY + " ",
        MULTIKEY + "\n",
        " " + MULTIKEY,
        MULTIKEY.replace("r", "l"),  # no base58 character
        MULTIKEY.replace("r", "é"),
        "z" + "1" * 10_000,
        to_multibase(b"\x12\x00" + bytes(32)),  # a P-256 prefix
        to_multibase(b"\xed\x01" + bytes(33)),
    ],
)
def test_what_is_no_ed25519_multikey_is_refused(text: str) -> None:
    with pytest.raises(NotMultibase, match="public key"):
        raw_public_key(text)


@pytest.mark.parametrize("text", [to_multibase(bytes(63)), to_multibase(bytes(65)), "z0", "zz "])
def test_what_is_no_signature_is_refused(text: str) -> None:
    with pytest.raises(NotMultibase, match="signature"):
        signature_from(text)


@given(st.binary(max_size=80))
def test_multibase_is_one_text_for_one_value(data: bytes) -> None:
    text: Any = to_multibase(data)
    assert from_multibase(text, "value") == data
