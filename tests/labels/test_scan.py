"""A scan: what the row says if it is genuine, and never `valid` if anybody altered it."""

import sqlite3
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from app.kit.clock import now
from app.kit.codes import LabelCode
from app.labels.model import WithdrawalReason
from app.labels.scan import (
    is_genuine,
    judge_altered,
    judge_genuine,
    known_keys,
    newest_scanned,
)
from app.labels.withdraw import revoke, suspend
from app.statements.model import Outcome, Verdict
from app.storage.engine import reading, writing
from tests.installation import Installation

pytestmark = pytest.mark.anyio
DAY = timedelta(days=1)
SEALED = (
    *("statement", "valid_from", "valid_until", "issued_at", "status", "status_at"),
    *("status_reason", "status_sequence", "superseded_by", "seal"),
)


def alter(installation: Installation, code: str, **values: Any) -> None:
    """Write into a label's row behind the service's back."""
    for column, value in values.items():
        with writing(installation.engine) as session:
            session.connection().execute(
                text(f"UPDATE label SET {column} = :value WHERE code = :code"),  # noqa: S608 - ours
                {"value": value, "code": code},
            )


def stored(installation: Installation, code: str) -> dict[str, Any]:
    with reading(installation.engine) as session:
        found = session.connection().execute(
            text("SELECT * FROM label WHERE code = :code"), {"code": code}
        )
        return {
            name: bytes(value) if isinstance(value, memoryview) else value
            for name, value in found.one()._mapping.items()  # noqa: SLF001 - its public name
        }


async def test_a_genuine_row_is_judged_by_dates_and_status(installation: Installation) -> None:
    label = installation.issue()
    scanned = await installation.scanned(label.code)
    assert scanned is not None
    assert is_genuine(scanned, installation.seal)
    for moment, verdict in (
        (label.valid_from - DAY, Verdict.NOT_YET_VALID),
        (label.valid_from, Verdict.VALID),
        (label.valid_until, Verdict.VALID),
        (label.valid_until + DAY, Verdict.EXPIRED),
    ):
        judgement = judge_genuine(scanned, installation.origin, moment)
        assert judgement.verdict is verdict
        times = {check.check: check.checked_at for check in judgement.checks}
        assert times["signature"] == label.issued_at  # not checked again, and it says so
        assert times["dates"] == times["status"] == moment
        assert judgement.verified_at == moment


async def test_a_code_without_a_label_has_no_row(installation: Installation) -> None:
    assert await installation.scanned(LabelCode("000000000")) is None


async def test_the_newest_rows_are_as_a_scan_reads_them(installation: Installation) -> None:
    labels = installation.issue_many(3)
    with reading(installation.engine) as session:
        newest = newest_scanned(session, 10)
    assert len(newest) == 3
    for label in labels:
        assert await installation.scanned(label.code) in newest


# --- behind our back ----------------------------------------------------------------------------


