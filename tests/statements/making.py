"""Statements to test with, made of the example files, without a database."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.footprints.file import parse_footprint
from app.footprints.model import Assurance
from app.signing.canonical import canonical
from app.signing.key_file import FileSigner
from app.signing.multikey import to_multibase
from app.signing.proof import bytes_to_sign, proof_options, secured
from app.statements.build import CertifierName, Identity, Position, build, build_claims
from app.statements.model import Judgement
from app.statements.verify import Issuer, KnownKey, Standing, World, verify
from tests.installation import EXAMPLES, ORIGIN, rules

NAMES = sorted(path.stem for path in EXAMPLES.glob("*.json"))
CODE = "7Q4K2M9XG"
URL = f"{ORIGIN}/l/{CODE}"
DID = "did:web:label.example:certifiers:demo"
KEY_ID = f"{DID}#key-2026-01"
SIGNER = FileSigner(KEY_ID, Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
PUBLIC = Ed25519PrivateKey.from_private_bytes(bytes(range(32))).public_key().public_bytes_raw()
STRANGER = FileSigner(KEY_ID, Ed25519PrivateKey.from_private_bytes(bytes(32)))
FROM = datetime(2026, 1, 1, tzinfo=UTC)
UNTIL = datetime(2027, 12, 31, 23, 59, 59, tzinfo=UTC)
NOW = datetime(2026, 6, 1, tzinfo=UTC)
IDENTITY = Identity(URL, FROM, UNTIL)
CERTIFIER = CertifierName(
    DID,
    {"en": "Sample Certifier (fictitious)", "zh-CN": "示例认证机构（虚构）"},
    {"en": "A sample."},
)
WORLD = World(NOW, Issuer({KEY_ID: KnownKey(PUBLIC)}), Standing())


@cache
def _claims(name: str) -> bytes:
    footprint = parse_footprint((EXAMPLES / f"{name}.json").read_bytes())
    rule = rules().find(footprint.rule)
    assert rule is not None
    digest = "sha256-" + "A" * 43 + "="
    return canonical(build_claims(footprint, rule, digest, Assurance.LIMITED, date(2025, 12, 1)))


def claims(name: str = "oranges-kg") -> dict[str, Any]:
    """Return the claims of an example."""
    made: dict[str, Any] = json.loads(_claims(name))
    return made


def unsigned(name: str = "oranges-kg", identity: Identity = IDENTITY) -> dict[str, Any]:
    """Return the statement of an example before its proof."""
    document: dict[str, Any] = json.loads(
        canonical(build(claims(name), identity, Position(1, 84211), CERTIFIER))
    )
    return document


def signed(name: str = "oranges-kg", identity: Identity = IDENTITY) -> bytes:
    """Return the signed statement of an example."""
    return secured(unsigned(name, identity), SIGNER, FROM)


def resigned(
    document: Mapping[str, Any], signer: FileSigner = SIGNER, **options: Any
) -> dict[str, Any]:
    """Return a document with a right proof over whatever it says; None leaves an option out."""
    bare = {name: value for name, value in document.items() if name != "proof"}
    wanted = {**proof_options(bare, signer.key_id, FROM), **options}
    proof = {name: value for name, value in wanted.items() if value is not None}
    value = to_multibase(signer.sign(bytes_to_sign(bare, proof)))
    return {**bare, "proof": {**proof, "proofValue": value}}


def judged(data: bytes, **world: Any) -> Judgement:
    """Return the verdict on bytes in the world of these tests, or one that differs."""
    return verify(data, replace(WORLD, **world))


def reasons(judgement: Judgement) -> dict[str, str]:
    """Return the reason of every check."""
    return {check.check: check.reason for check in judgement.checks}
