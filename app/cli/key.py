"""`carbon-label key`: the keys that sign, and the passphrase that protects them."""

import secrets
import sys
from typing import TYPE_CHECKING, Any

import click

from app.cli.installed import installed, key_passphrase
from app.cli.say import Refusal, answer, json_option, table

if TYPE_CHECKING:
    from app.signing.did import PublishedKey

_SHORTEST = 12  # characters of a passphrase that a person chose


@click.group()
def key() -> None:
    """Make, list and retire signing keys."""


@key.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the public keys of the service and of every certifier."""
    from app.signing.keyring import published_keys
    from app.storage.engine import reading

    with installed() as here, reading(here.engine) as session:
        found = published_keys(session)
    rows = table((each.id, each.state.value, f"{each.added_at:%F}") for each in found)
    answer(as_json, {"keys": [_shape(each) for each in found]}, rows)


@key.command()
@click.argument("certifier", required=False)
@click.option("--service", is_flag=True, help="For the service itself, which signs status lists.")
@json_option
def add(certifier: str | None, service: bool, as_json: bool) -> None:
    """Make a key for CERTIFIER. The newest active key signs from now on."""
    from app.kit.clock import now
    from app.labels.desk import certifier_did
    from app.parties.find import find_party
    from app.parties.model import Role
    from app.signing.did import did_of
    from app.signing.keyring import add_key
    from app.storage.engine import writing

    if bool(certifier) == service:
        raise click.UsageError("Say whose key it is: the certifier's short name, or --service.")
    with installed() as here, writing(here.engine) as session:
        here.seal()  # with another passphrase than the other keys' nobody could open this one
        did = did_of(here.origin)
        if certifier:
            party = find_party(session, Role.CERTIFIER, certifier)
            did = party.did or certifier_did(here.origin, party.id)
        made = add_key(session, here.store, did, now())
    answer(as_json, _shape(made), [f"{made.id}  made"])


@key.command()
@click.argument("key_id", metavar="KEY")
@json_option
def retire(key_id: str, as_json: bool) -> None:
    """Let KEY sign no more; what it has signed stays good."""
    from app.kit.clock import now
    from app.signing.did import KeyState, did_of
    from app.signing.keyring import published_keys, retire_key
    from app.storage.engine import writing

    with installed() as here, writing(here.engine) as session:
        retired = retire_key(session, key_id, now())
        service = did_of(here.origin)
        left = {each.state for each in published_keys(session, service)}
        if retired.controller == service and KeyState.ACTIVE not in left:
            raise Refusal(
                "The service needs a key to sign status lists. Nothing was changed; make the new "
                "one first: carbon-label key add --service",
                "last-service-key",
            )
    answer(as_json, _shape(retired), [f"{retired.id}  {retired.state.value}"])


@key.command()
@click.option("--generate", is_flag=True, help="Take a random passphrase, kept in the file.")
@json_option
def passphrase(generate: bool, as_json: bool) -> None:
    """Change the passphrase of every private key.

    The new one is asked for, or read as one line from standard input. Interrupted, it is finished
    by the same command; nothing is lost. Stop the service before, and start it afterwards.
    """
    from app.signing.passphrase import change_passphrase, unfinished_passphrase

    with installed() as here:
        is_set_outside = key_passphrase(here.settings) is not None
        file = None if is_set_outside else here.settings.passphrase_file
        if generate and file is None:
            raise click.UsageError(
                "CARBON_LABEL_KEY_PASSPHRASE is set outside, so you must choose the new one."
            )
        new = unfinished_passphrase(file) if file else None
        if new is None:
            new = secrets.token_urlsafe(32).encode() if generate else _asked()
        number = change_passphrase(here.store, new, file)
    kept = f"It is kept in {file}." if file else "Set CARBON_LABEL_KEY_PASSPHRASE to it now."
    answer(as_json, {"files": number}, [f"{number} key files have the new passphrase. {kept}"])


def _asked() -> bytes:
    if sys.stdin.isatty():
        text = click.prompt("New passphrase", hide_input=True, confirmation_prompt=True, err=True)
    else:
        text = sys.stdin.readline().rstrip("\r\n")
    if len(text) < _SHORTEST or text.strip() != text:
        raise Refusal(
            f"A passphrase has at least {_SHORTEST} characters, none of them a blank at either "
            "end. Nothing was changed.",
            "passphrase-too-weak",
        )
    return str(text).encode()


def _shape(public: "PublishedKey") -> dict[str, Any]:
    from app.kit.clock import stamp

    times = {
        "addedAt": public.added_at,
        "retiredAt": public.retired_at,
        "compromisedSince": public.compromised_since,
    }
    return {
        "id": public.id,
        "controller": public.controller,
        "publicKeyMultibase": public.multikey,
        "state": public.state.value,
        **{name: stamp(moment) for name, moment in times.items() if moment is not None},
    }
