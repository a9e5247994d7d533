"""The signed status lists: right bits, dates that never go back, signed anew only when needed."""

import gzip
import json
from base64 import urlsafe_b64decode
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from app.kit.clock import now, parse_stamp, stamp
from app.labels.model import IssuedLabel, WithdrawalReason
from app.labels.positions import LIST_SIZE
from app.labels.status_list import StatusListNotFound, encoded_list, status_list
from app.labels.withdraw import reinstate, revoke, suspend
from app.signing.keyring import published_keys, retire_key
from app.signing.multikey import raw_public_key
from app.signing.proof import proof_holds
from app.statements.lint import STATUS_PURPOSES
from app.storage.engine import reading, writing
from tests.installation import Installation

FRAUD = WithdrawalReason.FRAUD
HOUR = timedelta(hours=1)


def listed(
    installation: Installation,
    purpose: str = "revocation",
    at: datetime | None = None,
    number: int = 1,
) -> bytes:
    place = (purpose, number)
    return status_list(
        installation.engine, installation.store, installation.origin, place, at or now()
    )


def decoded(encoded: str) -> set[int]:
    """Return the positions that are set, read as the specification says."""
    assert encoded[0] == "u"
    packed = urlsafe_b64decode(encoded[1:] + "=" * (-len(encoded[1:]) % 4))
    bits = gzip.decompress(packed)
    assert len(bits) * 8 == LIST_SIZE
    return {
        position
        for place, byte in enumerate(bits)
        if byte
        for position in range(place * 8, place * 8 + 8)
        if byte >> (7 - position % 8) & 1
    }


def positions(document: bytes) -> set[int]:
    return decoded(json.loads(document)["credentialSubject"]["encodedList"])


def all_three(installation: Installation) -> dict[str, set[int]]:
    return {purpose: positions(listed(installation, purpose)) for purpose in STATUS_PURPOSES}


def places(*labels: IssuedLabel) -> set[int]:
    return {label.status_index for label in labels}


@given(st.sets(st.integers(0, LIST_SIZE - 1), max_size=30))
def test_every_set_of_positions_reads_back(wanted: set[int]) -> None:
    encoded = encoded_list(wanted)
    assert decoded(encoded) == wanted
    assert encoded == encoded_list(sorted(wanted))  # the same bits, the same text


def test_the_first_bit_is_the_most_significant() -> None:
    packed = urlsafe_b64decode(encoded_list([0])[1:] + "==")
    assert gzip.decompress(packed)[0] == 0x80


def test_the_document_is_what_the_specification_asks_for(installation: Installation) -> None:
    moment = now()
    data = listed(installation, at=moment)
    document: dict[str, Any] = json.loads(data)
    url = f"{installation.origin}/status/revocation/1"
    with reading(installation.engine) as session:
        (key,) = published_keys(session, installation.did)
    assert proof_holds(document, raw_public_key(key.multikey))
    assert document["proof"]["verificationMethod"] == key.id
    assert document["@context"] == ["https://www.w3.org/ns/credentials/v2"]
    assert document["id"] == url
    assert document["type"] == ["VerifiableCredential", "BitstringStatusListCredential"]
    assert document["issuer"] == installation.did
    assert parse_stamp(document["validFrom"]) >= moment
    assert parse_stamp(document["validUntil"]) - parse_stamp(document["validFrom"]) == 24 * HOUR
    subject = document["credentialSubject"]
    assert subject["id"] == f"{url}#list"
    assert (subject["type"], subject["statusPurpose"]) == ("BitstringStatusList", "revocation")
    assert subject["ttl"] == 30_000
    assert positions(data) == set()


def test_every_bit_follows_the_life_of_its_label(installation: Installation) -> None:
    good, suspended, back, revoked, old = installation.issue_many(5)
    with installation.at_desk() as (session, desk):
        suspend(session, desk, suspended.code, FRAUD, now())
        suspend(session, desk, back.code, FRAUD, now())
        revoke(session, desk, revoked.code, FRAUD, now())
    installation.issue(replaces=old.code)
    assert all_three(installation) == {
        "revocation": places(revoked, old),
        "suspension": places(suspended, back),
        "refresh": places(old),
    }
    with installation.at_desk() as (session, desk):
        reinstate(session, desk, back.code, now())
        revoke(session, desk, suspended.code, FRAUD, now())
    assert all_three(installation) == {
        "revocation": places(revoked, old, suspended),
        "suspension": set(),
        "refresh": places(old),
    }
    assert good.status_index not in set().union(*all_three(installation).values())


