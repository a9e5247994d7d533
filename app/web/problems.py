"""Errors as answers: the one place that gives each error its HTTP status (RFC 9457)."""

import inspect
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import quote

import orjson
from pydantic.alias_generators import to_camel
from starlette.responses import Response

from app.footprints.accept import (
    FootprintAlreadyAccepted,
    VerifiedBeforeTheData,
    VerifiedInTheFuture,
)
from app.footprints.file import FootprintRefused
from app.footprints.find import FootprintNotFound
from app.footprints.receive import ForeignProducer, ProducerNotAdmitted
from app.footprints.rules import RuleFileRefused
from app.kit.clock import NotATime
from app.kit.codes import CodeMistyped
from app.kit.decimals import NotADecimal
from app.kit.errors import CarbonLabelError, DocumentRefused, Flaw
from app.kit.gs1 import GtinMistyped
from app.kit.registration import RegistrationMistyped
from app.kit.strict_json import DocumentTooLarge, NotStrictJson
from app.kit.texts import HiddenCharacter, TextLengthWrong
from app.labels.find import LabelNotFound, RowAltered
from app.labels.issue import (
    FootprintAlreadyLabelled,
    FootprintNotAccepted,
    FootprintOfAnotherCertifier,
    IdempotencyKeyReused,
    LabelOrderRefused,
    NotTheSameProduct,
    OwnOutputRefused,
)
from app.labels.status_list import StatusListNotFound
from app.labels.withdraw import (
    ForeignLabel,
    LabelAlreadyRevoked,
    LabelAlreadySuperseded,
    LabelAlreadySuspended,
    LabelNotSuspended,
)
from app.parties.register import PartyExists, PartyIdNotUsable, PartyNotFound
from app.parties.tokens import ActNotAllowed, TokenNotAccepted
from app.printing.errors import LabelNotPrintable, PrintingError, TemplateRefused
from app.signing.canonical import NotCanonicalizable
from app.signing.installation import NotInstalled, OriginFixed, OriginNotUsable
from app.signing.key_file import KeyFileExists, KeyFileUnusable
from app.signing.keyring import KeyNotFound, NoActiveKey
from app.signing.multikey import NotMultibase
from app.statements.lint import StagesDoNotSum, StatementMalformed
from app.statements.status import StatusListRefused
from app.storage.engine import DatabaseUrlNotSupported
from app.storage.failure import StorageUnavailable
from app.storage.outbound import AddressRefused, FetchFailed
from app.transparency.errors import TransparencyError

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = 5  # seconds
_LOG = logging.getLogger(__name__)
_RESERVED = {"type", "title", "status", "detail", "instance", "code"}


class PathNotFound(CarbonLabelError):
    """There is nothing under this path."""

    code: ClassVar[str] = "path-not-found"

    def __init__(self) -> None:
        super().__init__("There is nothing under this path. /docs lists every path of this API.")


class MethodNotOffered(CarbonLabelError):
    """A path is asked for something that it does not do."""

    code: ClassVar[str] = "method-not-offered"

    def __init__(self, method: str, allowed: Sequence[str]) -> None:
        super().__init__(f"This path does not know {method[:20]}. It knows {', '.join(allowed)}.")
        self.allowed = list(allowed)


class ContentTypeNotJson(CarbonLabelError):
    """A body does not say that it is JSON."""

    code: ClassVar[str] = "content-type-not-json"

    def __init__(self, got: str) -> None:
        super().__init__(
            f"The body is sent as {got[:60]!r}. Send JSON in UTF-8, with the header "
            "Content-Type: application/json."
        )
        self.got = got[:60]


class RequestRefused(DocumentRefused):
    """A request has flaws; every one found is listed, and nothing was done."""

    code: ClassVar[str] = "request-refused"

    def __init__(self, flaws: Sequence[Flaw]) -> None:
        super().__init__("request", flaws)


