"""The other public paths: home, the form, identities, contexts, schemas, status lists, health."""

from functools import cache

import orjson
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.footprints.file import footprint_schema
from app.kit.clock import now
from app.kit.codes import CodeMistyped
from app.kit.errors import CarbonLabelError
from app.labels.desk import certifier_did
from app.labels.scan import is_genuine, judge_genuine, newest_scanned
from app.labels.status_list import StatusListNotFound, status_list
from app.parties.find import find_party
from app.parties.model import Role
from app.signing.canonical import canonical
from app.signing.did import did_document
from app.signing.keyring import published_keys
from app.statements.context import context_bytes
from app.statements.read import read
from app.storage.engine import reading
from app.storage.failure import StorageUnavailable
from app.web.answer import HTML, STATEMENT, Page, etag_of, takes_gzip, wanted_type
from app.web.assets import CACHE_CONTROL, static_files
from app.web.language import negotiate
from app.web.problems import problem_of
from app.web.render import render_error, render_home, render_unknown
from app.web.scan import find_target
from app.web.service import Service
from app.web.view import HomeLabel

NEWEST = 12
_LONGEST_NUMBER = 9  # digits
_DAY = "public, max-age=86400"
_MINUTES = "public, max-age=300"
_VERDICT = "max-age=30, must-revalidate"


def public_app(service: Service) -> Starlette:
    """Return the routes that everyone may use."""
    app = Starlette(
        routes=[
            Route("/", _home),
            Route("/find", _find),
            Route("/.well-known/did.json", _service_did),
            Route("/certifiers/{id}/did.json", _certifier_did),
            Route("/contexts/carbon-label/v1", _context),
            Route("/schemas/footprint/v1.json", _footprint_schema),
            Route("/status/{purpose}/{number}", _status_list),
            Route("/healthz", _alive),
            Route("/readyz", _ready),
            Route("/static/{name}", _static),
            Route("/favicon.ico", _favicon),
        ],
        exception_handlers={CarbonLabelError: _refused, 404: _no_page, 405: _no_page},
    )
    app.state.service = service
    return app


async def _home(request: Request) -> Response:
    service = _service(request)
    language, chosen = _language(request)
    cards = await run_in_threadpool(_newest, service)
    html = render_home(cards, language, origin=service.origin, chosen=chosen)
    return _page(request, 200, html, language)


async def _find(request: Request) -> Response:
    language, chosen = _language(request)
    typed = request.query_params.get("q", "")
    try:
        where = find_target(typed)
    except CodeMistyped:
        html = render_unknown(typed[:200], mistyped=True, language=language, chosen=chosen)
        return _page(request, 404, html, language)
    where += f"?lang={language}" if chosen else ""
    return Response(status_code=303, headers={"location": where})


async def _service_did(request: Request) -> Response:
    service = _service(request)
    return await run_in_threadpool(_did, service, service.did, request)


async def _certifier_did(request: Request) -> Response:
    service = _service(request)

    def answer() -> Response:
        with reading(service.engine) as session:
            party = find_party(session, Role.CERTIFIER, request.path_params["id"])
        return _did(service, party.did or certifier_did(service.origin, party.id), request)

    return await run_in_threadpool(answer)


async def _context(request: Request) -> Response:
    return _document(request, context_bytes(), "application/ld+json", _DAY)


async def _footprint_schema(request: Request) -> Response:
    return _document(request, _schema(_service(request).origin), "application/schema+json", _DAY)


async def _status_list(request: Request) -> Response:
    service = _service(request)
    purpose, number = request.path_params["purpose"], request.path_params["number"]
    if not number.isascii() or not number.isdecimal() or len(number) > _LONGEST_NUMBER:
        raise StatusListNotFound(purpose, number)
    place = (purpose, int(number))
    document = await run_in_threadpool(
        status_list, service.engine, service.store, service.origin, place, now()
    )
    kind = wanted_type(request.headers.get("accept", "").encode("latin-1"))
    media = "application/vc" if kind == STATEMENT else "application/json"
    return _document(request, document, media, _VERDICT)


async def _alive(_: Request) -> Response:
    return Response(b'{"status":"alive"}', media_type="application/json", headers=_NO_STORE)


