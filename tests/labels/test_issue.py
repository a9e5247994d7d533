"""Issuing: in order, once, all or none; and every way in which it is refused."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from hashlib import sha256
from types import MappingProxyType

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text

from app.footprints.find import FootprintNotFound
from app.footprints.model import RuleName, RuleRegistry
from app.kit.clock import now
from app.kit.codes import LabelCode, parse_code
from app.labels.desk import CertifierDesk
from app.labels.find import (
    find_events,
    label_of_request,
    newest_labels,
)
from app.labels.issue import (
    MAX_BATCH,
    FootprintAlreadyLabelled,
    FootprintNotAccepted,
    FootprintOfAnotherCertifier,
    IdempotencyKeyReused,
    LabelOrder,
    LabelOrderRefused,
    OwnOutputRefused,
    issue,
    issue_many,
)
from app.labels.model import LabelStatus, WithdrawalReason
from app.labels.positions import LIST_SIZE
from app.labels.withdraw import (
    revoke,
)
from app.signing.key_file import FileSigner
from app.signing.keyring import NoActiveKey, add_key, retire_key
from app.statements.model import Verdict
from app.statements.read import read
from app.storage.engine import reading, writing
from tests.installation import Installation

pytestmark = pytest.mark.anyio
DAY = timedelta(days=1)


def events(installation: Installation) -> list[int]:
    with reading(installation.engine) as session:
        query = text("SELECT number FROM label_event ORDER BY number")
        return [row[0] for row in session.connection().execute(query)]


def labels(installation: Installation) -> int:
    with reading(installation.engine) as session:
        count = session.connection().execute(text("SELECT COUNT(*) FROM label")).scalar_one()
        return int(count)


async def test_an_issued_label_is_what_was_accepted(installation: Installation) -> None:
    footprint = installation.footprint()
    moment = now()
    label = installation.issue(footprint, now=moment)
    seen = read(label.statement)
    assert parse_code(label.code) == label.code
    assert label.url == seen.url == f"{installation.origin}/l/{label.code}"
    assert label.digest == sha256(label.statement).hexdigest()
    assert (label.issued_at, label.valid_from, seen.created) == (moment, moment, moment)
    assert label.valid_until == seen.valid_until
    assert label.valid_until.strftime("%H:%M:%S") == "23:59:59"
    assert seen.issuer == installation.certifier.did
    assert label.key_id == seen.key
    assert (label.producer_id, label.certifier_id) == ("oranges", "demo")
    assert (label.status, label.superseded_by) == (LabelStatus.IN_FORCE, None)
    entry = json.loads(label.statement)["credentialStatus"][0]
    assert entry["statusListIndex"] == str(label.status_index)
    assert installation.label(label.code) == label
    with reading(installation.engine) as session:
        assert find_events(session, label.code) == [("issued", moment, None)]
    assert (await installation.judged(label.code)).verdict is Verdict.VALID


def test_events_are_numbered_without_gaps_and_positions_are_unique(
    installation: Installation,
) -> None:
    first = installation.issue()
    many = installation.issue_many(40)
    with installation.at_desk() as (session, desk):
        revoke(session, desk, first.code, WithdrawalReason.FRAUD, now())
    last = installation.issue()
    assert events(installation) == list(range(43))
    everyone = [first, *many, last]
    assert len({label.code for label in everyone}) == 42
    assert len({label.status_index for label in everyone}) == 42
    assert {label.status_list for label in everyone} == {1}
    with reading(installation.engine) as session:
        newest = newest_labels(session, limit=100)
        assert {label.code for label in newest} == {label.code for label in everyone}
        assert newest_labels(session, producer_id="oranges", limit=3) == newest[:3]
        assert newest_labels(session, certifier_id="demo") == newest
        assert newest_labels(session, certifier_id="other") == []
        assert newest_labels(session, producer_id="other") == []


def test_dates_may_be_chosen(installation: Installation) -> None:
    start = now() + 10 * DAY
    end = start + 30 * DAY
    beijing = timezone(timedelta(hours=8))
    label = installation.issue(valid_from=start.astimezone(beijing), valid_until=end)
    assert (label.valid_from, label.valid_until) == (start, end)


@pytest.mark.parametrize(
    ("start", "end", "field", "code"),
    [
        (timedelta(seconds=-1), 30 * DAY, "validFrom", "valid-from-in-the-past"),
        (10 * DAY, 9 * DAY, "validUntil", "dates-reversed"),
        (timedelta(seconds=10), timedelta(seconds=9), "validUntil", "dates-reversed"),
        (timedelta(0), 365 * 20 * DAY, "validUntil", "validity"),
    ],
)
def test_dates_out_of_order_are_refused(
    installation: Installation, start: timedelta, end: timedelta, field: str, code: str
) -> None:
    moment = datetime(2026, 6, 1, 12, tzinfo=UTC)
    footprint = installation.footprint(now=moment)
    with pytest.raises(LabelOrderRefused) as refused:
        installation.issue(
            footprint, now=moment, valid_from=moment + start, valid_until=moment + end
        )
    assert refused.value.flaws[0].field == field
    assert code in refused.value.flaws[0].code
    assert labels(installation) == 0
    assert events(installation) == []


async def test_a_clock_that_steps_back_never_back_dates(installation: Installation) -> None:
    moment = now()
    first = installation.issue(now=moment)
    second = installation.issue(now=moment - 5 * DAY)
    assert second.issued_at == second.valid_from == first.issued_at
    with installation.at_desk() as (session, desk):
        marked = revoke(session, desk, first.code, WithdrawalReason.FRAUD, moment - 9 * DAY)
    assert marked.status_at == moment


# --- which footprint ----------------------------------------------------------------------------


def test_only_an_accepted_footprint_gets_a_label(installation: Installation) -> None:
    received = installation.received()
    with pytest.raises(FootprintNotAccepted, match="footprint accept") as refused:
        installation.issue(received.id)
    assert refused.value.footprint == received.id


@pytest.mark.parametrize("footprint", ["F0000000000000000", "F", "no such", "x" * 5000])
def test_a_footprint_that_is_not_there(installation: Installation, footprint: str) -> None:
    with pytest.raises(FootprintNotFound):
        installation.issue(footprint)


def test_only_the_certifier_who_accepted_signs(installation: Installation) -> None:
    other = installation.admit_certifier("other")
    footprint = installation.footprint()
    with pytest.raises(FootprintOfAnotherCertifier) as refused:
        installation.issue(footprint, certifier=other)
    assert refused.value.accepted_by == "demo"
    assert labels(installation) == 0


def test_one_footprint_has_one_label(installation: Installation) -> None:
    footprint = installation.footprint()
    label = installation.issue(footprint)
    with pytest.raises(FootprintAlreadyLabelled) as refused:
        installation.issue(footprint)
    assert (refused.value.footprint, refused.value.label) == (footprint, label.code)
    assert labels(installation) == 1


def test_a_rule_that_is_withdrawn_by_now_signs_nothing(installation: Installation) -> None:
    footprint = installation.footprint()
    name = RuleName("citrus-fruit", "1")
    rule = installation.rules.find(name)
    assert rule is not None
    for known in ({}, {("citrus-fruit", "1"): replace(rule, withdrawn=date(2020, 1, 1))}):
        rules = RuleRegistry(MappingProxyType(known))
        with (
            pytest.raises(LabelOrderRefused, match=r"citrus-fruit 1 is not in force"),
            installation.at_desk() as (session, desk),
        ):
            issue(session, replace(desk, rules=rules), LabelOrder(footprint), now())


# --- again with the same key --------------------------------------------------------------------


def test_the_same_key_gives_the_same_label(installation: Installation) -> None:
    footprint = installation.footprint()
    first = installation.issue(footprint, key="order 1")
    assert installation.issue(footprint, key="order 1") == first
    assert labels(installation) == 1
    assert events(installation) == [0]
    with reading(installation.engine) as session:
        assert label_of_request(session, "demo", "order 1") == first.code
        assert label_of_request(session, "demo", "order 2") is None
        assert label_of_request(session, "other", "order 1") is None


def test_the_same_key_tells_what_became_of_the_label(installation: Installation) -> None:
    footprint = installation.footprint()
    first = installation.issue(footprint, key="k")
    with installation.at_desk() as (session, desk):
        revoke(session, desk, first.code, WithdrawalReason.FRAUD, now())
    assert installation.issue(footprint, key="k").status is LabelStatus.REVOKED


def test_the_same_key_for_another_order_is_refused(installation: Installation) -> None:
    footprint = installation.footprint()
    installation.issue(footprint, key="k")
    for other in (
        {"footprint_id": installation.footprint()},
        {"footprint_id": footprint, "valid_until": now() + 9 * DAY},
    ):
        with pytest.raises(IdempotencyKeyReused, match="fresh one") as refused:
            installation.issue(**other, key="k")
        assert refused.value.key == "k"


def test_two_certifiers_keys_have_nothing_to_do_with_each_other(
    installation: Installation,
) -> None:
    other = installation.admit_certifier("other")
    assert installation.issue(key="k") != installation.issue(certifier=other, key="k")


def test_an_order_that_failed_leaves_its_key_free(installation: Installation) -> None:
    received = installation.received()
    with pytest.raises(FootprintNotAccepted):
        installation.issue(received.id, key="k")
    assert installation.issue(key="k")


# --- many at once -------------------------------------------------------------------------------


def test_a_batch_is_all_or_none(installation: Installation) -> None:
    good = installation.footprints(3)
    received = installation.received()
    orders = [LabelOrder(footprint) for footprint in (*good, received.id)]
    with pytest.raises(FootprintNotAccepted), installation.at_desk() as (session, desk):
        issue_many(session, desk, orders, now())
    assert labels(installation) == 0
    assert events(installation) == []


def test_a_batch_names_nothing_twice(installation: Installation) -> None:
    first, second = installation.footprints(2)
    earlier = installation.issue()
    twice = [LabelOrder(first), LabelOrder(first)]
    both = [LabelOrder(first, replaces=earlier.code), LabelOrder(second, replaces=earlier.code)]
    for orders, named in ((twice, first), (both, earlier.code)):
        with (
            pytest.raises(LabelOrderRefused, match=named) as refused,
            installation.at_desk() as (session, desk),
        ):
            issue_many(session, desk, orders, now())
        assert refused.value.flaws[0].code == "ordered-twice"
    assert labels(installation) == 1


def test_an_empty_batch_makes_nothing(installation: Installation) -> None:
    with installation.at_desk() as (session, desk):
        assert issue_many(session, desk, [], now()) == []
    assert events(installation) == []


def test_a_batch_has_a_bound(installation: Installation) -> None:
    orders = [LabelOrder(f"F{number}") for number in range(MAX_BATCH + 1)]
    with (
        pytest.raises(ValueError, match="at most 1000"),
        installation.at_desk() as (session, desk),
    ):
        issue_many(session, desk, orders, now())


def test_a_full_status_list_is_followed_by_the_next(installation: Installation) -> None:
    with writing(installation.engine) as session:
        session.connection().execute(
            text("UPDATE register_head SET status_position = :at"), {"at": LIST_SIZE - 2}
        )
    made = installation.issue_many(4)
    assert [label.status_list for label in made] == [1, 1, 2, 2]
    one = installation.issue()
    assert one.status_list == 2
    for label in (*made, one):
        entry = json.loads(label.statement)["credentialStatus"][1]
        place = f"/status/suspension/{label.status_list}#{label.status_index}"
        assert entry["id"] == installation.origin + place
    with reading(installation.engine) as session:
        head = session.connection().execute(text("SELECT * FROM register_head")).one()
    assert (head.status_list, head.status_position) == (2, 3)


def test_a_code_that_is_taken_is_not_given_again(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = installation.issue().code
    fresh = iter([taken, taken, LabelCode("7Q4K2M9XG")])
    monkeypatch.setattr("app.labels.issue.new_code", lambda: next(fresh))
    assert installation.issue().code == "7Q4K2M9XG"


# --- our own output -----------------------------------------------------------------------------


def forgers_desk(desk: CertifierDesk) -> CertifierDesk:
    """Return a desk whose signer has another key than the published one."""
    stranger = Ed25519PrivateKey.from_private_bytes(bytes(32))
    return replace(desk, signer=FileSigner(desk.signer.key_id, stranger))


def test_what_does_not_verify_is_not_issued(installation: Installation) -> None:
    footprint = installation.footprint()
    with (
        pytest.raises(OwnOutputRefused, match="signature-wrong") as refused,
        installation.at_desk() as (session, desk),
    ):
        issue(session, forgers_desk(desk), LabelOrder(footprint), now())
    assert refused.value.reasons == ["signature-wrong"]
    assert labels(installation) == 0


def test_claims_that_were_altered_in_the_database_are_not_signed(
    installation: Installation,
) -> None:
    footprint = installation.footprint()
    with writing(installation.engine) as session:
        claims = session.connection().execute(text("SELECT claims FROM footprint")).scalar_one()
        session.connection().execute(
            text("UPDATE footprint SET claims = :claims"),
            {"claims": bytes(claims).replace(b'"total":"0.2956"', b'"total":"0.1956"')},
        )
    with pytest.raises(Exception, match="differ from the total"):
        installation.issue(footprint)
    assert labels(installation) == 0


def test_each_label_verifies_under_the_key_it_names(installation: Installation) -> None:
    did = str(installation.certifier.did)
    before = installation.issue()
    with writing(installation.engine) as session:
        retire_key(session, before.key_id, now())
    with pytest.raises(NoActiveKey):
        installation.issue()
    with writing(installation.engine) as session:
        add_key(session, installation.store, did, now())
    after = installation.issue()
    assert before.key_id != after.key_id
    assert (read(before.statement).key, read(after.statement).key) == (before.key_id, after.key_id)
