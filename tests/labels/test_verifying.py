"""Verifying from outside the service: our own register, and what others publish."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from app.kit.clock import now, stamp
from app.kit.codes import LabelCode
from app.labels.model import IssuedLabel
from app.labels.status_list import status_list
from app.labels.verifying import Here, Sources, Verified, verify_code, verify_statement
from app.signing.did import did_document
from app.signing.keyring import published_keys
from app.statements.model import Verdict
from app.statements.status import parse_status_list
from app.storage.engine import reading, writing
from app.storage.outbound import FetchFailed
from app.storage.reader import open_reader
from tests.installation import Installation


@pytest.fixture
def label(installation: Installation) -> IssuedLabel:
    return installation.issue()


def judged(installation: Installation, code: LabelCode, data: bytes | None = None) -> Verified:
    """Verify a label of ours, or a statement in its place."""

    async def verified() -> Verified:
        reader = open_reader(installation.url)
        here = Here(installation.origin, reader, installation.seal)
        try:
            if data is None:
                return await verify_code(here, code, now())
            return await verify_statement(data, here, Sources(), now(), code)
        finally:
            await reader.close()

    return asyncio.run(verified())


def outcome(verified: Verified, check: str) -> tuple[Verdict, str]:
    reasons = {made.check: made.reason for made in verified.judgement.checks}
    return verified.judgement.verdict, reasons[check]


def execute(installation: Installation, sql: str, *values: object) -> None:
    if not installation.url.startswith("sqlite"):
        sql = sql.replace("?", "%s")
    with writing(installation.engine) as session:
        session.connection().exec_driver_sql(sql, values)


def documents(installation: Installation) -> dict[str, dict[str, Any]]:
    with reading(installation.engine) as session:
        dids = (str(installation.certifier.did), installation.did)
        return {did: did_document(did, published_keys(session, did)) for did in dids}


def foreign(label: IssuedLabel, sources: Sources) -> Verified:
    return asyncio.run(verify_statement(label.statement, None, sources, now()))


@pytest.mark.parametrize(
    ("days", "verdict", "reason"),
    [(1, Verdict.REVOKED, "key-compromised"), (-1, Verdict.FORGED, "key-not-trusted")],
)
def test_a_compromised_key_withdraws_what_it_signed_before(
    installation: Installation, label: IssuedLabel, days: int, verdict: Verdict, reason: str
) -> None:
    since = stamp(now() + timedelta(days=days))
    execute(
        installation,
        "UPDATE signing_key SET state = 'compromised', compromised_since = ? WHERE id = ?",
        since,
        label.key_id,
    )
    assert outcome(judged(installation, label.code), "issuer") == (verdict, reason)


def test_a_row_of_nonsense_is_forged(installation: Installation, label: IssuedLabel) -> None:
    execute(installation, "UPDATE label SET statement = ?", b"nonsense")
    assert outcome(judged(installation, label.code), "structure") == (Verdict.FORGED, "malformed")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("value", ["text", 7, None])
def test_a_row_of_another_kind_is_an_altered_one(
    installation: Installation, label: IssuedLabel, value: object
) -> None:
    if value is not None:
        execute(installation, "UPDATE label SET statement = ?", value)
        assert judged(installation, label.code).judgement.verdict is Verdict.FORGED
    execute(installation, "UPDATE label SET statement = ?, seal = ?", label.statement, value or 1)
    assert outcome(judged(installation, label.code), "status") == (
        Verdict.UNDETERMINED,
        "row-altered",
    )


def test_damaged_bytes_in_a_labels_place_are_forged(
    installation: Installation, label: IssuedLabel
) -> None:
    damaged = judged(installation, label.code, label.statement[:-1])
    assert outcome(damaged, "structure") == (Verdict.FORGED, "malformed")
    other = installation.issue()
    assert outcome(judged(installation, label.code, other.statement), "structure") == (
        Verdict.FORGED,
        "other-label",
    )


def test_a_foreign_trial_installation_is_not_believed(installation: Installation) -> None:
    statement = installation.issue().statement.replace(b"https://label.example", b"http://10.0.0.1")
    told = asyncio.run(
        verify_statement(statement, None, Sources(trusted=["10.0.0.1", "label.example"]), now())
    )
    assert outcome(told, "issuer") == (Verdict.UNDETERMINED, "development-origin")


def test_documents_at_hand_are_enough_but_for_the_status(
    installation: Installation, label: IssuedLabel
) -> None:
    told = foreign(label, Sources(documents(installation)))
    assert outcome(told, "status") == (Verdict.UNDETERMINED, "status-unavailable")
    assert outcome(told, "signature")[1] == "signature-right"


def test_a_status_list_without_its_issuers_keys_is_not_believed(
    installation: Installation, label: IssuedLabel
) -> None:
    place = ("revocation", 1)
    listed = status_list(installation.engine, installation.store, installation.origin, place, now())
    only_certifier = {
        did: document for did, document in documents(installation).items() if "certifiers" in did
    }
    told = foreign(label, Sources(only_certifier, (parse_status_list(listed),)))
    assert outcome(told, "status") == (Verdict.UNDETERMINED, "status-unavailable")
    strange = parse_status_list(listed.replace(b'"did:web:label.example"', b'"did:web:x.example"'))
    told = foreign(label, Sources(documents(installation), (strange,)))
    assert outcome(told, "status") == (Verdict.UNDETERMINED, "status-untrusted")


@pytest.mark.parametrize(
    ("body", "reason"), [(None, "status-unavailable"), (b"<html>", "status-untrusted")]
)
def test_a_status_list_that_cannot_be_had_hides_the_verdict(
    installation: Installation, label: IssuedLabel, body: bytes | None, reason: str
) -> None:
    async def fetch(url: str) -> bytes:
        if body is None:
            raise FetchFailed(url, "its host is down")
        return body

    told = foreign(label, Sources(documents(installation), fetch=fetch))
    assert outcome(told, "status") == (Verdict.UNDETERMINED, reason)


def test_a_key_document_that_is_none_resolves_nobody(label: IssuedLabel) -> None:
    async def fetch(url: str) -> bytes:
        return b"[]"

    told = foreign(label, Sources(trusted=["label.example"], fetch=fetch))
    assert outcome(told, "issuer") == (Verdict.UNDETERMINED, "issuer-not-resolvable")