async def _ready(request: Request) -> Response:
    try:
        await _service(request).reader.row("SELECT id FROM register_head WHERE id = ?", 1)
    except StorageUnavailable:
        body, code = b'{"status":"no-database"}', 503
    else:
        body, code = b'{"status":"ready"}', 200
    return Response(body, code, media_type="application/json", headers=_NO_STORE)


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


_NO_STORE = {"cache-control": "no-store"}


async def _static(request: Request) -> Response:
    file = static_files().get(request.url.path)
    if file is None:
        return await _no_page(request, None)
    headers = {"etag": file.etag, "cache-control": CACHE_CONTROL, "vary": "Accept-Encoding"}
    content = file.content
    if takes_gzip(request.headers.get("accept-encoding", "").encode("latin-1")):
        headers["content-encoding"] = "gzip"
        content = file.gzipped
    return _guarded(Response(content, media_type=file.content_type, headers=headers))


async def _favicon(_: Request) -> Response:
    return Response(status_code=204, headers={"cache-control": _DAY})


def _newest(service: Service) -> list[HomeLabel]:
    cards = []
    moment = now()
    with reading(service.engine) as session:
        rows = newest_scanned(session, NEWEST)
    for scanned in rows:
        if is_genuine(scanned, service.seal):  # an altered row is nothing to advertise
            judgement = judge_genuine(scanned, service.origin, moment)
            cards.append(HomeLabel.of(read(scanned.sealed.statement), judgement.verdict))
    return cards


def _did(service: Service, did: str, request: Request) -> Response:
    with reading(service.engine) as session:
        keys = published_keys(session, did)
    return _document(request, canonical(did_document(did, keys)), "application/json", _MINUTES)


@cache
def _schema(origin: str) -> bytes:
    document = {"$id": f"{origin}/schemas/footprint/v1.json", **footprint_schema()}
    return orjson.dumps(document, option=orjson.OPT_INDENT_2)


def _document(request: Request, body: bytes, media: str, cache_control: str) -> Response:
    tag = etag_of(body).decode()
    headers = {"etag": tag, "cache-control": cache_control, "access-control-allow-origin": "*"}
    if media in {"application/vc", "application/json"}:
        headers["vary"] = "Accept"
    if tag in request.headers.get("if-none-match", ""):
        return _guarded(Response(status_code=304, headers=headers))
    return _guarded(Response(body, media_type=media, headers=headers))


def _guarded(response: Response) -> Response:
    response.headers["x-content-type-options"] = "nosniff"
    response.headers["referrer-policy"] = "no-referrer"
    return response


def _page(request: Request, status: int, html: bytes, language: str) -> Response:
    packed = takes_gzip(request.headers.get("accept-encoding", "").encode("latin-1"))
    answer = Page.of(html).answer(status, (), packed=packed)
    response = Response(answer.body, status)
    response.raw_headers = [
        *answer.headers,
        (b"content-length", str(len(answer.body)).encode()),
        (b"content-language", language.encode()),
        (b"cache-control", _VERDICT.encode()),
        (b"vary", b"Accept-Language, Accept-Encoding"),
    ]
    return _guarded(response)


def _language(request: Request) -> tuple[str, bool]:
    wanted = request.query_params.get("lang")
    language = negotiate(request.headers.get("accept-language"), wanted)
    return language, wanted is not None and wanted.lower() == language.lower()


def _wants_page(request: Request) -> bool:
    accept = request.headers.get("accept", "")
    return "text/html" in accept and wanted_type(accept.encode("latin-1")) == HTML


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, CarbonLabelError)  # noqa: S101 - registered for nothing else
    problem = problem_of(error)
    if _wants_page(request):
        language, chosen = _language(request)
        status = problem.status
        html = render_error(status, str(status), str(error), language, chosen=chosen)
        return _page(request, status, html, language)
    return problem.response()


async def _no_page(request: Request, error: Exception | None) -> Response:
    status = getattr(error, "status_code", 404)
    language, chosen = _language(request)
    if _wants_page(request):
        html = render_error(status, str(status), request.url.path, language, chosen=chosen)
        return _page(request, status, html, language)
    return _guarded(
        Response(
            orjson.dumps({"type": "about:blank", "title": "Not found", "status": status}),
            status,
            media_type="application/problem+json",
        )
    )
