"""Who acts: admitted once, found by name or number, known by a token."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session

from app.kit.registration import RegistrationMistyped
from app.kit.texts import HiddenCharacter
from app.parties.find import all_parties, find_parties, find_party, producer_named
from app.parties.model import Party, Role
from app.parties.register import PartyExists, PartyIdNotUsable, PartyNotFound, register
from app.parties.tokens import (
    LONGEST_LIFE,
    ActNotAllowed,
    TokenNotAccepted,
    make_token,
    party_of_token,
)
from app.storage.engine import reading, writing

NOW = datetime(2026, 1, 1, tzinfo=UTC)
NAME = {"zh-CN": "示例果园（虚构）", "en": "Sample Orchard (fictitious)"}
REGISTRATION = "91000000EXAMPLE01P"


def producer(session: Session, party_id: str = "orchard", **more: Any) -> Party:
    return register(session, party_id, Role.PRODUCER, NAME, now=NOW, fictitious=True, **more)


def test_a_party_is_found_as_it_was_admitted(engine: Engine) -> None:
    with writing(engine) as session:
        made = producer(session, registration=REGISTRATION)
        certifier = register(
            session,
            "demo",
            Role.CERTIFIER,
            NAME,
            now=NOW,
            description={"en": "Checks fruit."},
            did="did:web:label.example:certifiers:demo",
        )
    with reading(engine) as session:
        assert find_party(session, Role.PRODUCER, "orchard") == made
        assert find_party(session, Role.CERTIFIER, "demo") == certifier
        assert all_parties(session, Role.PRODUCER) == [made]
        assert all_parties(session, Role.CERTIFIER) == [certifier]
        found = find_parties(session, ["demo", "orchard", "nobody"])
        assert found == {"demo": certifier, "orchard": made}
        assert find_parties(session, []) == {}
    assert made.name == NAME
    assert (made.fictitious, certifier.fictitious) == (True, False)
    assert certifier.description == {"en": "Checks fruit."}


def test_a_role_is_part_of_the_question(engine: Engine) -> None:
    with writing(engine) as session:
        producer(session)
    with reading(engine) as session, pytest.raises(PartyNotFound, match="certifier list"):
        find_party(session, Role.CERTIFIER, "orchard")


@pytest.mark.parametrize("party_id", ["nobody", "", "a\0b", "\ud800", "x" * 10_000, "' OR 1=1 --"])
def test_whoever_is_not_here_is_not_found(engine: Engine, party_id: str) -> None:
    with reading(engine) as session, pytest.raises(PartyNotFound) as missing:
        find_party(session, Role.PRODUCER, party_id)
    assert missing.value.party == party_id[:40]


@pytest.mark.parametrize(
    "party_id",
    ["", "-a", "a-", "a--b", "A", "a_b", "a.b", "a b", "a\n", "橙", "a" * 41, "../a", "a\0"],
)
def test_a_short_name_must_fit_a_did_and_a_url(engine: Engine, party_id: str) -> None:
    with writing(engine) as session, pytest.raises(PartyIdNotUsable) as refused:
        producer(session, party_id)
    assert refused.value.got == party_id[:40]


def test_nobody_is_admitted_twice(engine: Engine) -> None:
    with writing(engine) as session:
        producer(session, registration=REGISTRATION, did="did:web:orchard.example")
    with writing(engine) as session:
        with pytest.raises(PartyExists, match="short name"):
            producer(session)
        with pytest.raises(PartyExists, match="registration number") as refused:
            producer(session, "another", registration=REGISTRATION)
        with pytest.raises(PartyExists, match="DID"):
            producer(session, "another", did="did:web:orchard.example")
    assert refused.value.party == "orchard"


def test_names_deceive_nobody(engine: Engine) -> None:
    with writing(engine) as session:
        with pytest.raises(HiddenCharacter):
            register(session, "a", Role.PRODUCER, {"en": "Orch\u202eard"}, now=NOW)
        with pytest.raises(HiddenCharacter):
            register(
                session, "a", Role.PRODUCER, NAME, now=NOW, description={"en": "zero\u200bwidth"}
            )
        with pytest.raises(RegistrationMistyped):
            producer(session, registration="91000000EXAMPLE01Q")
        assert all_parties(session, Role.PRODUCER) == []


def test_a_file_names_its_producer_by_number_or_by_name(engine: Engine) -> None:
    with writing(engine) as session:
        made = producer(session, registration=REGISTRATION)
        register(session, "demo", Role.CERTIFIER, {"en": "Demo"}, now=NOW)
        assert producer_named(session, {"en": "another spelling"}, REGISTRATION) == made
        assert producer_named(session, dict(reversed(NAME.items())), None) == made
        assert producer_named(session, {"en": NAME["en"]}, None) is None
        assert producer_named(session, NAME, "91000000EXAMPLE02M") is None
        assert producer_named(session, {"en": "Demo"}, None) is None  # no producer


def test_a_token_is_its_partys(engine: Engine) -> None:
    with writing(engine) as session:
        made = producer(session)
        token = make_token(session, made, NOW)
    with reading(engine) as session:
        assert party_of_token(session, token, NOW) == made
        kept = session.connection().execute(text("SELECT id, secret_hash FROM token")).one()
    secret = token.split("_", 2)[2]
    assert secret not in kept
    assert len(secret) >= 43  # 256 bits


def test_a_token_ends(engine: Engine) -> None:
    with writing(engine) as session:
        made = producer(session)
        long = make_token(session, made, NOW, timedelta(days=365))
        short = make_token(session, made, NOW, timedelta(hours=1))
        hour, second = timedelta(hours=1), timedelta(seconds=1)
        assert party_of_token(session, short, NOW + hour - second)
        with pytest.raises(TokenNotAccepted):
            party_of_token(session, short, NOW + hour)
        assert party_of_token(session, long, NOW + LONGEST_LIFE - second)
        with pytest.raises(TokenNotAccepted):  # no token lives longer, whatever was asked for
            party_of_token(session, long, NOW + LONGEST_LIFE)


def test_a_token_that_was_ended_is_not_accepted(engine: Engine) -> None:
    with writing(engine) as session:
        token = make_token(session, producer(session), NOW)
        session.flush()
        session.connection().execute(text("UPDATE token SET revoked_at = '2026-01-01T00:00:00Z'"))
        session.expire_all()
        with pytest.raises(TokenNotAccepted):
            party_of_token(session, token, NOW)


def test_what_is_no_token_is_not_accepted(engine: Engine) -> None:
    with writing(engine) as session:
        token = make_token(session, producer(session), NOW)
    _, token_id, secret = token.split("_", 2)
    for wrong in (
        "",
        "clt",
        "clt__",
        f"clt_{token_id}",
        f"clt_{token_id}_",
        f"clt_{token_id}_{secret[:-1]}",
        f"clt_{token_id}_{secret}x",
        f"clt_{token_id}_{secret.swapcase()}",
        f"clt_{'0' * 16}_{secret}",
        f"xyz_{token_id}_{secret}",
        f"clt_{token_id.upper()}x_{secret}",
        f"clt_{token_id[:-1]}\0_{secret}",
        f"clt_{'é' * 16}_{secret}",
        f"clt_{token_id}_\ud800",
        token + " ",
    ):
        with reading(engine) as session, pytest.raises(TokenNotAccepted, match="Bearer clt_"):
            party_of_token(session, wrong, NOW)


def test_an_act_that_is_not_ones_own_is_refused_by_name() -> None:
    assert ActNotAllowed("orchard", "only certifiers accept").party == "orchard"
