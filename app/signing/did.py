"""`did:web`: identifiers on a web origin, and the documents that publish their keys."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from app.signing.multikey import NotMultibase, raw_public_key

# What these hold reaches URLs that we fetch: no way to another host, folder or header line.
_HOST = re.compile(r"[A-Za-z0-9.-]+(?::[0-9]{1,5})?", re.ASCII)
_SEGMENT = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9._~-]+", re.ASCII)

_CONTEXT = ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"]


class KeyState(StrEnum):
    """What a key is good for."""

    ACTIVE = "active"  # signs
    RETIRED = "retired"  # signs no more; what it signed stays good
    COMPROMISED = "compromised"  # left the DID document


@dataclass(frozen=True, slots=True)
class PublishedKey:
    """A public key as its controller publishes it."""

    id: str  # did:web:HOST:certifiers:demo#key-2026-01
    controller: str
    multikey: str
    state: KeyState
    added_at: datetime
    retired_at: datetime | None = None
    compromised_since: datetime | None = None


def did_of(origin: str, *path: str) -> str:
    """Return the did:web of an origin (`https://HOST[:PORT]`) and path: the port as `%3A8443`."""
    host = quote(urlsplit(origin).netloc.lower(), safe="")
    return ":".join(["did:web", host, *path])


def did_document_url(did: str, scheme: str = "https") -> str | None:
    """Return where a did:web publishes its document; None if this is no did:web."""
    parts = did.split(":")
    if len(parts) < 3 or parts[:2] != ["did", "web"] or not all(parts[2:]):
        return None
    host, *path = (unquote(part) for part in parts[2:])
    if not _HOST.fullmatch(host) or not all(map(_SEGMENT.fullmatch, path)):
        return None
    where = "/".join(path) if path else ".well-known"
    return f"{scheme}://{host}/{where}/did.json"


def did_host(did: str) -> str:
    """Return host[:port] of a did:web, the empty string for anything else."""
    url = did_document_url(did)
    return urlsplit(url).netloc.lower() if url else ""


def did_document(did: str, keys: Sequence[PublishedKey]) -> dict[str, Any]:
    """Return the DID document: active and retired keys alike, a compromised one not at all.

    A retired key carries no `expires` or `revoked`: either would kill the proofs it made.
    """
    good = [key for key in keys if key.state is not KeyState.COMPROMISED]
    return {
        "@context": _CONTEXT,
        "id": did,
        "verificationMethod": [
            {
                "id": key.id,
                "type": "Multikey",
                "controller": did,
                "publicKeyMultibase": key.multikey,
            }
            for key in good
        ],
        "assertionMethod": [key.id for key in good],
    }


def asserting_keys(document: Mapping[str, Any], did: str) -> dict[str, bytes]:
    """Return id -> raw public key of every Ed25519 key a DID document names for assertions.

    A document that is not this DID's own gives none.
    """
    if document.get("id") != did:
        return {}
    methods = document.get("verificationMethod")
    asserted = document.get("assertionMethod")
    if not isinstance(methods, list) or not isinstance(asserted, list):
        return {}
    named = {entry for entry in asserted if isinstance(entry, str)}
    inside = [entry for entry in asserted if isinstance(entry, dict)]
    keys: dict[str, bytes] = {}
    outside = [m for m in methods if isinstance(m, dict) and str(m.get("id")) in named]
    for method in outside + inside:
        key_id, multikey = method.get("id"), method.get("publicKeyMultibase")
        if (
            isinstance(key_id, str)
            and isinstance(multikey, str)
            and method.get("type") == "Multikey"
            and method.get("controller") == did
        ):
            with suppress(NotMultibase):  # a key of another kind
                keys[key_id] = raw_public_key(multikey)
    return keys
