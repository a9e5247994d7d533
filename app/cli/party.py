"""`carbon-label producer` and `certifier`: who may act here, and their bearer tokens."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import click

from app.cli.files import read_bounded
from app.cli.installed import Installed, installed
from app.cli.say import answer, json_option, table
from app.kit.texts import Texts
from app.parties.model import Party, Role

_F = TypeVar("_F", bound=Callable[..., Any])


@click.group()
def producer() -> None:
    """Admit producers and make their tokens."""


@click.group()
def certifier() -> None:
    """Admit certifiers and make their tokens."""


def _names(command: _F) -> _F:
    """Add the options that name a party."""
    for option in (
        click.option(
            "--fictitious", is_flag=True, help="It exists for trying out only; its name says so."
        ),
        click.option("--name-en", help="Its name in English."),
        click.option("--name-zh", help="Its name in Chinese."),
    ):
        command = option(command)
    return command


@producer.command("add")
@click.argument("party_id", metavar="ID")
@_names
@click.option("--registration", help="Its unified social credit code, 18 characters.")
@click.option(
    "--from-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Take name and registration from a footprint file, where they must be the same.",
)
@json_option
def add_producer(
    party_id: str,
    name_zh: str | None,
    name_en: str | None,
    fictitious: bool,
    registration: str | None,
    from_file: Path | None,
    as_json: bool,
) -> None:
    """Admit a producer under the short name ID, such as pujiang-oranges."""
    from app.footprints.file import MAX_BYTES, parse_footprint
    from app.kit.clock import now
    from app.parties.register import register
    from app.storage.engine import writing

    name: Texts = _texts(name_zh, name_en)
    if from_file is not None:
        claim = parse_footprint(read_bounded(from_file, MAX_BYTES)).producer
        name, registration = name or claim.name, registration or claim.registration
    _refuse_nameless(name)
    with installed() as here, writing(here.engine) as session:
        party = register(
            session,
            party_id,
            Role.PRODUCER,
            name,
            now=now(),
            registration=registration,
            fictitious=fictitious,
        )
    _answer(as_json, party)


@certifier.command("add")
@click.argument("party_id", metavar="ID")
@_names
@click.option("--description-zh", help="Who it is, in Chinese; statements carry it.")
@click.option("--description-en", help="Who it is, in English.")
@json_option
def add_certifier(
    party_id: str,
    name_zh: str | None,
    name_en: str | None,
    fictitious: bool,
    description_zh: str | None,
    description_en: str | None,
    as_json: bool,
) -> None:
    """Admit a certifier under the short name ID, part of its DID, and make its first key."""
    name = _texts(name_zh, name_en)
    _refuse_nameless(name)
    description = _texts(description_zh, description_en)
    with installed() as here:
        party = admit_certifier(here, party_id, name, description, fictitious=fictitious)
    _answer(as_json, party)


def admit_certifier(
    here: Installed, party_id: str, name: Texts, description: Texts, *, fictitious: bool
) -> Party:
    """Admit a certifier with its DID and first key, in one transaction."""
    from app.kit.clock import now
    from app.labels.desk import certifier_did
    from app.parties.register import register
    from app.signing.keyring import add_key
    from app.storage.engine import writing

    did = certifier_did(here.origin, party_id)
    with writing(here.engine) as session:
        party = register(
            session,
            party_id,
            Role.CERTIFIER,
            name,
            now=now(),
            description=description,
            did=did,
            fictitious=fictitious,
        )
        add_key(session, here.store, did, now())
    return party


@producer.command("list")
@json_option
def list_producers(as_json: bool) -> None:
    """List producers."""
    _list(Role.PRODUCER, as_json)


@certifier.command("list")
@json_option
def list_certifiers(as_json: bool) -> None:
    """List certifiers."""
    _list(Role.CERTIFIER, as_json)


_days_option = click.option(
    "--days", type=click.IntRange(1, 30), default=30, show_default=True, help="How long it lasts."
)


@producer.command("token")
@click.argument("party_id", metavar="ID")
@_days_option
@json_option
def token_of_producer(party_id: str, days: int, as_json: bool) -> None:
    """Make a bearer token with which producer ID acts over HTTP. It is shown this once."""
    _token(Role.PRODUCER, party_id, days, as_json)


@certifier.command("token")
@click.argument("party_id", metavar="ID")
@_days_option
@json_option
def token_of_certifier(party_id: str, days: int, as_json: bool) -> None:
    """Make a bearer token with which certifier ID acts over HTTP. It is shown this once."""
    _token(Role.CERTIFIER, party_id, days, as_json)


def _token(role: Role, party_id: str, days: int, as_json: bool) -> None:
    from app.kit.clock import now, stamp
    from app.parties.find import find_party
    from app.parties.tokens import make_token
    from app.storage.engine import writing

    life, moment = timedelta(days=days), now()
    with installed() as here, writing(here.engine) as session:
        token = make_token(session, find_party(session, role, party_id), moment, life)
    # The token alone on standard output: TOKEN=$(carbon-label producer token ID)
    data = {"party": party_id, "token": token, "expiresAt": stamp(moment + life)}
    answer(as_json, data, [token])


def _list(role: Role, as_json: bool) -> None:
    from app.kit.texts import in_language
    from app.parties.find import all_parties
    from app.storage.engine import reading

    with installed() as here, reading(here.engine) as session:
        found = all_parties(session, role)
    rows = table((party.id, in_language(party.name, "en"), party.did or "") for party in found)
    data = {f"{role.value}s": [_shape(party) for party in found]}
    answer(as_json, data, rows or [f"No {role.value}s yet."])


def _texts(zh: str | None, en: str | None) -> dict[str, str]:
    return {tag: text for tag, text in (("en", en), ("zh-CN", zh)) if text}


def _refuse_nameless(name: Texts) -> None:
    if not name:
        raise click.UsageError("Give a name: --name-zh, --name-en or both.")


def _shape(party: Party) -> dict[str, Any]:
    shape = {
        "id": party.id,
        "role": party.role.value,
        "name": dict(party.name),
        "description": dict(party.description),
        "registration": party.registration,
        "did": party.did,
        "fictitious": party.fictitious,
    }
    return {name: value for name, value in shape.items() if value not in (None, {})}


def _answer(as_json: bool, party: Party) -> None:
    lines = [
        f"{party.id}  admitted as a {party.role.value}" + (f", {party.did}" if party.did else "")
    ]
    answer(as_json, _shape(party), lines)
