"""`carbon-label issue`, `reissue`, `renew`, `label`: labels come into being and are looked up."""

from datetime import datetime
from typing import TYPE_CHECKING

import click

from app.cli.installed import installed
from app.cli.options import (
    CodeParameter,
    code_argument,
    from_option,
    idempotency_option,
    limit_option,
    reason_option,
    until_option,
)
from app.cli.say import answer, as_object, json_option, table
from app.kit.codes import LabelCode, shown
from app.labels.model import WithdrawalReason

if TYPE_CHECKING:
    from sqlmodel import Session

    from app.labels.issue import LabelOrder
    from app.labels.model import IssuedLabel
    from app.parties.model import Party

footprint_argument = click.argument("footprint_id", metavar="FOOTPRINT")


@click.command()
@footprint_argument
@from_option
@until_option
@idempotency_option
@json_option
def issue(
    footprint_id: str,
    valid_from: datetime | None,
    valid_until: datetime | None,
    idempotency_key: str | None,
    as_json: bool,
) -> None:
    """Sign and publish the label of FOOTPRINT.

    Signed by the certifier who accepted it, with its newest key.
    """
    from app.labels.issue import LabelOrder

    _issue(LabelOrder(footprint_id, valid_from, valid_until), idempotency_key, as_json)


@click.command()
@click.argument("code", type=CodeParameter())
@footprint_argument
@reason_option
@from_option
@until_option
@idempotency_option
@json_option
def reissue(
    code: LabelCode,
    footprint_id: str,
    reason: str,
    valid_from: datetime | None,
    valid_until: datetime | None,
    idempotency_key: str | None,
    as_json: bool,
) -> None:
    """Replace label CODE by a corrected one.

    The label of FOOTPRINT takes its place, and every scan of the old one says so.
    """
    from app.labels.issue import LabelOrder

    order = LabelOrder(
        footprint_id, valid_from, valid_until, replaces=code, reason=WithdrawalReason(reason)
    )
    _issue(order, idempotency_key, as_json)


@click.command()
@click.argument("code", type=CodeParameter())
@footprint_argument
@from_option
@until_option
@idempotency_option
@json_option
def renew(
    code: LabelCode,
    footprint_id: str,
    valid_from: datetime | None,
    valid_until: datetime | None,
    idempotency_key: str | None,
    as_json: bool,
) -> None:
    """Issue the next period's label.

    The label of FOOTPRINT follows on label CODE, which stays valid to its date.
    """
    from app.labels.issue import LabelOrder

    order = LabelOrder(footprint_id, valid_from, valid_until, renews=code)
    _issue(order, idempotency_key, as_json)


@click.group()
def label() -> None:
    """Look labels up."""


@label.command("list")
@click.option("--producer", help="Only this producer's.")
@click.option("--certifier", help="Only this certifier's.")
@limit_option
@json_option
def list_(producer: str | None, certifier: str | None, limit: int, as_json: bool) -> None:
    """List labels, newest first."""
    from app.kit.texts import in_language
    from app.labels.find import newest_labels
    from app.storage.engine import reading
    from app.web.shapes import LabelList, label_line

    with installed() as here, reading(here.engine) as session:
        found = newest_labels(session, producer_id=producer, certifier_id=certifier, limit=limit)
    lines = [label_line(each) for each in found]
    rows = table(
        (
            shown(each.code),
            each.status,
            f"until {each.valid_until:%F}",
            in_language(each.text, "en"),
            in_language(each.product_name, "en"),
        )
        for each in lines
    )
    answer(as_json, as_object(LabelList(labels=lines)), rows or ["No labels yet."])


@label.command()
@code_argument
@json_option
def show(code: LabelCode, as_json: bool) -> None:
    """Show label CODE and all that happened to it. `verify` says whether to believe it."""
    from app.labels.find import find_events, find_label
    from app.storage.engine import reading
    from app.web.shapes import label_view

    with installed() as here, reading(here.engine) as session:
        found = find_label(session, code)
        view = label_view(found, find_events(session, code))
    rows = [
        ("code", shown(found.code)),
        ("page", found.url),
        ("status", f"{view.status} since {view.since:%F %T}Z"),
        ("valid", f"{view.valid_from:%F} to {view.valid_until:%F}"),
        ("footprint", found.footprint_id),
        ("producer", found.producer_id),
        ("certifier", found.certifier_id),
    ]
    rows += [("corrects", shown(found.replaces))] if found.replaces else []
    rows += [("renews", shown(found.renews))] if found.renews else []
    rows += [("replaced by", shown(found.superseded_by))] if found.superseded_by else []
    rows += [
        ("", f"{each.at:%F %T}Z  {each.event}" + (f" ({each.reason})" if each.reason else ""))
        for each in view.events
    ]
    answer(as_json, as_object(view), table(rows))


def _issue(order: "LabelOrder", idempotency_key: str | None, as_json: bool) -> None:
    from app.kit.clock import now
    from app.labels.desk import LOCAL_OPERATOR, open_desk
    from app.labels.find import find_events
    from app.labels.issue import issue as issue_label
    from app.storage.engine import writing
    from app.web.shapes import label_view

    with installed() as here:
        rules = here.rules()
        with writing(here.engine) as session:
            party = _who_accepted(session, order.footprint_id)
            desk = open_desk(session, here.store, here.origin, party, rules, by=LOCAL_OPERATOR)
            issued = issue_label(session, desk, order, now(), idempotency_key)
            view = label_view(issued, find_events(session, issued.code))
        answer(as_json, as_object(view), _issued_lines(issued))


def _who_accepted(session: "Session", footprint_id: str) -> "Party":
    from app.footprints.find import find_footprint
    from app.labels.issue import FootprintNotAccepted
    from app.parties.find import find_party
    from app.parties.model import Role

    accepted_by = find_footprint(session, footprint_id).accepted_by
    if accepted_by is None:
        raise FootprintNotAccepted(footprint_id)
    return find_party(session, Role.CERTIFIER, accepted_by)


def _issued_lines(issued: "IssuedLabel") -> list[str]:
    code = shown(issued.code)
    return [
        f"{code}  issued, valid {issued.valid_from:%F} to {issued.valid_until:%F}",
        f"  page   {issued.url}",
        f"  print  carbon-label print {code}",
    ]
