"""`carbon-label footprint`: hand in a footprint file, accept it, see where it stands."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.cli.files import read_bounded, write_out
from app.cli.installed import installed
from app.cli.options import limit_option
from app.cli.say import Refusal, answer, as_object, json_option, table
from app.footprints.model import Assurance
from app.kit.clock import NotATime, parse_day

if TYPE_CHECKING:
    from sqlmodel import Session

    from app.footprints.find import ReceivedFootprint
    from app.parties.model import Party


@click.group()
def footprint() -> None:
    """Hand in footprints and accept them."""


@footprint.command("import")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@json_option
def import_(file: Path, as_json: bool) -> None:
    """Store the footprint FILE (- for standard input) of an admitted producer.

    Everything wrong with it is named by field, and nothing is stored. The very same file again
    returns the footprint that is there.
    """
    from app.footprints.file import MAX_BYTES
    from app.footprints.receive import receive
    from app.kit.clock import now
    from app.storage.engine import writing

    data = read_bounded(file, MAX_BYTES)
    with installed() as here:
        rules = here.rules()
        with writing(here.engine) as session:
            received = receive(session, data, rules, now())
    _answer(as_json, received)
    if received.accepted_by is None and not as_json:
        click.echo(f"Next, its certifier: carbon-label footprint accept {received.id}")


@footprint.command()
@click.argument("footprint_id", metavar="FOOTPRINT")
@click.option(
    "--assurance",
    type=click.Choice([level.value for level in Assurance]),
    required=True,
    help="How sure the certifier is (ISO 14064-3).",
)
@click.option("--verified-on", help="The day of verification, such as 2026-01-31. Default: today.")
@click.option("--certifier", help="Who accepts it. Default: the only certifier there is.")
@json_option
def accept(
    footprint_id: str,
    assurance: str,
    verified_on: str | None,
    certifier: str | None,
    as_json: bool,
) -> None:
    """Accept FOOTPRINT: from now on its claims are fixed, digit by digit."""
    from app.kit.clock import now
    from app.labels.accept import accept_footprint
    from app.storage.engine import writing

    try:
        day = parse_day(verified_on) if verified_on else now().date()
    except NotATime as wrong:
        raise click.BadParameter(str(wrong), param_hint="--verified-on") from None
    with installed() as here:
        rules = here.rules()
        with writing(here.engine) as session:
            accepted = accept_footprint(
                session,
                footprint_id,
                _certifier(session, certifier),
                rules,
                assurance=Assurance(assurance),
                verified_on=day,
                now=now(),
            )
    _answer(as_json, accepted)
    if not as_json:
        click.echo(f"Next: carbon-label issue {accepted.id}")


@footprint.command("list")
@click.option("--producer", help="Only this producer's.")
@limit_option
@json_option
def list_(producer: str | None, limit: int, as_json: bool) -> None:
    """List footprints, newest first."""
    from app.footprints.find import newest_footprints
    from app.storage.engine import reading
    from app.web.shapes import FootprintList, FootprintView

    with installed() as here, reading(here.engine) as session:
        found = newest_footprints(session, producer, limit)
    shape = FootprintList(footprints=[FootprintView.of(each) for each in found])
    rows = table((f.id, f.state, f.producer_id, f.rule.id, f"{f.received_at:%F}") for f in found)
    answer(as_json, as_object(shape), rows or ["No footprints yet."])


@footprint.command()
@click.argument("footprint_id", metavar="FOOTPRINT")
@click.option("--file", "as_file", is_flag=True, help="Print the very file that was handed in.")
@json_option
def show(footprint_id: str, as_file: bool, as_json: bool) -> None:
    """Show where FOOTPRINT stands."""
    from app.footprints.find import find_file, find_footprint
    from app.storage.engine import reading

    with installed() as here, reading(here.engine) as session:
        found = find_footprint(session, footprint_id)
        file = find_file(session, footprint_id)
    if as_file:
        write_out(file)
    else:
        _answer(as_json, found)


def _certifier(session: "Session", wanted: str | None) -> "Party":
    from app.parties.find import all_parties, find_party
    from app.parties.model import Role

    if wanted:
        return find_party(session, Role.CERTIFIER, wanted)
    there = all_parties(session, Role.CERTIFIER)
    if len(there) == 1:
        return there[0]
    if not there:
        raise Refusal(
            "There is no certifier yet. `carbon-label certifier add` admits one.", "no-certifier"
        )
    names = ", ".join(party.id for party in there)
    raise click.UsageError(f"There are several certifiers; say which: --certifier {names}")


def _answer(as_json: bool, found: "ReceivedFootprint") -> None:
    from app.web.shapes import FootprintView

    accepted = f", by {found.accepted_by}" if found.accepted_by else ""
    rule = f"{found.rule.id} {found.rule.version}"
    lines = [f"{found.id}  {found.state}{accepted}  ({found.producer_id}, rule {rule})"]
    answer(as_json, as_object(FootprintView.of(found)), lines)
