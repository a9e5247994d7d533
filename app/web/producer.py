"""What a producer does, and what both parties see: footprints, labels, prints."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from app.footprints.file import MAX_BYTES, FootprintRefused
from app.footprints.find import (
    FootprintNotFound,
    ReceivedFootprint,
    find_file,
    find_footprint,
    find_same_file,
    newest_footprints,
)
from app.footprints.receive import ForeignProducer, receive
from app.kit.clock import now
from app.kit.codes import CodeMistyped, LabelCode, parse_code
from app.kit.strict_json import DocumentTooLarge
from app.labels.find import LabelNotFound, RowAltered, find_events, find_label, newest_labels
from app.labels.model import IssuedLabel
from app.labels.scan import Scanned, is_genuine, judge_genuine, scan
from app.parties.model import Party, Role
from app.parties.tokens import ActNotAllowed
from app.printing.errors import LabelNotPrintable, TemplateNotFound, TextOverflows
from app.printing.label import LabelFormat, print_label
from app.printing.template import find_template
from app.statements.read import read
from app.storage.engine import reading, writing
from app.web.body import read_body
from app.web.problems import RequestRefused, problems
from app.web.security import TheParty, TheService, acting, operation_id
from app.web.shapes import (
    FootprintList,
    FootprintView,
    LabelList,
    LabelView,
    ListQuery,
    PrintQuery,
    label_line,
    label_view,
)

PREFIX = "/api/v1"
FOOTPRINTS, LABELS, PRINTING = "Footprints", "Labels", "Printing"
FOOTPRINT_FILE = "FootprintFile"  # the name of the file's schema in ours

producers_only = APIRouter(
    prefix=PREFIX,
    route_class=acting(Role.PRODUCER),
    generate_unique_id_function=operation_id,
)
both = APIRouter(
    prefix=PREFIX,
    route_class=acting(Role.PRODUCER, Role.CERTIFIER),
    generate_unique_id_function=operation_id,
)

_FILE: Mapping[str, Any] = {
    "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{FOOTPRINT_FILE}"}}}
}
_PAINTED: Mapping[str, Any] = {
    "description": "The label as a file",
    "content": {format_.media_type: {} for format_ in LabelFormat},
}


async def footprint_file(request: Request) -> bytes:
    """Return the file as it was sent: what is kept are these very bytes.

    Whatever it calls itself (`curl --data-binary` says it is a form), it is read as JSON or not.
    """
    return await read_body(request, MAX_BYTES)


async def path_code(
    code: Annotated[
        str,
        Path(description="The label's code, as printed or typed.", examples=["7Q4K-2M9X-G"]),
    ],
) -> LabelCode:
    """Return the code of a path in its canonical spelling; raises `CodeMistyped`."""
    return parse_code(code)


async def path_footprint(
    footprint: Annotated[
        str,
        Path(description="The footprint's id.", examples=["F0123456789abcdef"]),
    ],
) -> str:
    """Return the footprint id of a path; raises `FootprintNotFound` if it cannot be one."""
    if not (footprint.isascii() and footprint.isalnum()):  # a database refuses some characters
        raise FootprintNotFound(footprint)
    return footprint


PathCode = Annotated[LabelCode, Depends(path_code)]
PathFootprint = Annotated[str, Depends(path_footprint)]


async def _scanned(code: PathCode, service: TheService) -> Scanned:
    found = await scan(service.reader, code)
    if found is None:
        raise LabelNotFound(code)
    return found


@producers_only.post(
    "/footprints",
    tags=[FOOTPRINTS],
    status_code=201,
    response_description="Kept",
    response_model_exclude_none=True,
    openapi_extra={"requestBody": {"required": True, **_FILE}},
    responses={
        200: {"model": FootprintView, "description": "This very file was handed in before"},
        **problems(ActNotAllowed, ForeignProducer, DocumentTooLarge, FootprintRefused),
    },
)
def hand_in_footprint(
    file: Annotated[bytes, Depends(footprint_file)],
    service: TheService,
    party: TheParty,
    response: Response,
) -> FootprintView:
    """Hand in a footprint file, at most 1 MiB. The same file again changes nothing."""
    with reading(service.engine) as session:  # the writer's lock is not held while we parse
        earlier = find_same_file(session, party.id, file)
    with writing(service.engine) as session:
        footprint = receive(session, file, service.rules, now(), party)
    response.status_code = 201 if earlier is None else 200
    response.headers["location"] = f"{PREFIX}/footprints/{footprint.id}"
    return FootprintView.of(footprint)


@both.get(
    "/footprints",
    tags=[FOOTPRINTS],
    response_model_exclude_none=True,
    response_description="Found",
    responses=problems(RequestRefused),
)
def list_footprints(
    query: Annotated[ListQuery, Query()], service: TheService, party: TheParty
) -> FootprintList:
    """List a producer's own footprints; a certifier sees all that were handed in."""
    own = party.id if party.role is Role.PRODUCER else None
    with reading(service.engine) as session:
        found = newest_footprints(session, own, query.limit)
    return FootprintList(footprints=[FootprintView.of(footprint) for footprint in found])


