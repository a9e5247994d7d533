"""Other people's software reads what we sign: Node's WebCrypto, `canonicalize`, Digital Bazaar."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from app.kit.clock import now
from app.labels.model import WithdrawalReason
from app.labels.status_list import status_list
from app.labels.withdraw import revoke, suspend
from app.signing.keyring import published_keys
from app.statements.lint import STATUS_PURPOSES
from app.storage.engine import reading
from tests.installation import Installation

VERIFIER = Path(__file__).parents[1] / "interop/verify.mjs"

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def asked(document: bytes, keys: dict[str, str], lists: dict[str, Any] | None = None) -> Any:
    """Return what the foreign verifier says of a document."""
    question = {"document": document.decode("utf-8", "replace"), "keys": keys}
    if lists is not None:
        question["lists"] = lists
    done = subprocess.run(
        ["node", str(VERIFIER)],
        input=json.dumps(question).encode(),
        capture_output=True,
        check=True,
        timeout=60,
    )
    return json.loads(done.stdout)


def keys_of(installation: Installation) -> dict[str, str]:
    with reading(installation.engine) as session:
        return {key.id: key.multikey for key in published_keys(session)}


def lists_of(installation: Installation) -> dict[str, bytes]:
    return {
        f"{installation.origin}/status/{purpose}/1": status_list(
            installation.engine, installation.store, installation.origin, (purpose, 1), now()
        )
        for purpose in STATUS_PURPOSES
    }


def test_a_statement_verifies_and_no_changed_byte_does(installation: Installation) -> None:
    statement = installation.issue().statement
    keys = keys_of(installation)
    assert asked(statement, keys) == {"holds": True}
    for place in (statement.index(b"Ehime"), statement.index(b'"proofValue":"z') + 20):
        changed = bytearray(statement)
        changed[place] += 1
        assert asked(bytes(changed), keys)["holds"] is False


def test_a_status_list_verifies_and_tells_the_status(installation: Installation) -> None:
    good, bad, doubtful = (installation.issue() for _ in range(3))
    with installation.at_desk() as (session, desk):
        revoke(session, desk, bad.code, WithdrawalReason.FRAUD, now())
        suspend(session, desk, doubtful.code, WithdrawalReason.ERROR_IN_DATA, now())
    keys, lists = keys_of(installation), lists_of(installation)
    for document in lists.values():
        assert asked(document, keys) == {"holds": True}
        changed = document.replace(b'"ttl":30000', b'"ttl":30001')
        assert asked(changed, keys)["holds"] is False
    documents = {url: json.loads(document) for url, document in lists.items()}
    for label, expected in (
        (good, {"revocation": False, "suspension": False, "refresh": False}),
        (bad, {"revocation": True, "suspension": False, "refresh": False}),
        (doubtful, {"revocation": False, "suspension": True, "refresh": False}),
    ):
        answer = asked(label.statement, keys, documents)
        assert answer == {"holds": True, "status": expected}
