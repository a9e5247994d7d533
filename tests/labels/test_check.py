"""The walk over the whole register: page by page, whatever is in it."""

import pytest
from sqlalchemy import text

from app.kit.clock import now
from app.labels import check
from app.labels.check import RegisterCheck, check_register
from app.labels.model import WithdrawalReason
from app.labels.withdraw import revoke
from app.storage.engine import reading, writing
from tests.installation import Installation


def checked(installation: Installation, told: list[int] | None = None) -> RegisterCheck:
    progress = told if told is not None else []
    return check_register(
        installation.engine, installation.seal, installation.origin, progress.append
    )


def test_an_empty_register_is_whole(installation: Installation) -> None:
    assert checked(installation) == RegisterCheck(0, ())


def test_it_walks_page_by_page(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "_PAGE", 2)
    installation.issue_many(5)
    told: list[int] = []
    assert checked(installation, told) == RegisterCheck(5, ())
    assert told == [2, 4, 5]


def test_a_key_that_got_lost_to_others_does_not_make_a_row_altered(
    installation: Installation,
) -> None:
    installation.issue()
    with writing(installation.engine) as session:
        session.connection().exec_driver_sql(
            "UPDATE signing_key SET state = 'compromised',"
            " compromised_since = '2020-01-01T00:00:00Z'"
        )
    assert checked(installation) == RegisterCheck(1, ())


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("column", ["statement", "seal", "status", "valid_from"])
def test_a_value_of_another_kind_is_named_and_the_walk_goes_on(
    installation: Installation, column: str
) -> None:
    first, second = sorted(installation.issue_many(2), key=lambda label: label.code)
    with writing(installation.engine) as session:
        session.connection().exec_driver_sql(
            f"UPDATE label SET {column} = 'nonsense' WHERE code = ?",  # noqa: S608 - a column of ours
            (first.code,),
        )
    found = checked(installation)
    assert found.labels == 2
    assert [row.code for row in found.altered] == [first.code]
    assert second.code not in {row.code for row in found.altered}


def test_a_row_put_back_to_what_it_was_before_its_revocation_is_found(
    installation: Installation,
) -> None:
    label = installation.issue()
    with reading(installation.engine) as session:
        before = session.connection().execute(text("SELECT * FROM label")).mappings().one()
    with installation.at_desk() as (session, desk):
        revoke(session, desk, label.code, WithdrawalReason.FRAUD, now())
    with writing(installation.engine) as session:
        session.connection().execute(
            text(
                "UPDATE label SET status = :status, status_at = :status_at, seal = :seal,"
                " status_reason = :status_reason, status_sequence = :status_sequence"
            ),
            dict(before),
        )
    altered = checked(installation).altered
    assert [(row.code, row.reasons) for row in altered] == [(label.code, ("history",))]


def test_a_row_with_an_event_that_is_none_of_ours_is_found(installation: Installation) -> None:
    label = installation.issue()
    with writing(installation.engine) as session:
        session.connection().execute(text("UPDATE label_event SET event = 'blessed'"))
    altered = checked(installation).altered
    assert [(row.code, row.reasons) for row in altered] == [(label.code, ("history",))]