@both.get(
    "/footprints/{footprint}",
    tags=[FOOTPRINTS],
    response_model_exclude_none=True,
    response_description="Found",
    responses=problems(FootprintNotFound, RequestRefused),
)
def show_footprint(footprint: PathFootprint, service: TheService, party: TheParty) -> FootprintView:
    """Show a footprint and where it stands. A producer sees its own only."""
    with reading(service.engine) as session:
        return FootprintView.of(visible_footprint(session, footprint, party))


@both.get(
    "/footprints/{footprint}/file",
    tags=[FOOTPRINTS],
    response_class=Response,
    responses={
        200: {"description": "The very bytes that were handed in", **_FILE},
        **problems(FootprintNotFound, RequestRefused),
    },
)
def show_footprint_file(footprint: PathFootprint, service: TheService, party: TheParty) -> Response:
    """Give back the file exactly as it was handed in."""
    with reading(service.engine) as session:
        found = visible_footprint(session, footprint, party)
        file = find_file(session, found.id)
    return _download(file, "application/json", f"{found.id}.json")


@both.get(
    "/labels",
    tags=[LABELS],
    response_model_exclude_none=True,
    response_description="Found",
    responses=problems(RequestRefused),
)
def list_labels(
    query: Annotated[ListQuery, Query()], service: TheService, party: TheParty
) -> LabelList:
    """List the labels of a producer's products, or those that a certifier signed."""
    is_producer = party.role is Role.PRODUCER
    with reading(service.engine) as session:
        found = newest_labels(
            session,
            producer_id=party.id if is_producer else None,
            certifier_id=None if is_producer else party.id,
            limit=query.limit,
        )
    return LabelList(labels=[label_line(label) for label in found])


@both.get(
    "/labels/{code}",
    tags=[LABELS],
    response_model_exclude_none=True,
    response_description="Found",
    responses=problems(LabelNotFound, CodeMistyped, RequestRefused),
)
def show_label(code: PathCode, service: TheService, party: TheParty) -> LabelView:
    """Show a label and all that happened to it, to its producer and its certifier."""
    with reading(service.engine) as session:
        label = visible_label(session, code, party)
        return label_view(label, find_events(session, label.code))


@both.get(
    "/labels/{code}/print",
    tags=[PRINTING],
    response_class=Response,
    responses={
        200: dict(_PAINTED),
        **problems(
            LabelNotFound,
            CodeMistyped,
            LabelNotPrintable,
            RequestRefused,
            TemplateNotFound,
            TextOverflows,
        ),
    },
)
def print_one_label(
    code: PathCode,
    query: Annotated[PrintQuery, Query()],
    scanned: Annotated[Scanned, Depends(_scanned)],
    service: TheService,
    party: TheParty,
) -> Response:
    """Paint a label for printing. Only a valid one is: paper cannot be called back."""
    with reading(service.engine) as session:
        visible_label(session, code, party)
    if not is_genuine(scanned, service.seal):
        raise RowAltered(code)
    painted = print_label(
        find_template(service.templates, query.template),
        read(scanned.sealed.statement),
        judge_genuine(scanned, service.origin, now()),
        query.language,
        query.format,
        query.dpi,
    )
    return _download(painted, query.format.media_type, f"label-{code}.{query.format}")


def visible_footprint(session: Session, footprint_id: str, party: Party) -> ReceivedFootprint:
    """Return a footprint that the party may see; raises `FootprintNotFound`.

    To a producer, another one's footprint is as if it were not there.
    """
    found = find_footprint(session, footprint_id)
    if party.role is Role.PRODUCER and found.producer_id != party.id:
        raise FootprintNotFound(footprint_id)
    return found


def visible_label(session: Session, code: LabelCode, party: Party) -> IssuedLabel:
    """Return a label of the party's products, or signed by it; raises `LabelNotFound`."""
    found = find_label(session, code)
    if party.id not in {found.producer_id, found.certifier_id}:
        raise LabelNotFound(code)
    return found


def _download(content: bytes, media_type: str, name: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=headers)
