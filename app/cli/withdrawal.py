"""`carbon-label suspend`, `reinstate`, `revoke`: a label leaves force, or comes back."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

import click

from app.cli.installed import installed
from app.cli.options import code_argument, note_option, reason_option
from app.cli.say import answer, as_object, json_option
from app.kit.codes import LabelCode, shown
from app.labels.model import WithdrawalReason

if TYPE_CHECKING:
    from sqlmodel import Session

    from app.labels.desk import WithdrawalDesk
    from app.labels.model import IssuedLabel

    Act = Callable[[Session, WithdrawalDesk, LabelCode, datetime], IssuedLabel]


@click.command()
@code_argument
@reason_option
@note_option
@json_option
def suspend(code: LabelCode, reason: str, note: str | None, as_json: bool) -> None:
    """Take label CODE out of force for now.

    `reinstate` ends that; `revoke` makes it final.
    """
    from app.labels.withdraw import suspend as act

    _withdraw(lambda s, d, c, t: act(s, d, c, WithdrawalReason(reason), t, note), code, as_json)


@click.command()
@code_argument
@note_option
@json_option
def reinstate(code: LabelCode, note: str | None, as_json: bool) -> None:
    """End the suspension of label CODE."""
    from app.labels.withdraw import reinstate as act

    _withdraw(lambda s, d, c, t: act(s, d, c, t, note), code, as_json)


@click.command()
@code_argument
@reason_option
@note_option
@json_option
def revoke(code: LabelCode, reason: str, note: str | None, as_json: bool) -> None:
    """Withdraw label CODE for good.

    From now on every scan of it says so, with the reason.
    """
    from app.labels.withdraw import revoke as act

    _withdraw(lambda s, d, c, t: act(s, d, c, WithdrawalReason(reason), t, note), code, as_json)


def _withdraw(act: "Act", code: LabelCode, as_json: bool) -> None:
    from app.kit.clock import now
    from app.labels.desk import LOCAL_OPERATOR, WithdrawalDesk
    from app.labels.find import find_events, find_label
    from app.storage.engine import writing
    from app.web.shapes import label_view

    with installed() as here:
        seal = here.seal()
        with writing(here.engine) as session:
            certifier = find_label(session, code).certifier_id
            desk = WithdrawalDesk(certifier, LOCAL_OPERATOR, here.origin, seal)
            done = act(session, desk, code, now())
            view = label_view(done, find_events(session, code))
    why = f" ({view.reason})" if view.reason else ""
    answer(as_json, as_object(view), [f"{shown(code)}  {view.status}{why}"])
