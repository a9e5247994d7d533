"""Somebody's status list: believed only if everything about it is right."""

import gzip
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.kit.clock import stamp
from app.signing.key_file import FileSigner, file_signer, make_key_file
from app.signing.multikey import raw_public_key
from app.signing.proof import secured
from app.statements.shape import VC_CONTEXT, StatusEntry
from app.statements.status import (
    LARGEST_BITS,
    SMALLEST_BITS,
    StatusListRefused,
    is_set,
    parse_status_list,
    standing_from,
    trusted_issuers,
    unpacked,
)
from app.statements.verify import Standing

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
SERVICE = "did:web:label.example"
CERTIFIER = "did:web:label.example:certifiers:demo"
URL = "https://label.example/status/revocation/1"
KEY = f"{SERVICE}#key-2026-01"

Document = dict[str, Any]


def encoded(*positions: int, size: int = SMALLEST_BITS) -> str:
    bits = bytearray(size // 8)
    for position in positions:
        bits[position // 8] |= 0x80 >> position % 8
    return multibase(gzip.compress(bytes(bits)))


def multibase(data: bytes) -> str:
    return "u" + urlsafe_b64encode(data).rstrip(b"=").decode()


def document() -> Document:
    return {
        "@context": [VC_CONTEXT],
        "id": URL,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": SERVICE,
        "validFrom": stamp(NOW - timedelta(hours=1)),
        "validUntil": stamp(NOW + timedelta(hours=23)),
        "credentialSubject": {
            "id": f"{URL}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": encoded(5, 131_071),
        },
    }


def entry(index: int, purpose: Any = "revocation", url: str = URL) -> StatusEntry:
    return StatusEntry(f"{url}#{index}", "BitstringStatusListEntry", purpose, str(index), url)


@pytest.fixture
def signer(tmp_path: Path) -> tuple[FileSigner, dict[str, bytes]]:
    multikey = make_key_file(tmp_path / "service.pem", b"secret")
    return file_signer(tmp_path / "service.pem", b"secret", KEY, multikey), {
        KEY: raw_public_key(multikey)
    }


def test_a_bit_is_read_where_it_stands(signer: tuple[FileSigner, dict[str, bytes]]) -> None:
    listed = parse_status_list(secured(document(), signer[0], NOW))
    for index, expected in ((0, False), (4, False), (5, True), (6, False), (131_071, True)):
        assert is_set(listed, entry(index), [SERVICE], signer[1], NOW) is expected


def test_a_list_may_have_several_purposes(signer: tuple[FileSigner, dict[str, bytes]]) -> None:
    made = document()
    made["credentialSubject"]["statusPurpose"] = ["suspension", "revocation"]
    listed = parse_status_list(secured(made, signer[0], NOW))
    assert is_set(listed, entry(5), [SERVICE], signer[1], NOW)


def at(path: str, value: object) -> Callable[[Document], None]:
    """Return a change of the document: the member at `path` gets a value, or goes if it is None."""
    *parents, last = path.split(".")

    def change(made: Document) -> None:
        for parent in parents:
            made = made[parent]
        if value is None:
            del made[last]
        else:
            made[last] = value

    return change


BITS = "credentialSubject.encodedList"
BAD = {
    "of another type": at("type", ["VerifiableCredential"]),
    "type is a text": at("type", "BitstringStatusListCredential"),
    "without a context": at("@context", None),
    "of another context": at("@context", ["https://elsewhere.example"]),
    "without an id": at("id", None),
    "another list": at("id", f"{URL}0"),
    "without an issuer": at("issuer", None),
    "of another issuer": at("issuer", "did:web:elsewhere.example"),
    "without a subject": at("credentialSubject", None),
    "of another subject": at("credentialSubject.type", "StatusList2021"),
    "of another purpose": at("credentialSubject.statusPurpose", "suspension"),
    "without a purpose": at("credentialSubject.statusPurpose", None),
    "from the future": at("validFrom", stamp(NOW + timedelta(hours=1))),
    "without an end": at("validUntil", None),
    "without a beginning": at("validFrom", None),
    "an end that is no time": at("validUntil", "tomorrow"),
    "without bits": at(BITS, None),
    "in another base": at(BITS, "z" + encoded()[1:]),
    "with foreign characters": at(BITS, encoded()[:40] + "!" + encoded()[40:]),
    "too short": at(BITS, encoded(size=SMALLEST_BITS - 8)),
    "a bomb": at(BITS, encoded(size=LARGEST_BITS + 8)),
    "not packed": at(BITS, multibase(bytes(SMALLEST_BITS // 8))),
    "cut off": at(BITS, encoded(5)[:-8]),
    "with something behind": at(BITS, multibase(gzip.compress(bytes(16_384)) + b"more")),
}


@pytest.mark.parametrize("how", BAD)
def test_a_list_that_is_wrong_is_not_believed(
    how: str, signer: tuple[FileSigner, dict[str, bytes]]
) -> None:
    made = document()
    BAD[how](made)
    data = secured(made, signer[0], NOW)
    with pytest.raises(StatusListRefused) as refused:
        is_set(parse_status_list(data), entry(7), [SERVICE], signer[1], NOW)
    assert refused.value.reason == "status-untrusted"


def test_a_list_out_of_date_is_not_believed(signer: tuple[FileSigner, dict[str, bytes]]) -> None:
    listed = parse_status_list(secured(document(), signer[0], NOW))
    assert not is_set(listed, entry(7), [SERVICE], signer[1], NOW + timedelta(hours=23))
    with pytest.raises(StatusListRefused) as refused:
        is_set(listed, entry(7), [SERVICE], signer[1], NOW + timedelta(hours=23, seconds=1))
    assert refused.value.reason == "status-expired"


def test_a_position_beyond_the_list_is_not_in_force(
    signer: tuple[FileSigner, dict[str, bytes]],
) -> None:
    listed = parse_status_list(secured(document(), signer[0], NOW))
    with pytest.raises(StatusListRefused, match="no position 131072"):
        is_set(listed, entry(131_072), [SERVICE], signer[1], NOW)


def test_an_unsigned_bit_is_not_believed(signer: tuple[FileSigner, dict[str, bytes]]) -> None:
    made = json.loads(secured(document(), signer[0], NOW))
    made["credentialSubject"]["encodedList"] = encoded()
    listed = parse_status_list(json.dumps(made).encode())
    with pytest.raises(StatusListRefused, match="signature is wrong"):
        is_set(listed, entry(5), [SERVICE], signer[1], NOW)
    made["extra"] = 2**53 + 1  # which has no canonical form
    listed = parse_status_list(json.dumps(made).encode())
    with pytest.raises(StatusListRefused, match="signature is wrong"):
        is_set(listed, entry(5), [SERVICE], signer[1], NOW)


def test_a_key_of_nobody_is_not_believed(signer: tuple[FileSigner, dict[str, bytes]]) -> None:
    listed = parse_status_list(secured(document(), signer[0], NOW))
    with pytest.raises(StatusListRefused, match="none of its issuer's"):
        is_set(listed, entry(5), [SERVICE], {}, NOW)


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b'"text"', b"{}", b'{"type": ["BitstringStatusListCredential"]}']
)
def test_what_is_no_list_is_refused(data: bytes) -> None:
    with pytest.raises(StatusListRefused):
        parse_status_list(data)


def test_a_proof_for_something_else_is_refused(
    signer: tuple[FileSigner, dict[str, bytes]],
) -> None:
    made = json.loads(secured(document(), signer[0], NOW))
    made["proof"]["proofPurpose"] = "authentication"
    with pytest.raises(StatusListRefused, match="something else"):
        parse_status_list(json.dumps(made).encode())


def test_the_largest_list_is_unpacked_and_no_larger_one() -> None:
    assert len(unpacked(encoded(size=LARGEST_BITS))) * 8 == LARGEST_BITS
    with pytest.raises(StatusListRefused, match="more than"):
        unpacked(encoded(size=LARGEST_BITS * 8))


def test_the_service_of_the_issuers_host_speaks_for_it() -> None:
    assert trusted_issuers(CERTIFIER) == (CERTIFIER, SERVICE)
    assert trusted_issuers("did:web:h.example%3A8443:a") == (
        "did:web:h.example%3A8443:a",
        "did:web:h.example%3A8443",
    )
    assert trusted_issuers("did:key:z6Mk") == ("did:key:z6Mk",)


@pytest.mark.parametrize(
    ("bits", "standing"),
    [
        ({"revocation": False, "suspension": False}, Standing()),
        ({"revocation": False, "suspension": True}, Standing(suspended=True)),
        ({"revocation": True, "refresh": False}, Standing(revoked=True)),
        ({"revocation": True, "refresh": True}, Standing(revoked=True, superseded=True)),
        ({"revocation": True, "refresh": "status-expired"}, Standing(revoked=True)),
        (
            {"revocation": "status-expired", "suspension": True},
            Standing(unknown="status-expired"),
        ),
        (
            {"revocation": False, "suspension": "status-untrusted"},
            Standing(unknown="status-untrusted"),
        ),
        ({"revocation": False}, Standing(unknown="status-unavailable")),
        ({}, Standing(unknown="status-unavailable")),
    ],
)
def test_what_is_not_known_is_never_in_force(
    bits: dict[str, bool | str], standing: Standing
) -> None:
    assert standing_from(bits) == standing