def flipped(value: Any, bit: int) -> Any:
    """Return a value with one bit of how it is stored turned over; None gets a value."""
    if value is None:
        return "0"
    if isinstance(value, int):
        return value ^ (1 << bit % 8)
    data = bytearray(value if isinstance(value, bytes) else value.encode())
    data[bit // 8 % len(data)] ^= 1 << bit % 8
    return bytes(data) if isinstance(value, bytes) else data.decode("latin-1").replace("\0", "0")


@pytest.mark.parametrize("column", SEALED)
@pytest.mark.parametrize("bit", [0, 5, 803])
async def test_no_flipped_bit_is_valid(installation: Installation, column: str, bit: int) -> None:
    label = installation.issue()
    value = flipped(stored(installation, label.code)[column], bit)
    if column == "superseded_by":
        value = installation.issue().code
    alter(installation, label.code, **{column: value})
    scanned = await installation.scanned(label.code)
    assert scanned is not None
    assert not is_genuine(scanned, installation.seal)
    judgement = await installation.judged(label.code)
    expected = Verdict.FORGED if column == "statement" else Verdict.UNDETERMINED
    assert judgement.verdict is expected


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_any_bit_of_any_sealed_column(installation: Installation) -> None:
    label = installation.issue()
    whole = await installation.scanned(label.code)
    assert whole is not None
    with reading(installation.engine) as session:
        keys = known_keys(session)

    @given(st.sampled_from(SEALED[:-1]), st.integers(0, len(label.statement) * 8 - 1))
    @settings(max_examples=400, suppress_health_check=list(HealthCheck), deadline=None)
    def flip(column: str, bit: int) -> None:
        value = getattr(whole.sealed, column)
        altered = whole._replace(sealed=whole.sealed._replace(**{column: flipped(value, bit)}))
        assert not is_genuine(altered, installation.seal)
        judgement = judge_altered(altered, label.code, keys, installation.origin, now())
        assert judgement.verdict in {Verdict.FORGED, Verdict.UNDETERMINED}

    flip()


async def test_a_withdrawn_label_cannot_be_called_back(installation: Installation) -> None:
    label = installation.issue()
    before = stored(installation, label.code)
    with installation.at_desk() as (session, desk):
        revoke(session, desk, label.code, WithdrawalReason.FRAUD, now())
    alter(installation, label.code, status=0)
    assert (await installation.judged(label.code)).verdict is Verdict.UNDETERMINED
    # Not even all of the status columns without the seal.
    for column in ("status_at", "status_reason", "status_sequence"):
        alter(installation, label.code, **{column: before[column]})
    judgement = await installation.judged(label.code)
    assert judgement.verdict is Verdict.UNDETERMINED
    status = next(check for check in judgement.checks if check.check == "status")
    assert (status.result, status.reason) == (Outcome.ERROR, "row-altered")


async def test_an_expired_label_cannot_be_prolonged(installation: Installation) -> None:
    label = installation.issue(valid_until=now() + DAY)
    alter(installation, label.code, valid_until="2099-12-31T23:59:59Z")
    judgement = await installation.judged(label.code, now() + 9 * DAY)
    assert judgement.verdict is Verdict.UNDETERMINED


async def test_another_labels_statement_is_a_forgery_here(installation: Installation) -> None:
    first, second = installation.issue_many(2)
    alter(installation, first.code, statement=second.statement)
    alter(installation, second.code, statement=first.statement)
    for code in (first.code, second.code):
        judgement = await installation.judged(code)
        assert judgement.verdict is Verdict.FORGED
        assert judgement.checks[0].reason == "other-label"


async def test_another_labels_whole_row_is_a_forgery_here(installation: Installation) -> None:
    good, bad = installation.issue_many(2)
    with installation.at_desk() as (session, desk):
        revoke(session, desk, bad.code, WithdrawalReason.FRAUD, now())
    row = stored(installation, good.code)
    alter(installation, bad.code, **{column: row[column] for column in SEALED})
    assert (await installation.judged(bad.code)).verdict is Verdict.FORGED


async def test_a_seal_of_an_earlier_state_fits_that_state_only(
    installation: Installation,
) -> None:
    label = installation.issue()
    with installation.at_desk() as (session, desk):
        suspend(session, desk, label.code, WithdrawalReason.FRAUD, now())
    suspended = stored(installation, label.code)
    with installation.at_desk() as (session, desk):
        revoke(session, desk, label.code, WithdrawalReason.FRAUD, now())
    alter(installation, label.code, seal=suspended["seal"])
    assert (await installation.judged(label.code)).verdict is Verdict.UNDETERMINED


async def test_an_altered_statement_that_was_signed_long_ago_stays_judged(
    installation: Installation,
) -> None:
    label = installation.issue()
    alter(installation, label.code, statement=b"{}", seal=b"")
    judgement = await installation.judged(label.code)
    assert judgement.verdict is Verdict.FORGED
    assert [check.reason for check in judgement.checks] == ["malformed"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("value", ["text", 7, 0.5, b"bytes", None])
async def test_a_value_of_another_kind_is_an_altered_row(
    installation: Installation, value: object
) -> None:
    code = installation.issue().code
    for column in (*SEALED, "url"):
        connection = sqlite3.connect(installation.url.removeprefix("sqlite:///"))
        connection.execute("PRAGMA foreign_keys=OFF")
        before = connection.execute(f"SELECT {column} FROM label").fetchone()  # noqa: S608 - ours
        try:
            connection.execute(f"UPDATE label SET {column} = ?", (value,))  # noqa: S608 - ours
            connection.commit()
        except sqlite3.IntegrityError:
            connection.close()
            continue  # the database itself refuses it
        if column != "url" and value != before[0]:
            assert (await installation.judged(code)).verdict is not Verdict.VALID
        connection.execute(f"UPDATE label SET {column} = ?", before)  # noqa: S608 - ours
        connection.commit()
        connection.close()
    assert (await installation.judged(code)).verdict is Verdict.VALID
