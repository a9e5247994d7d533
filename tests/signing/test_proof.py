"""Proofs with `eddsa-jcs-2022`: the specification's own example, and what must not hold."""

import json
from copy import deepcopy
from hashlib import sha256
from pathlib import Path
from typing import Any

import base58
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.kit.clock import parse_stamp
from app.signing.canonical import canonical
from app.signing.key_file import FileSigner
from app.signing.multikey import raw_public_key
from app.signing.proof import bytes_to_sign, proof_holds, proof_options, secured

VECTOR = json.loads(
    (Path(__file__).parents[1] / "vectors/signing/eddsa-jcs-2022.json").read_text(encoding="utf-8")
)
DOCUMENT: dict[str, Any] = VECTOR["document"]
PUBLIC = raw_public_key(VECTOR["publicKeyMultibase"])
CREATED = parse_stamp(VECTOR["created"])
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32))


def signer() -> FileSigner:
    secret = base58.b58decode(VECTOR["secretKeyMultibase"][1:])
    assert secret[:2] == b"\x80\x26"  # multicodec ed25519-priv
    return FileSigner(
        VECTOR["verificationMethod"], Ed25519PrivateKey.from_private_bytes(secret[2:])
    )


def signed() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(secured(DOCUMENT, signer(), CREATED))
    return document


def test_every_step_of_the_specifications_example() -> None:
    options = proof_options(DOCUMENT, VECTOR["verificationMethod"], CREATED)
    assert canonical(DOCUMENT).decode() == VECTOR["canonicalDocument"]
    assert sha256(canonical(DOCUMENT)).hexdigest() == VECTOR["documentHash"]
    assert sha256(canonical(options)).hexdigest() == VECTOR["optionsHash"]
    combined = bytes_to_sign(DOCUMENT, options)
    assert combined.hex() == VECTOR["optionsHash"] + VECTOR["documentHash"]  # options first
    assert signer().sign(combined).hex() == VECTOR["signature"]
    assert signed() == {
        **DOCUMENT,
        "proof": {
            "type": "DataIntegrityProof",
            "cryptosuite": "eddsa-jcs-2022",
            "created": VECTOR["created"],
            "verificationMethod": VECTOR["verificationMethod"],
            "proofPurpose": "assertionMethod",
            "@context": DOCUMENT["@context"],
            "proofValue": VECTOR["proofValue"],
        },
    }


def test_the_specifications_example_holds() -> None:
    assert proof_holds(signed(), PUBLIC)


def test_what_is_stored_is_canonical() -> None:
    data = secured(DOCUMENT, signer(), CREATED)
    assert canonical(json.loads(data)) == data


def test_it_does_not_hold_under_another_key() -> None:
    assert not proof_holds(signed(), OTHER.public_key().public_bytes_raw())


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    if isinstance(value, dict):
        return [leaf for key in value for leaf in leaves(value[key], (*path, key))]
    if isinstance(value, list):
        return [leaf for i, member in enumerate(value) for leaf in leaves(member, (*path, i))]
    return [path]


@pytest.mark.parametrize("path", leaves(signed()), ids=lambda path: ".".join(map(str, path)))
def test_it_does_not_hold_with_any_value_changed(path: tuple[str | int, ...]) -> None:
    document: Any = signed()
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] += "2"  # a digit of base58: the proof's value stays well-formed
    assert not proof_holds(document, PUBLIC)


def test_a_proof_without_context_is_honoured_as_it_came() -> None:
    options = proof_options({}, VECTOR["verificationMethod"], CREATED)
    assert "@context" not in options
    signature = signer().sign(bytes_to_sign(DOCUMENT, options))
    value = "z" + base58.b58encode(signature).decode()
    document = {**DOCUMENT, "proof": {**options, "proofValue": value}}
    assert proof_holds(document, PUBLIC)
    document["proof"]["@context"] = DOCUMENT["@context"]
    assert not proof_holds(document, PUBLIC)


def test_a_document_without_context_can_be_signed() -> None:
    bare = {"id": "urn:example:1"}
    assert proof_holds(json.loads(secured(bare, signer(), CREATED)), PUBLIC)


def resigned(**changes: Any) -> dict[str, Any]:
    """Return the example with other options, properly signed over them."""
    options = {**proof_options(DOCUMENT, VECTOR["verificationMethod"], CREATED), **changes}
    value = "z" + base58.b58encode(signer().sign(bytes_to_sign(DOCUMENT, options))).decode()
    return {**deepcopy(DOCUMENT), "proof": {**options, "proofValue": value}}


def test_more_options_are_signed_too() -> None:
    assert proof_holds(resigned(domain="label.example"), PUBLIC)


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "Ed25519Signature2020"},
        {"cryptosuite": "eddsa-rdfc-2022"},
        {"@context": ["https://www.w3.org/ns/credentials/v2"]},
    ],
    ids=["wrong_type", "wrong_suite", "another_context"],
)
def test_a_right_signature_over_a_wrong_proof_does_not_hold(changes: dict[str, Any]) -> None:
    assert not proof_holds(resigned(**changes), PUBLIC)


@pytest.mark.parametrize(
    "proof",
    [
        None,
        "z",
        [],
        [signed()["proof"]],
        {},
        {**signed()["proof"], "proofValue": None},
        {**signed()["proof"], "proofValue": 1},
        {**signed()["proof"], "proofValue": ""},
        {**signed()["proof"], "proofValue": VECTOR["proofValue"] + "\n"},
        {**signed()["proof"], "proofValue": VECTOR["proofValue"][1:]},
        {**signed()["proof"], "proofValue": "u" + VECTOR["proofValue"][1:]},
    ],
    ids=repr,
)
def test_what_is_no_proof_does_not_hold(proof: Any) -> None:
    assert not proof_holds({**DOCUMENT, "proof": proof}, PUBLIC)


def test_no_proof_at_all_does_not_hold() -> None:
    assert not proof_holds(DOCUMENT, PUBLIC)


def test_a_document_without_canonical_form_does_not_hold() -> None:
    assert not proof_holds({**signed(), "size": 2**70}, PUBLIC)
