"""Reissuing corrects a label, renewing follows it: who may, and what becomes of the old one."""

from typing import Any

import pytest
from sqlalchemy import text

from app.kit.clock import now
from app.kit.codes import LabelCode
from app.labels.find import (
    LabelNotFound,
    RowAltered,
    find_events,
    latest_code,
)
from app.labels.issue import (
    LabelOrderRefused,
    NotTheSameProduct,
)
from app.labels.model import LabelStatus, WithdrawalReason
from app.labels.withdraw import (
    ForeignLabel,
    LabelAlreadyRevoked,
    LabelAlreadySuperseded,
    revoke,
)
from app.parties.model import Role
from app.parties.register import register
from app.statements.model import Verdict
from app.statements.read import read
from app.storage.engine import reading, writing
from tests.installation import Installation, unique_example

pytestmark = pytest.mark.anyio


def order(link: str, code: str) -> dict[str, Any]:
    """Return what replaces or renews another label."""
    return {link: LabelCode(code)}


def events(installation: Installation) -> list[int]:
    with reading(installation.engine) as session:
        query = text("SELECT number FROM label_event ORDER BY number")
        return [row[0] for row in session.connection().execute(query)]


async def test_a_reissued_label_says_what_replaces_it(installation: Installation) -> None:
    old = installation.issue()
    new = installation.issue(replaces=old.code, reason=WithdrawalReason.RULE_VIOLATION)
    kept = installation.label(old.code)
    assert (kept.status, kept.superseded_by) == (LabelStatus.SUPERSEDED, new.code)
    assert kept.status_reason is WithdrawalReason.RULE_VIOLATION
    assert kept.statement == old.statement
    assert (new.replaces, new.renews) == (old.code, None)
    assert read(new.statement).replaces == old.url
    judgement = await installation.judged(old.code)
    assert (judgement.verdict, judgement.superseded_by) == (Verdict.SUPERSEDED, new.url)
    assert (await installation.judged(new.code)).verdict is Verdict.VALID
    with reading(installation.engine) as session:
        assert [event for event, _, _ in find_events(session, old.code)] == [
            "issued",
            "superseded",
        ]
        assert latest_code(session, old.code) == new.code
    assert events(installation) == [0, 1, 2]


def test_a_reissue_without_a_reason_corrects_an_error(installation: Installation) -> None:
    old = installation.issue()
    installation.issue(replaces=old.code)
    assert installation.label(old.code).status_reason is WithdrawalReason.ERROR_IN_DATA


async def test_a_renewed_label_leaves_the_old_one_valid(installation: Installation) -> None:
    old = installation.issue()
    new = installation.issue(renews=old.code)
    again = installation.issue(renews=new.code)
    assert installation.label(old.code) == old
    assert read(new.statement).renews == old.url
    assert (await installation.judged(old.code)).verdict is Verdict.VALID
    with reading(installation.engine) as session:
        for code in (old.code, new.code, again.code):
            assert latest_code(session, code) == again.code
        with pytest.raises(LabelNotFound):
            latest_code(session, LabelCode("000000000"))


def test_links_that_run_in_a_circle_end(installation: Installation) -> None:
    old = installation.issue()
    new = installation.issue(renews=old.code)
    with writing(installation.engine) as session:  # nothing of ours does that
        session.connection().execute(
            text("UPDATE label SET renews = :new WHERE code = :old"),
            {"new": new.code, "old": old.code},
        )
    with reading(installation.engine) as session:
        assert latest_code(session, old.code) == new.code


@pytest.mark.parametrize("link", ["replaces", "renews"])
def test_only_the_same_two_may_reissue_or_renew(installation: Installation, link: str) -> None:
    other = installation.admit_certifier("other")
    old = installation.issue()
    footprint = installation.footprint(certifier=other)
    with pytest.raises(NotTheSameProduct) as refused:
        installation.issue(footprint, certifier=other, **order(link, old.code))
    assert refused.value.label == old.code
    with writing(installation.engine) as session:
        name = {"zh-CN": "另一果园（虚构）"}
        register(session, "orchard", Role.PRODUCER, name, now=now(), fictitious=True)
    theirs = installation.footprint(unique_example(producer={"name": name}))
    with pytest.raises(NotTheSameProduct):
        installation.issue(theirs, **order(link, old.code))


@pytest.mark.parametrize("link", ["replaces", "renews"])
def test_nothing_follows_a_label_that_is_gone(installation: Installation, link: str) -> None:
    with pytest.raises(LabelNotFound):
        installation.issue(**order(link, "000000000"))
    revoked, replaced = installation.issue(), installation.issue()
    with installation.at_desk() as (session, desk):
        revoke(session, desk, revoked.code, WithdrawalReason.FRAUD, now())
    successor = installation.issue(replaces=replaced.code)
    with pytest.raises(LabelAlreadyRevoked):
        installation.issue(**order(link, revoked.code))
    with pytest.raises(LabelAlreadySuperseded) as refused:
        installation.issue(**order(link, replaced.code))
    assert refused.value.superseded_by == successor.code
    with writing(installation.engine) as session:
        session.connection().execute(text("UPDATE label SET valid_until = '2099-01-01T00:00:00Z'"))
    with pytest.raises(RowAltered):
        installation.issue(**order(link, successor.code))


def test_a_label_corrects_or_renews_but_not_both(installation: Installation) -> None:
    old = installation.issue()
    with pytest.raises(LabelOrderRefused, match="one or the other"):
        installation.issue(replaces=old.code, renews=old.code)


def test_a_reissue_can_be_repeated_with_its_key(installation: Installation) -> None:
    old = installation.issue()
    footprint = installation.footprint()
    new = installation.issue(footprint, replaces=old.code, key="k")
    assert installation.issue(footprint, replaces=old.code, key="k") == new
    assert events(installation) == [0, 1, 2]


def test_another_certifiers_label_is_foreign(installation: Installation) -> None:
    other = installation.admit_certifier("other")
    label = installation.issue()
    with (
        pytest.raises(ForeignLabel) as refused,
        installation.at_desk(other) as (session, desk),
    ):
        revoke(session, desk, label.code, WithdrawalReason.FRAUD, now())
    assert refused.value.label == label.code
