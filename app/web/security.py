"""Who is asking, and may they: answered before anything of the request is looked at.

The order is fixed: 401 before everything, 404 and 405 for paths, 403 for the role, and only then
the body. So a stranger learns nothing, not even which paths there are.
"""

import logging
import re
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends
from fastapi.routing import APIRoute
from pydantic import ValidationError
from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.footprints.form import Form, flaws_of
from app.kit.clock import now
from app.kit.errors import CarbonLabelError
from app.kit.strict_json import parse_strict
from app.parties.model import Party, Role
from app.parties.tokens import ActNotAllowed, TokenNotAccepted, party_of_token
from app.storage.engine import reading
from app.web.body import SMALL, expect_json, read_body, replayed
from app.web.problems import INTERNAL, RequestRefused, problem_of
from app.web.service import Service

_LOG = logging.getLogger(__name__)
_TOKEN = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] +(clt_[0-9a-f]{16}_[\w-]{1,100})", re.ASCII)
_PARTY = "carbon_label.party"
_HEADERS = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; sandbox"),
)


class ApiDoor:
    """Lets in who has a token, and turns whatever escapes below into an answer.

    Paths outside `guarded`, and those in `public`, need no token.
    """

    def __init__(
        self, app: ASGIApp, *, service: Service, guarded: str, public: frozenset[str]
    ) -> None:
        self._app, self._service = app, service
        self._guarded, self._public = guarded, public

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def noting_send(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                given = {name.lower() for name, _ in message["headers"]}
                extra = [header for header in _HEADERS if header[0] not in given]
                message = {**message, "headers": [*message["headers"], *extra]}
            await send(message)

        try:
            await self._let_in(scope)
            await self._app(scope, receive, noting_send)
        except CarbonLabelError as error:
            await problem_of(error).response(scope["path"])(scope, receive, noting_send)
        except ClientDisconnect:
            return  # nobody is left to answer
        except Exception:
            _LOG.exception("%s %s failed", scope["method"], scope["path"])
            if started:
                raise  # half an answer is out: only breaking the connection says so
            await INTERNAL.response(scope["path"])(scope, receive, noting_send)

    async def _let_in(self, scope: Scope) -> None:
        path = scope["path"]
        if path.startswith(self._guarded) and path not in self._public:
            given = [value for name, value in scope["headers"] if name == b"authorization"]
            engine = self._service.engine
            scope[_PARTY] = await run_in_threadpool(_party_of, engine, given)


def _party_of(engine: Engine, given: list[bytes]) -> Party:
    # Two headers could be read by two programs as two parties.
    token = _TOKEN.fullmatch(given[0].decode("latin-1")) if len(given) == 1 else None
    if token is None:
        raise TokenNotAccepted
    with reading(engine) as session:
        return party_of_token(session, token[1], now())


def acting(*roles: Role) -> type[APIRoute]:
    """Return the routes of these roles: others are turned away before the body is read.

    A body is then read within 64 KiB, strictly, and every flaw of it is named.
    """

    class ActingRoute(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = super().get_route_handler()
            wanted: Any = self.body_field.field_info.annotation if self.body_field else None

            async def checked(request: Request) -> Response:
                _expect_role(request.scope[_PARTY], roles)
                if wanted is None:
                    return await handle(request)
                expect_json(request)
                body = await read_body(request, SMALL)
                _check_form(body, wanted)
                return await handle(Request(request.scope, replayed(body)))

            return checked

    return ActingRoute


def _expect_role(party: Party, roles: tuple[Role, ...]) -> None:
    if party.role not in roles:
        raise ActNotAllowed(party.id, f"it is for a {' or '.join(roles)}, not a {party.role}")


def _check_form(body: bytes, form: type[Form]) -> None:
    try:
        form.model_validate(parse_strict(body, SMALL))
    except ValidationError as refusal:
        raise RequestRefused(flaws_of(refusal, form)) from None


async def _the_service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


async def _the_party(request: Request) -> Party:
    party: Party = request.scope[_PARTY]
    return party


def operation_id(route: APIRoute) -> str:
    """Return the name of an operation in generated clients: that of its function."""
    return route.name


TheService = Annotated[Service, Depends(_the_service)]
TheParty = Annotated[Party, Depends(_the_party)]  # who is asking
