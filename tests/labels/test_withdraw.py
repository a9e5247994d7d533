"""The life of a label: what may follow what, and what is refused with which reason."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlmodel import Session

from app.kit.clock import now, stamp
from app.kit.codes import LabelCode
from app.kit.texts import HiddenCharacter
from app.labels.desk import WithdrawalDesk
from app.labels.find import LabelNotFound, RowAltered, find_events
from app.labels.model import IssuedLabel, LabelStatus, WithdrawalReason
from app.labels.withdraw import (
    LabelAlreadyRevoked,
    LabelAlreadySuperseded,
    LabelAlreadySuspended,
    LabelNotSuspended,
    reinstate,
    revoke,
    suspend,
)
from app.statements.model import Verdict
from app.storage.engine import reading, writing
from tests.installation import Installation

pytestmark = pytest.mark.anyio
FRAUD = WithdrawalReason.FRAUD
Act = Callable[[Session, WithdrawalDesk, LabelCode], IssuedLabel]
ACTS: tuple[Act, ...] = (
    lambda session, desk, code: revoke(session, desk, code, FRAUD, now()),
    lambda session, desk, code: suspend(session, desk, code, FRAUD, now()),
    lambda session, desk, code: reinstate(session, desk, code, now()),
)


def test_the_reasons_are_a_closed_list() -> None:
    assert {reason.value for reason in WithdrawalReason} == {
        "error-in-data",
        "rule-violation",
        "producer-request",
        "key-compromised",
        "accreditation-lost",
        "fraud",
        "product-changed",
        "certifier-ceased",
    }


async def test_a_life_with_every_turn(installation: Installation) -> None:
    label = installation.issue()
    code, start = label.code, label.issued_at
    times = [start + timedelta(hours=hour) for hour in range(5)]
    with installation.at_desk() as (session, desk):
        suspended = suspend(session, desk, code, WithdrawalReason.ERROR_IN_DATA, times[1], "检查中")
    assert suspended.status is LabelStatus.SUSPENDED
    assert suspended.status_at == times[1]
    assert suspended.status_reason is WithdrawalReason.ERROR_IN_DATA
    assert (await installation.judged(code)).verdict is Verdict.SUSPENDED
    with installation.at_desk() as (session, desk):
        reinstated = reinstate(session, desk, code, times[2], "fine after all")
    assert reinstated.status is LabelStatus.IN_FORCE
    assert reinstated.status_reason is None
    assert (await installation.judged(code, times[2])).verdict is Verdict.VALID
    with installation.at_desk() as (session, desk):
        revoked = revoke(session, desk, code, FRAUD, times[3], "a lie")
    assert revoked.status is LabelStatus.REVOKED
    assert revoked.statement == label.statement
    assert (await installation.judged(code)).verdict is Verdict.REVOKED
    with reading(installation.engine) as session:
        assert find_events(session, code) == [
            ("issued", start, None),
            ("suspended", times[1], "error-in-data"),
            ("reinstated", times[2], None),
            ("revoked", times[3], "fraud"),
        ]
        rows = session.connection().execute(
            text("SELECT number, note, by, statement_digest FROM label_event ORDER BY number")
        )
        assert [tuple(row) for row in rows] == [
            (0, None, "demo", label.digest),
            (1, "检查中", "demo", label.digest),
            (2, "fine after all", "demo", label.digest),
            (3, "a lie", "demo", label.digest),
        ]


def test_what_may_not_follow_is_refused(installation: Installation) -> None:
    code = installation.issue().code
    moment = now()
    with installation.at_desk() as (session, desk):
        with pytest.raises(LabelNotSuspended):
            reinstate(session, desk, code, moment)
        suspend(session, desk, code, FRAUD, moment)
        with pytest.raises(LabelAlreadySuspended) as suspended:
            suspend(session, desk, code, FRAUD, moment)
        assert suspended.value.since == stamp(moment)
        revoke(session, desk, code, FRAUD, moment)
        with pytest.raises(LabelAlreadyRevoked, match="final") as revoked:
            revoke(session, desk, code, FRAUD, moment)
        assert (revoked.value.label, revoked.value.on) == (code, stamp(moment))
        with pytest.raises(LabelAlreadyRevoked):
            suspend(session, desk, code, FRAUD, moment)
        with pytest.raises(LabelAlreadyRevoked):
            reinstate(session, desk, code, moment)


def test_a_superseded_label_stays_so(installation: Installation) -> None:
    code = installation.issue().code
    successor = installation.issue(replaces=code)
    with installation.at_desk() as (session, desk):
        for act in ACTS:
            with pytest.raises(LabelAlreadySuperseded) as refused:
                act(session, desk, code)
            assert refused.value.superseded_by == successor.code


def test_a_label_that_is_not_there(installation: Installation) -> None:
    with installation.at_desk() as (session, desk), pytest.raises(LabelNotFound) as missing:
        revoke(session, desk, LabelCode("000000000"), FRAUD, now())
    assert missing.value.label == "000000000"
    with pytest.raises(LabelNotFound):
        installation.label(LabelCode("000000000"))


def test_a_note_hides_nothing(installation: Installation) -> None:
    code = installation.issue().code
    for note in ("a\u202eb", "a\0b", "two\nlines"):
        with installation.at_desk() as (session, desk), pytest.raises(HiddenCharacter):
            revoke(session, desk, code, FRAUD, now(), note)
    assert installation.label(code).status is LabelStatus.IN_FORCE


def test_the_status_sequence_grows_with_every_change(installation: Installation) -> None:
    labels = installation.issue_many(3)
    sequences = []
    for label in labels:
        with installation.at_desk() as (session, desk):
            suspend(session, desk, label.code, FRAUD, now())
            reinstate(session, desk, label.code, now())
        with reading(installation.engine) as session:
            head = session.connection().execute(text("SELECT * FROM register_head")).one()
            row = session.connection().execute(
                text("SELECT status_sequence FROM label WHERE code = :code"), {"code": label.code}
            )
            sequences.append((head.status_sequence, row.scalar_one()))
    assert sequences == [(2, 2), (4, 4), (6, 6)]


@pytest.mark.parametrize(
    "change",
    [
        "status = 1",
        "valid_until = '2099-01-01T00:00:00Z'",
        "valid_until = 'no time at all'",
        "digest = 'no digest'",
        "status_index = status_index + 1",
        "status_list = 2",
        "url = 'https://evil.example/l/x'",
        "status_sequence = 5",
    ],
)
def test_an_altered_row_is_not_sealed_anew(installation: Installation, change: str) -> None:
    code = installation.issue().code
    with writing(installation.engine) as session:
        session.connection().execute(text(f"UPDATE label SET {change}"))  # noqa: S608 - above
    with installation.at_desk() as (session, desk):
        for act in ACTS:
            with pytest.raises(RowAltered, match="backup") as refused:
                act(session, desk, code)
            assert refused.value.label == code
    with reading(installation.engine) as session:
        count = session.connection().execute(text("SELECT COUNT(*) FROM label_event"))
        assert count.scalar_one() == 1