# An error that is not here has the status of its base; a test asks that none falls through to the
# root. 500 means: not the caller's fault and not the caller's to mend, so the detail stays here.
STATUS: Mapping[type[CarbonLabelError], int] = {
    # who is asking
    TokenNotAccepted: 401,
    ActNotAllowed: 403,
    ForeignProducer: 403,
    ForeignLabel: 403,
    FootprintOfAnotherCertifier: 403,
    # what is asked for
    PathNotFound: 404,
    FootprintNotFound: 404,
    LabelNotFound: 404,
    CodeMistyped: 404,
    PartyNotFound: 404,
    KeyNotFound: 404,
    StatusListNotFound: 404,
    MethodNotOffered: 405,
    # not as things stand
    FootprintAlreadyAccepted: 409,
    FootprintNotAccepted: 409,
    FootprintAlreadyLabelled: 409,
    NotTheSameProduct: 409,
    LabelAlreadyRevoked: 409,
    LabelAlreadySuperseded: 409,
    LabelAlreadySuspended: 409,
    LabelNotSuspended: 409,
    LabelNotPrintable: 409,
    NoActiveKey: 409,
    PartyExists: 409,
    # what was sent
    DocumentTooLarge: 413,
    ContentTypeNotJson: 415,
    NotStrictJson: 422,
    DocumentRefused: 422,
    RequestRefused: 422,
    FootprintRefused: 422,
    LabelOrderRefused: 422,
    IdempotencyKeyReused: 422,
    VerifiedBeforeTheData: 422,
    VerifiedInTheFuture: 422,
    ProducerNotAdmitted: 422,
    PartyIdNotUsable: 422,
    HiddenCharacter: 422,
    TextLengthWrong: 422,
    NotADecimal: 422,
    NotATime: 422,
    GtinMistyped: 422,
    RegistrationMistyped: 422,
    StatementMalformed: 422,
    StagesDoNotSum: 422,
    NotCanonicalizable: 422,
    NotMultibase: 422,
    AddressRefused: 422,
    PrintingError: 422,  # this label on this template: another template or text may do
    # ours to mend
    TemplateRefused: 500,
    RuleFileRefused: 500,
    OwnOutputRefused: 500,
    RowAltered: 500,
    KeyFileUnusable: 500,
    TransparencyError: 500,
    KeyFileExists: 500,
    OriginFixed: 500,
    OriginNotUsable: 500,
    NotInstalled: 500,
    DatabaseUrlNotSupported: 500,
    # somebody else's to mend
    FetchFailed: 502,
    StatusListRefused: 502,
    StorageUnavailable: 503,
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One error as an answer."""

    status: int
    code: str
    title: str
    detail: str
    facts: Mapping[str, object] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self, instance: str | None = None) -> Response:
        """Return the answer; `instance` is the path that was asked for."""
        members = {
            "type": problem_type(self.code),
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            **({} if instance is None else {"instance": quote(instance[:400], safe="/-._~")}),
            "code": self.code,
            **self.facts,
        }
        headers = {"cache-control": "no-store", **self.headers}
        body = orjson.dumps(members, default=str)
        return Response(body, self.status, headers, media_type=MEDIA_TYPE)


INTERNAL = Problem(
    500,
    "internal-error",
    "Something went wrong on our side",
    "What was asked for was not done. Try again later; the operator's log says more.",
)


def problem_type(code: str) -> str:
    """Return the URI reference that names a kind of problem, relative to the service's origin."""
    return f"/problems/{code}"


def status_of(error: type[CarbonLabelError]) -> int:
    """Return the status of an error, or of the nearest base that has one; 500 if none has."""
    return next((STATUS[base] for base in error.__mro__ if base in STATUS), 500)


def title_of(error: type[CarbonLabelError]) -> str:
    """Return the fact that an error is named after, in words: the first line of its docstring."""
    first, _, _ = (inspect.getdoc(error) or error.code).partition("\n")
    return first.rstrip(".")


def problem_of(error: CarbonLabelError) -> Problem:
    """Return the answer to an error. One that is ours to mend is logged, and its detail kept."""
    kind = type(error)
    status = status_of(kind)
    if status == INTERNAL.status:
        _LOG.error("%s: %s", error.code, error)
        return Problem(status, error.code, INTERNAL.title, INTERNAL.detail)
    facts = {
        to_camel(name): value
        for name, value in error.facts().items()
        if to_camel(name) not in _RESERVED
    }
    detail = str(error)
    if isinstance(error, DocumentRefused):  # its message repeats every flaw
        detail = f"Nothing was done: {len(error.flaws)} in `flaws` to mend."
    return Problem(status, error.code, title_of(kind), detail, facts, _headers(status, error))


def _headers(status: int, error: CarbonLabelError) -> dict[str, str]:
    if status == 401:
        return {"www-authenticate": 'Bearer realm="carbon-label"'}
    if status == 503:
        return {"retry-after": str(RETRY_AFTER)}
    if isinstance(error, MethodNotOffered):
        return {"allow": ", ".join(error.allowed)}
    return {}


def problems(*errors: type[CarbonLabelError]) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI responses of the errors that an operation may answer with."""
    by_status: dict[int, list[type[CarbonLabelError]]] = defaultdict(list)
    for error in errors:
        by_status[status_of(error)].append(error)
    return {
        status: {
            "description": "; ".join(title_of(error) for error in group),
            "content": {
                MEDIA_TYPE: {
                    "schema": {"$ref": "#/components/schemas/Problem"},
                    "examples": {error.code: {"value": _example(error)} for error in group},
                }
            },
        }
        for status, group in sorted(by_status.items())
    }


def _example(error: type[CarbonLabelError]) -> dict[str, object]:
    return {
        "type": problem_type(error.code),
        "title": title_of(error),
        "status": status_of(error),
        "detail": "What is wrong, and how to mend it.",
        "code": error.code,
    }
