"""What a certifier does: accept footprints, sign labels, withdraw them."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Header
from starlette.responses import Response

from app.footprints.accept import (
    FootprintAlreadyAccepted,
    VerifiedBeforeTheData,
    VerifiedInTheFuture,
)
from app.footprints.find import FootprintNotFound
from app.kit.clock import now
from app.kit.codes import CodeMistyped
from app.kit.strict_json import DocumentTooLarge, NotStrictJson
from app.labels.accept import accept_footprint
from app.labels.desk import WithdrawalDesk, open_desk
from app.labels.find import LabelNotFound, find_events, label_of_request
from app.labels.issue import (
    FootprintAlreadyLabelled,
    FootprintNotAccepted,
    FootprintOfAnotherCertifier,
    IdempotencyKeyReused,
    LabelOrder,
    LabelOrderRefused,
    NotTheSameProduct,
    issue,
)
from app.labels.withdraw import (
    ForeignLabel,
    LabelAlreadyRevoked,
    LabelAlreadySuperseded,
    LabelAlreadySuspended,
    LabelNotSuspended,
    reinstate,
    revoke,
    suspend,
)
from app.parties.model import Party, Role
from app.parties.tokens import ActNotAllowed
from app.storage.engine import writing
from app.web.problems import ContentTypeNotJson, RequestRefused, problems
from app.web.producer import FOOTPRINTS, LABELS, PREFIX, PathCode, PathFootprint
from app.web.security import TheParty, TheService, acting, operation_id
from app.web.service import Service
from app.web.shapes import (
    AcceptanceRequest,
    FootprintView,
    LabelRequest,
    LabelView,
    ReissueRequest,
    RenewalRequest,
    WithdrawalRequest,
    label_view,
)

certifiers_only = APIRouter(
    prefix=PREFIX,
    route_class=acting(Role.CERTIFIER),
    generate_unique_id_function=operation_id,
)

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern="^[!-~]{1,200}$",
        description="The same key with the same request gives the same label, however often.",
        examples=["order-2026-0001"],
    ),
]
_SENT = (ActNotAllowed, DocumentTooLarge, ContentTypeNotJson, NotStrictJson, RequestRefused)
_ORDERED = (
    *_SENT,
    FootprintNotFound,
    FootprintNotAccepted,
    FootprintOfAnotherCertifier,
    FootprintAlreadyLabelled,
    LabelOrderRefused,
    IdempotencyKeyReused,
)
_OF_A_LABEL = (
    LabelNotFound,
    CodeMistyped,
    ForeignLabel,
    LabelAlreadyRevoked,
    LabelAlreadySuperseded,
)
_REPEATED: Mapping[int | str, dict[str, Any]] = {
    200: {"model": LabelView, "description": "This very request made it before"}
}


@certifiers_only.post(
    "/footprints/{footprint}/acceptance",
    tags=[FOOTPRINTS],
    status_code=201,
    response_description="Done",
    response_model_exclude_none=True,
    responses=problems(
        *_SENT,
        FootprintNotFound,
        FootprintAlreadyAccepted,
        VerifiedInTheFuture,
        VerifiedBeforeTheData,
    ),
)
def accept(
    footprint: PathFootprint,
    wanted: AcceptanceRequest,
    service: TheService,
    party: TheParty,
    response: Response,
) -> FootprintView:
    """Accept a footprint after review. Exactly what stands in it now will be signed."""
    with writing(service.engine) as session:
        accepted = accept_footprint(
            session,
            footprint,
            party,
            service.rules,
            assurance=wanted.level,
            verified_on=wanted.verified_on,
            now=now(),
        )
    response.headers["location"] = f"{PREFIX}/footprints/{accepted.id}"
    return FootprintView.of(accepted)


@certifiers_only.post(
    "/labels",
    tags=[LABELS],
    status_code=201,
    response_description="Done",
    response_model_exclude_none=True,
    responses={**_REPEATED, **problems(*_ORDERED)},
)
def issue_label(
    wanted: LabelRequest,
    service: TheService,
    party: TheParty,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> LabelView:
    """Sign and publish the label of an accepted footprint."""
    order = LabelOrder(wanted.footprint, wanted.valid_from, wanted.valid_until)
    return _issued(service, party, order, idempotency_key, response)


@certifiers_only.post(
    "/labels/{code}/reissue",
    tags=[LABELS],
    status_code=201,
    response_description="Done",
    response_model_exclude_none=True,
    responses={**_REPEATED, **problems(*_ORDERED, *_OF_A_LABEL, NotTheSameProduct)},
)
def reissue_label(
    code: PathCode,
    wanted: ReissueRequest,
    service: TheService,
    party: TheParty,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> LabelView:
    """Correct a label: a new one takes its place, and every scan of the old one says so."""
    order = LabelOrder(
        wanted.footprint,
        wanted.valid_from,
        wanted.valid_until,
        replaces=code,
        reason=wanted.reason,
    )
    return _issued(service, party, order, idempotency_key, response)


@certifiers_only.post(
    "/labels/{code}/renewal",
    tags=[LABELS],
    status_code=201,
    response_description="Done",
    response_model_exclude_none=True,
    responses={**_REPEATED, **problems(*_ORDERED, *_OF_A_LABEL, NotTheSameProduct)},
)
def renew_label(
    code: PathCode,
    wanted: RenewalRequest,
    service: TheService,
    party: TheParty,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> LabelView:
    """Issue the label of the next period or batch; the old one stays valid to its date."""
    order = LabelOrder(wanted.footprint, wanted.valid_from, wanted.valid_until, renews=code)
    return _issued(service, party, order, idempotency_key, response)


@certifiers_only.post(
    "/labels/{code}/suspension",
    tags=[LABELS],
    status_code=201,
    response_description="Done",
    response_model_exclude_none=True,
    responses=problems(*_SENT, *_OF_A_LABEL, LabelAlreadySuspended),
)
def suspend_label(
    code: PathCode, wanted: WithdrawalRequest, service: TheService, party: TheParty
) -> LabelView:
    """Suspend a label until it is reinstated or revoked."""
    with writing(service.engine) as session:
        label = suspend(session, _desk(service, party), code, wanted.reason, now(), wanted.note)
        return label_view(label, find_events(session, label.code))


@certifiers_only.delete(
    "/labels/{code}/suspension",
    tags=[LABELS],
    response_model_exclude_none=True,
    responses=problems(ActNotAllowed, *_OF_A_LABEL, LabelNotSuspended, RequestRefused),
)
def reinstate_label(code: PathCode, service: TheService, party: TheParty) -> LabelView:
    """End a suspension: the label is in force again."""
    with writing(service.engine) as session:
        label = reinstate(session, _desk(service, party), code, now())
        return label_view(label, find_events(session, label.code))


@certifiers_only.post(
    "/labels/{code}/revocation",
    tags=[LABELS],
    status_code=201,
    response_description="Done",
    response_model_exclude_none=True,
    responses=problems(*_SENT, *_OF_A_LABEL),
)
def revoke_label(
    code: PathCode, wanted: WithdrawalRequest, service: TheService, party: TheParty
) -> LabelView:
    """Withdraw a label for good: from now on every scan of it says so."""
    with writing(service.engine) as session:
        label = revoke(session, _desk(service, party), code, wanted.reason, now(), wanted.note)
        return label_view(label, find_events(session, label.code))


def _issued(
    service: Service, party: Party, order: LabelOrder, key: str | None, response: Response
) -> LabelView:
    with writing(service.engine) as session:
        earlier = label_of_request(session, party.id, key) if key else None
        desk = open_desk(
            session, service.store, service.origin, party, service.rules, seal=service.seal
        )
        label = issue(session, desk, order, now(), key)
        view = label_view(label, find_events(session, label.code))
    response.status_code = 201 if earlier is None else 200
    response.headers["location"] = f"{PREFIX}/labels/{label.code}"
    return view


def _desk(service: Service, party: Party) -> WithdrawalDesk:
    return WithdrawalDesk(party.id, party.id, service.origin, service.seal)
