"""Accepting a footprint freezes exactly what will be signed."""

import json
from dataclasses import replace
from datetime import date, timedelta
from types import MappingProxyType

import pytest
from sqlalchemy import text

from app.footprints.accept import (
    FootprintAlreadyAccepted,
    VerifiedBeforeTheData,
    VerifiedInTheFuture,
)
from app.footprints.file import FootprintRefused
from app.footprints.find import FootprintNotFound, find_accepted, find_footprint
from app.footprints.model import Assurance, RuleRegistry
from app.kit.clock import now
from app.labels.accept import MAX_CLAIMS, accept_footprint
from app.labels.desk import LOCAL_OPERATOR, open_desk
from app.statements.lint import lint_claims
from app.storage.engine import reading, writing
from tests.installation import Installation


def accept(installation: Installation, footprint: str, rules: RuleRegistry | None = None) -> None:
    with writing(installation.engine) as session:
        accept_footprint(
            session,
            footprint,
            installation.certifier,
            rules or installation.rules,
            assurance=Assurance.REASONABLE,
            verified_on=now().date(),
            now=now(),
        )


def state(installation: Installation, footprint: str) -> str:
    with reading(installation.engine) as session:
        return find_footprint(session, footprint).state


def test_what_is_accepted_is_what_gets_signed(installation: Installation) -> None:
    received = installation.received()
    assert state(installation, received.id) == "received"
    accept(installation, received.id)
    assert state(installation, received.id) == "accepted"
    with reading(installation.engine) as session:
        accepted = find_accepted(session, [received.id])[received.id]
    claims = json.loads(accepted.claims)
    assert claims["verification"] == {"level": "reasonable", "on": now().date().isoformat()}
    lint_claims(claims)
    label = installation.issue(received.id)
    subject = json.loads(label.statement)["credentialSubject"]
    assert {name: subject[name] for name in claims} == claims
    assert set(subject) - set(claims) == {"id"}


def test_two_files_of_the_same_figures_have_digests_that_tell_nothing(
    installation: Installation,
) -> None:
    footprints = installation.footprints(2)
    with reading(installation.engine) as session:
        found = find_accepted(session, footprints).values()
        salts = session.connection().execute(text("SELECT salt FROM footprint")).scalars().all()
    assert len({json.loads(one.claims)["inventoryDigest"] for one in found}) == 2
    assert len({bytes(salt) for salt in salts}) == 2
    assert {len(salt) for salt in salts} == {32}


def test_nothing_is_accepted_twice(installation: Installation) -> None:
    footprint = installation.footprint()
    with pytest.raises(FootprintAlreadyAccepted) as refused:
        accept(installation, footprint)
    assert refused.value.by == "demo"


def test_what_is_not_there_cannot_be_accepted(installation: Installation) -> None:
    with pytest.raises(FootprintNotFound):
        accept(installation, "F0000000000000000")


def test_a_rule_that_is_gone_by_now_refuses(installation: Installation) -> None:
    received = installation.received()
    with pytest.raises(FootprintRefused):
        accept(installation, received.id, RuleRegistry(MappingProxyType({})))
    assert state(installation, received.id) == "received"


def test_claims_that_make_no_statement_are_not_accepted(installation: Installation) -> None:
    received = installation.received()
    rule = installation.rules.find(received.rule)
    assert rule is not None
    nameless = {(rule.id, rule.version): replace(rule, name={})}
    with pytest.raises(FootprintRefused, match=r"rule\.name") as refused:
        accept(installation, received.id, RuleRegistry(MappingProxyType(nameless)))
    assert [flaw.code for flaw in refused.value.flaws] == ["statement-malformed"]
    assert state(installation, received.id) == "received"


def test_nobody_has_verified_tomorrow(installation: Installation) -> None:
    with pytest.raises(VerifiedInTheFuture):
        installation.footprint(verified_on=now().date() + timedelta(days=2))


def test_claims_that_could_not_be_verified_are_not_accepted(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    received = installation.received()
    monkeypatch.setattr("app.labels.accept.MAX_CLAIMS", 1000)
    with pytest.raises(FootprintRefused, match="at most 1000 can be signed"):
        accept(installation, received.id)
    assert state(installation, received.id) == "received"
    assert MAX_CLAIMS < 256 * 1024


def test_whoever_acts_stands_in_the_event(installation: Installation) -> None:
    with writing(installation.engine) as session:
        desk = open_desk(
            session,
            installation.store,
            installation.origin,
            installation.certifier,
            installation.rules,
            by=LOCAL_OPERATOR,
        )
    assert (desk.by, desk.certifier_id) == (LOCAL_OPERATOR, "demo")
    assert desk.seal == installation.seal
    assert desk.signer.key_id.startswith(str(installation.certifier.did))


def test_a_verification_before_the_data_end_is_refused(installation: Installation) -> None:
    with pytest.raises(VerifiedBeforeTheData, match=r"2023-11-29 lies before .* 2023-11-30"):
        installation.footprint(verified_on=date(2023, 11, 29))
