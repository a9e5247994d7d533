"""The working API: `/api/v1` for producers and certifiers, and the page that describes it."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.routing import Match, Route

from app.footprints.file import footprint_schema
from app.footprints.form import path
from app.kit.errors import CarbonLabelError, Flaw
from app.parties.tokens import TokenNotAccepted
from app.storage.failure import StorageUnavailable
from app.web.api_page import render_api_page
from app.web.certifier import certifiers_only
from app.web.problems import (
    INTERNAL,
    MethodNotOffered,
    PathNotFound,
    RequestRefused,
    problem_of,
    problems,
)
from app.web.producer import FOOTPRINT_FILE, FOOTPRINTS, LABELS, PREFIX, PRINTING, both
from app.web.producer import producers_only as producers
from app.web.render import CONTENT_SECURITY_POLICY
from app.web.security import ApiDoor
from app.web.service import Service
from app.web.shapes import Problem

OPENAPI_PATH = f"{PREFIX}/openapi.json"
VERSION = "1.0.0"  # of this interface, not of the program

_DESCRIPTION = """\
Hand in footprints, have them accepted, issue labels, print and withdraw them.

Every path needs a bearer token of a producer or a certifier: `Authorization: Bearer clt_…`. The
command `carbon-label producer token ID` or `carbon-label certifier token ID` makes one.

Times are UTC and RFC 3339, numbers of a footprint are decimal strings. Unknown members are refused.
What is absent is not set; there is no null in an answer. Errors are RFC 9457 problems: `code` is
stable, `detail` says what to do, `flaws` names each field at fault.
"""
_TAGS = [
    {"name": FOOTPRINTS, "description": "Files that producers hand in and certifiers accept."},
    {"name": LABELS, "description": "Signed, published, suspended, revoked, reissued, renewed."},
    {"name": PRINTING, "description": "A valid label as PDF, SVG or PNG."},
]


def api(service: Service) -> FastAPI:
    """Return the application that answers `/api/…`, `/docs` and `/problems/…`."""
    app = FastAPI(
        title="Carbon Label API",
        version=VERSION,
        description=_DESCRIPTION,
        openapi_url=OPENAPI_PATH,
        openapi_tags=_TAGS,
        servers=[{"url": service.origin}],
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        routes=[
            *producers.routes,
            *both.routes,
            *certifiers_only.routes,
            Route("/docs", _describe),
            Route("/problems/{code}", _describe_problem),
        ],
        exception_handlers={
            CarbonLabelError: _refused,
            RequestValidationError: _invalid,
            HTTPException: _not_routed,
        },
    )
    app.state.service = service
    app.openapi = _schema_of(app)  # type: ignore[method-assign] # FastAPI's way to extend it
    app.add_middleware(ApiDoor, service=service, guarded="/api/", public=frozenset({OPENAPI_PATH}))
    return app


async def _describe(request: Request) -> Response:
    headers = {
        "content-security-policy": CONTENT_SECURITY_POLICY,
        "cache-control": "public, max-age=300",
        "content-language": "en",
    }
    page = render_api_page(request.app.openapi())
    return Response(page, media_type="text/html; charset=utf-8", headers=headers)


async def _describe_problem(request: Request) -> Response:
    # Every problem's `type` leads here, and from here to its line on the page.
    code = request.path_params["code"]
    known = code.replace("-", "").isalnum() and code.isascii()
    return RedirectResponse(f"/docs#problem-{code}" if known else "/docs#problems", 307)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, CarbonLabelError)  # noqa: S101 - registered for nothing else
    return problem_of(error).response(request.scope["path"])


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for nothing else
    flaws = [
        Flaw(path(flaw["loc"][1:]), flaw["type"].replace("_", "-"), flaw["msg"])
        for flaw in error.errors()
    ]
    return await _refused(request, RequestRefused(flaws))


async def _not_routed(request: Request, error: Exception) -> Response:
    status = getattr(error, "status_code", INTERNAL.status)
    if status == 404:
        return await _refused(request, PathNotFound())
    if status == 405:
        return await _refused(request, MethodNotOffered(request.method, _methods(request)))
    return INTERNAL.response(request.scope["path"])


def _methods(request: Request) -> list[str]:
    """Return what a path knows; one path may be several routes."""
    routes = [route for route in request.app.routes if isinstance(route, Route)]
    return sorted(
        method
        for route in routes
        if route.matches(request.scope)[0] is Match.PARTIAL
        for method in route.methods or ()
    )


def _schema_of(app: FastAPI) -> Callable[[], dict[str, Any]]:
    @cache
    def schema() -> dict[str, Any]:
        document = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
            tags=app.openapi_tags,
            servers=app.servers,
        )
        parts = document["components"]
        parts["schemas"] |= _problem_schema() | _footprint_schema()
        parts["securitySchemes"] = {
            "bearer": {
                "type": "http",
                "scheme": "bearer",
                "bearerFormat": "clt_ID_SECRET",
                "description": "A token of a producer or a certifier, good for 30 days at most.",
            }
        }
        document["security"] = [{"bearer": []}]
        for operations in document["paths"].values():
            for operation in operations.values():
                _complete(operation["responses"])
        return document

    return schema


def _complete(responses: dict[str, Any]) -> None:
    """Add the answers that every operation has; those it names itself stay."""
    for status, response in problems(TokenNotAccepted, StorageUnavailable).items():
        responses.setdefault(str(status), response)


def _problem_schema() -> dict[str, Any]:
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**schema.pop("$defs"), "Problem": schema}


def _footprint_schema() -> dict[str, Any]:
    schema = footprint_schema()
    del schema["$schema"]  # OpenAPI 3.1 has the same dialect
    own = {f"{FOOTPRINT_FILE}{name}": part for name, part in schema.pop("$defs").items()}
    renamed: dict[str, Any] = _moved({FOOTPRINT_FILE: schema, **own})
    return renamed


def _moved(part: Any) -> Any:
    """Return a part of a schema whose references lead to our components."""
    if isinstance(part, Mapping):
        return {
            name: value.replace("#/$defs/", f"#/components/schemas/{FOOTPRINT_FILE}")
            if name == "$ref"
            else _moved(value)
            for name, value in part.items()
        }
    return [_moved(each) for each in part] if isinstance(part, list) else part
