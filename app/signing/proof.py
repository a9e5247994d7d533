"""W3C Data Integrity proofs with the cryptosuite `eddsa-jcs-2022`.

The steps, numbered as in docs/label-format.md:

1. options = the proof without `proofValue`, with the document's `@context` copied in
2. RFC 8785 of the options, and of the document without its proof
3. SHA-256(options) followed by SHA-256(document): options first
4. pure Ed25519 over those 64 bytes
5. `proofValue` = `z` + base58btc of the signature
"""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, Protocol

from app.kit.clock import stamp
from app.signing.canonical import Canonicalize, NotCanonicalizable, canonical
from app.signing.multikey import NotMultibase, signature_from, signature_holds, to_multibase

CRYPTOSUITE = "eddsa-jcs-2022"


class Signer(Protocol):
    """Something that signs under a published key: a file, a token, somebody elsewhere."""

    @property
    def key_id(self) -> str:
        """The verification method, such as `did:web:HOST:certifiers:demo#key-2026-01`."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte Ed25519 signature of `message`."""
        ...


def proof_options(document: Mapping[str, Any], key_id: str, created: datetime) -> dict[str, Any]:
    """Return step 1: what the proof says, before there is a signature."""
    options = {
        "type": "DataIntegrityProof",
        "cryptosuite": CRYPTOSUITE,
        "created": stamp(created),
        "verificationMethod": key_id,
        "proofPurpose": "assertionMethod",
    }
    if "@context" in document:
        options["@context"] = document["@context"]
    return options


def bytes_to_sign(
    document: Mapping[str, Any], options: Mapping[str, Any], write: Canonicalize = canonical
) -> bytes:
    """Return the 64 bytes of step 3; `document` is without its proof."""
    return sha256(write(options)).digest() + sha256(write(document)).digest()


def secured(
    document: Mapping[str, Any],
    signer: Signer,
    created: datetime,
    write: Canonicalize = canonical,
) -> bytes:
    """Return the canonical bytes of the document with its proof: what is stored and served.

    `write` is `canonical_plain` for a document that is known to be plain, as one of our statements
    is once it has been linted.
    """
    options = proof_options(document, signer.key_id, created)
    signature = signer.sign(bytes_to_sign(document, options, write))
    proof = {**options, "proofValue": to_multibase(signature)}
    return write({**document, "proof": proof})


def proof_holds(
    document: Mapping[str, Any], raw_public: bytes, write: Canonicalize = canonical
) -> bool:
    """Whether the document's own proof holds under a raw Ed25519 public key.

    The proof is honoured as received: whether it repeats the document's `@context` is for the
    profile to ask (ours does; some issuers leave it out), and where it does, the two must agree.
    `write` is as for `secured`.
    """
    proof = document.get("proof")
    if not isinstance(proof, dict) or not isinstance(proof.get("proofValue"), str):
        return False
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    if (
        options.get("type") != "DataIntegrityProof"
        or options.get("cryptosuite") != CRYPTOSUITE
        or options.get("@context", document.get("@context")) != document.get("@context")
    ):
        return False
    bare = {name: value for name, value in document.items() if name != "proof"}
    try:
        signature = signature_from(proof["proofValue"])
        message = bytes_to_sign(bare, options, write)
    except (NotMultibase, NotCanonicalizable):
        return False
    return signature_holds(raw_public, signature, message)
