"""did:web: identifiers, where their documents are, and which keys a document gives."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from app.signing.did import (
    KeyState,
    PublishedKey,
    asserting_keys,
    did_document,
    did_document_url,
    did_host,
    did_of,
)
from app.signing.multikey import public_multikey

DID = "did:web:label.example:certifiers:demo"
RAW = bytes(range(32))
KEY = PublishedKey(
    f"{DID}#key-1",
    DID,
    public_multikey(RAW),
    KeyState.ACTIVE,
    datetime(2026, 1, 1, tzinfo=UTC),
)


@pytest.mark.parametrize(
    ("origin", "path", "did", "url"),
    [
        (
            "https://label.example",
            (),
            "did:web:label.example",
            "https://label.example/.well-known/did.json",
        ),
        (
            "https://Label.Example:8443",
            (),
            "did:web:label.example%3A8443",
            "https://label.example:8443/.well-known/did.json",
        ),
        (
            "https://label.example:8443",
            ("certifiers", "demo"),
            "did:web:label.example%3A8443:certifiers:demo",
            "https://label.example:8443/certifiers/demo/did.json",
        ),
        (
            "http://192.168.1.5:8000",
            ("certifiers", "a-b"),
            "did:web:192.168.1.5%3A8000:certifiers:a-b",
            "https://192.168.1.5:8000/certifiers/a-b/did.json",
        ),
    ],
)
def test_an_origin_and_its_did(origin: str, path: tuple[str, ...], did: str, url: str) -> None:
    assert did_of(origin, *path) == did
    assert did_document_url(did) == url
    assert did_host(did) == origin.partition("://")[2].lower()


def test_a_development_origin_publishes_over_http() -> None:
    assert did_document_url(DID, "http") == "http://label.example/certifiers/demo/did.json"


@pytest.mark.parametrize(
    "did",
    [
        "",
        "did:web",
        "did:web:",
        "did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2",
        "https://label.example",
        "did:web:label.example:",
        "did:web::demo",
        "did:web:label.example::demo",
        "did:web:label.example/certifiers",
        "did:web:label.example#key",
        "did:web:label.example?x",
        "did:web:user@label.example",
        "did:web:user%40label.example",
        "did:web:label.example%2F..%2Fsecret",
        "did:web:label.example:%2E%2E:secret",
        "did:web:label.example:.:secret",
        "did:web:label.example:..:secret",
        "did:web:label.example:a%2Fb",
        "did:web:label.example:a%5Cb",
        "did:web:label.example:a%0D%0AHost%3A%20evil",
        "did:web:label.example%0A",
        "did:web:label.example%3A8443x",
        "did:web:label.example%3A",
        "did:web:label.example%3A123456",
        "did:web:label example",
        "did:web:[::1]",
        "did:web:label.example:%E4%B8%AD",
        "did:web:%E4%B8%AD.example",
    ],
)
def test_what_is_no_safe_did_web_has_no_document(did: str) -> None:
    assert did_document_url(did) is None
    assert did_host(did) == ""


def test_a_document_names_active_and_retired_keys_but_no_compromised_one() -> None:
    retired = replace(KEY, id=f"{DID}#key-2", state=KeyState.RETIRED, retired_at=KEY.added_at)
    lost = replace(KEY, id=f"{DID}#key-3", state=KeyState.COMPROMISED)
    document = did_document(DID, [KEY, retired, lost])
    assert document["id"] == DID
    assert document["assertionMethod"] == [KEY.id, retired.id]
    assert [method["id"] for method in document["verificationMethod"]] == [KEY.id, retired.id]
    for method in document["verificationMethod"]:
        # `expires` or `revoked` would kill the proofs that a retired key has made.
        assert set(method) == {"id", "type", "controller", "publicKeyMultibase"}
    assert asserting_keys(document, DID) == {KEY.id: RAW, retired.id: RAW}


def method(**changes: Any) -> dict[str, Any]:
    return {
        "id": KEY.id,
        "type": "Multikey",
        "controller": DID,
        "publicKeyMultibase": KEY.multikey,
        **changes,
    }


def document(**changes: Any) -> dict[str, Any]:
    return {
        "id": DID,
        "verificationMethod": [method()],
        "assertionMethod": [KEY.id],
        **changes,
    }


def test_a_key_may_stand_within_the_assertion_methods() -> None:
    inside = document(verificationMethod=[], assertionMethod=[method()])
    assert asserting_keys(inside, DID) == {KEY.id: RAW}


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "did:web:evil.example"},
        {"id": None},
        {"verificationMethod": None},
        {"verificationMethod": {}},
        {"verificationMethod": ["text", None, 1]},
        {"assertionMethod": None},
        {"assertionMethod": KEY.id},
        {"assertionMethod": []},
        {"assertionMethod": [f"{DID}#another"]},
        {"assertionMethod": [None, 1, [], {}]},
        {"verificationMethod": [method(type="JsonWebKey")]},
        {"verificationMethod": [method(controller="did:web:evil.example")]},
        {"verificationMethod": [method(controller=None)]},
        {"verificationMethod": [method(publicKeyMultibase=None)]},
        {"verificationMethod": [method(publicKeyMultibase="z")]},
        {"verificationMethod": [method(publicKeyMultibase=["z"])]},
        {"verificationMethod": [method(id=[KEY.id])]},
        {"verificationMethod": [method(id={})]},
        {"verificationMethod": [method(id=None)]},
        {"assertionMethod": [method(id=None)], "verificationMethod": []},
        {"assertionMethod": [method(id=[])], "verificationMethod": []},
    ],
    ids=repr,
)
def test_a_document_that_is_wrong_gives_no_key_and_no_error(changes: dict[str, Any]) -> None:
    assert asserting_keys(document(**changes), DID) == {}