def test_a_list_is_kept_until_something_changes_or_an_hour_has_passed(
    installation: Installation,
) -> None:
    moment = now()
    label = installation.issue(now=moment)
    first = listed(installation, at=moment)
    assert listed(installation, at=moment + HOUR - timedelta(seconds=1)) == first
    installation.issue(now=moment)  # a new label withdraws nothing
    assert listed(installation, at=moment + timedelta(minutes=1)) == first
    hourly = listed(installation, at=moment + HOUR)
    assert hourly != first
    assert json.loads(hourly)["validFrom"] == stamp(moment + HOUR)
    with installation.at_desk() as (session, desk):
        revoke(session, desk, label.code, FRAUD, moment + HOUR)
    at_once = listed(installation, at=moment + HOUR)
    assert positions(at_once) == places(label)


def test_the_dates_never_go_back(installation: Installation) -> None:
    moment = now()
    labels = installation.issue_many(3)
    latest = json.loads(listed(installation, at=moment))["validFrom"]
    for step, label in zip((5 * HOUR, -9 * HOUR, 0 * HOUR), labels, strict=True):
        with installation.at_desk() as (session, desk):
            revoke(session, desk, label.code, FRAUD, moment + step)
        document = json.loads(listed(installation, at=moment + step))
        assert document["validFrom"] >= latest
        assert document["validUntil"] > stamp(moment)
        latest = document["validFrom"]


def test_two_who_ask_at_once_get_the_same(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = listed(installation)
    # The other worker has signed between our look and our lock.
    answers = iter([False, True])
    monkeypatch.setattr("app.labels.status_list._is_fresh", lambda *_: next(answers))
    assert listed(installation) == first


@pytest.mark.parametrize(
    ("purpose", "number"),
    [("revocation", 0), ("revocation", 2), ("revocation", -1), ("message", 1), ("", 1), ("\0", 1)],
)
def test_no_other_list_is_there(installation: Installation, purpose: str, number: int) -> None:
    with pytest.raises(StatusListNotFound):
        listed(installation, purpose, number=number)


def test_the_second_list_has_its_own_bits(installation: Installation) -> None:
    with writing(installation.engine) as session:
        session.connection().execute(
            text("UPDATE register_head SET status_position = :at"), {"at": LIST_SIZE - 1}
        )
    first, second = installation.issue_many(2)
    with installation.at_desk() as (session, desk):
        revoke(session, desk, second.code, FRAUD, now())
    assert positions(listed(installation)) == set()
    assert positions(listed(installation, number=2)) == places(second)
    assert (first.status_list, second.status_list) == (1, 2)


@pytest.mark.parametrize(
    "change", ["status = 0", "status = 9", "valid_until = '2099-01-01T00:00:00Z'", "digest = ''"]
)
def test_a_row_that_was_altered_does_not_pass_for_good(
    installation: Installation, change: str
) -> None:
    """A status flipped back in the database must not be signed away."""
    good, bad = installation.issue_many(2)
    with installation.at_desk() as (session, desk):
        revoke(session, desk, bad.code, FRAUD, now())
    with writing(installation.engine) as session:
        session.connection().execute(
            text(f"UPDATE label SET {change} WHERE code = :code"),  # noqa: S608 - above
            {"code": bad.code},
        )
    found = all_three(installation)
    assert bad.status_index in found["revocation"] | found["suspension"]
    assert good.status_index not in found["revocation"] | found["suspension"]


def test_lists_are_signed_by_the_key_of_the_day(installation: Installation) -> None:
    moment = now()
    listed(installation, at=moment)
    with writing(installation.engine) as session:
        (key,) = published_keys(session, installation.did)
        retire_key(session, key.id, moment)
    assert listed(installation, at=moment)  # what is signed stays good
