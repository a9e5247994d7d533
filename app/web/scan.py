"""The front door of scans: `/l/CODE` and what hangs below it, without framework or session.

It is most of our traffic, so it is a small ASGI app: one database read, a keyed seal in the place
of a signature check, stored bytes sent as they were signed, rendered pages kept for half a minute.
"""

from collections import OrderedDict
from datetime import datetime
from time import monotonic
from urllib.parse import parse_qs, quote

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from app.kit.clock import now, stamp
from app.kit.codes import LENGTH as CODE_LENGTH
from app.kit.codes import CodeMistyped, LabelCode, parse_code
from app.kit.errors import CarbonLabelError
from app.labels.find import latest_code
from app.labels.model import LabelStatus
from app.labels.scan import (
    Scanned,
    is_genuine,
    judge_altered,
    judge_genuine,
    known_keys,
    scan,
)
from app.signing.did import did_document_url
from app.statements.model import Judgement, Published
from app.statements.read import read
from app.storage.engine import reading
from app.storage.failure import StorageUnavailable
from app.web.answer import (
    ANY_ORIGIN,
    HTML,
    IMMUTABLE_CACHE,
    JSON,
    NO_STORE,
    STATEMENT,
    VARY,
    VARY_PAGE,
    VERDICT_CACHE,
    Answer,
    Header,
    Page,
    etag_of,
    not_modified,
    takes_gzip,
    wanted_type,
)
from app.web.language import negotiate
from app.web.render import render_error, render_label, render_unknown
from app.web.result import JSON_TYPE, frame_of, genuine_frame, result, unknown_result
from app.web.service import Service
from app.web.view import LabelLinks, Withdrawal

_PAGE_SECONDS = 30.0
_PAGES_KEPT = 512
_STATEMENT_TYPE = (b"content-type", b"application/vc")
_SUFFIXES = ("", ".json", "/statement", "/latest")

_PageKey = tuple[bytes, str, str, bool]


class ScanDoor:
    """Answers everything under `/l/` and `/L/`."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._pages: OrderedDict[_PageKey, tuple[float, Page]] = OrderedDict()

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer one request; a body, if there is one, is not read."""
        method = scope["method"]
        if method not in {"GET", "HEAD"}:
            allow = ((b"allow", b"GET, HEAD, OPTIONS"), NO_STORE)
            await Answer(204 if method == "OPTIONS" else 405, allow).send(send)
            return
        headers = dict(scope["headers"])
        answer = await self._answer(scope, headers)
        answer = not_modified(answer, headers.get(b"if-none-match"))
        await answer.send(send, head_only=method == "HEAD")

    async def _answer(self, scope: Scope, headers: dict[bytes, bytes]) -> Answer:
        path: str = scope["path"]
        typed, suffix = _split(path[3:])
        wanted = JSON if suffix == ".json" else wanted_type(headers.get(b"accept", b""))
        try:
            code = parse_code(typed)
        except CodeMistyped:
            return self._unknown(typed, None, wanted, scope, headers)
        suffix = "" if suffix == "/" else suffix
        if typed + suffix != path[3:] or code != typed:
            query = scope["query_string"]
            where = f"/l/{code}{suffix}".encode() + (b"?" + query if query else b"")
            return Answer(308, ((b"location", where), (b"cache-control", b"max-age=86400")))
        if suffix not in _SUFFIXES:
            return _no_document(code, suffix, wanted, scope, headers)
        try:
            scanned = await scan(self._service.reader, code)
            if scanned is None:
                return self._unknown(code, code, wanted, scope, headers)
            if suffix == "/statement" or (suffix == "" and wanted == STATEMENT):
                return _statement(scanned, genuine=is_genuine(scanned, self._service.seal))
            if suffix == "/latest":
                return await self._latest(code)
            return await self._found(scanned, code, wanted, scope, headers)
        except StorageUnavailable as failed:
            return _unavailable(failed, code, wanted, scope, headers)

    async def _found(
        self,
        scanned: Scanned,
        code: LabelCode,
        wanted: str,
        scope: Scope,
        headers: dict[bytes, bytes],
    ) -> Answer:
        location: tuple[Header, ...] = ()
        if scope["path"].startswith("/L/"):
            location = ((b"content-location", b"/l/" + scope["path"][3:].encode()),)
        genuine = is_genuine(scanned, self._service.seal)
        if genuine and wanted == JSON and not scanned.sealed.superseded_by:
            return result(scanned, *genuine_frame(scanned, code, stamp(now())), location)
        if genuine:
            judgement = judge_genuine(scanned, self._service.origin, now())
        else:
            judgement = await self._judge_altered(scanned, code)
        if wanted == JSON:
            frame = frame_of(code, judgement)
            return result(scanned, judgement.verdict, frame, location, genuine=genuine)
        return self._page(scanned, code, judgement, location, scope, headers)

    async def _judge_altered(self, scanned: Scanned, code: LabelCode) -> Judgement:
        service = self._service

        def altered() -> Judgement:
            with reading(service.engine) as session:
                keys = known_keys(session)
            return judge_altered(scanned, code, keys, service.origin, now())

        return await run_in_threadpool(altered)

    async def _latest(self, code: LabelCode) -> Answer:
        def find() -> LabelCode:
            with reading(self._service.engine) as session:
                return latest_code(session, code)

        latest = await run_in_threadpool(find)
        return Answer(307, ((b"location", f"/l/{latest}".encode()), VERDICT_CACHE))

    def _page(
        self,
        scanned: Scanned,
        code: LabelCode,
        judgement: Judgement,
        location: tuple[Header, ...],
        scope: Scope,
        headers: dict[bytes, bytes],
    ) -> Answer:
        language, chosen = _language(scope, headers)
        key = (scanned.seal, judgement.verdict.value, language, chosen)
        kept = self._pages.get(key)
        if kept is None or monotonic() - kept[0] > _PAGE_SECONDS:
            page = Page.of(
                _render(scanned, code, judgement, language, chosen, self._service.origin)
            )
            self._pages[key] = (monotonic(), page)
            if len(self._pages) > _PAGES_KEPT:
                self._pages.popitem(last=False)
        else:
            page = kept[1]
        return page.answer(
            200,
            (VERDICT_CACHE, VARY_PAGE, (b"content-language", language.encode()), *location),
            packed=takes_gzip(headers.get(b"accept-encoding", b"")),
        )

    def _unknown(
        self,
        typed: str,
        code: LabelCode | None,
        wanted: str,
        scope: Scope,
        headers: dict[bytes, bytes],
    ) -> Answer:
        reason = "mistyped" if code is None else "no-such-label"
        if wanted != HTML:
            return unknown_result(typed, reason, now())
        language, chosen = _language(scope, headers)
        html = render_unknown(typed[:200], code is None, language, chosen=chosen)
        return Page.of(html).answer(
            404,
            (VERDICT_CACHE, VARY_PAGE, (b"content-language", language.encode())),
            packed=takes_gzip(headers.get(b"accept-encoding", b"")),
        )


def _no_document(
    code: LabelCode, suffix: str, wanted: str, scope: Scope, headers: dict[bytes, bytes]
) -> Answer:
    if wanted != HTML:
        return unknown_result(code, "no-such-document", now())
    language, chosen = _language(scope, headers)
    why = f"Label {code} has no document {suffix[:60]!r}. Its page is /l/{code}."
    html = render_error(404, "No such document", why, language, chosen=chosen)
    return Page.of(html).answer(404, (VERDICT_CACHE, VARY_PAGE), packed=False)


def _split(rest: str) -> tuple[str, str]:
    """Return the code as typed, and what follows it, such as `.json` or `/statement`."""
    if len(rest) == CODE_LENGTH and rest.isalnum():
        return rest, ""
    typed, slash, below = rest.partition("/")
    if not slash and typed.endswith(".json"):
        return typed.removesuffix(".json"), ".json"
    return typed, slash + below


def _language(scope: Scope, headers: dict[bytes, bytes]) -> tuple[str, bool]:
    wanted = None
    if scope["query_string"]:
        query = parse_qs(scope["query_string"].decode("latin-1"), max_num_fields=20)
        wanted = query.get("lang", [None])[0]
    language = negotiate(headers.get(b"accept-language", b"").decode("latin-1"), wanted)
    return language, wanted is not None and wanted.lower() == language.lower()


def _statement(scanned: Scanned, *, genuine: bool) -> Answer:
    # Bytes that someone altered are given to whoever investigates, and kept by nobody.
    cache = (IMMUTABLE_CACHE, (b"etag", etag_of(scanned.sealed.statement)))
    return Answer(
        200,
        (_STATEMENT_TYPE, VARY, ANY_ORIGIN, *(cache if genuine else (NO_STORE,))),
        scanned.sealed.statement,
    )


def _unavailable(
    failed: CarbonLabelError,
    code: LabelCode,
    wanted: str,
    scope: Scope,
    headers: dict[bytes, bytes],
) -> Answer:
    again = ((b"retry-after", b"5"), NO_STORE)
    if wanted != HTML:
        body = orjson.dumps(
            {
                "verdict": "undetermined",
                "label": code,
                "checks": [
                    {
                        "check": "status",
                        "result": "error",
                        "reason": failed.code,
                        "checkedAt": stamp(now()),
                    }
                ],
                "statement": None,
                "supersededBy": None,
                "verifiedAt": stamp(now()),
            }
        )
        return Answer(503, (JSON_TYPE, ANY_ORIGIN, *again), body)
    language, chosen = _language(scope, headers)
    html = render_error(503, "Cannot confirm just now", str(failed), language, chosen=chosen)
    return Page.of(html).answer(503, again, packed=False)


def _render(
    scanned: Scanned,
    code: LabelCode,
    judgement: Judgement,
    language: str,
    chosen: bool,  # noqa: FBT001 - whether the reader chose the language
    origin: str,
) -> bytes:
    row = scanned.sealed
    published = _published(row.statement)
    withdrawal = None
    if row.status_reason and row.status != LabelStatus.IN_FORCE:
        withdrawal = Withdrawal(row.status_reason, datetime.fromisoformat(row.status_at))
    links = LabelLinks.of(code)
    if published is not None:
        url = did_document_url(published.issuer)
        if url and url.startswith(f"https://{origin.partition('://')[2]}/"):
            keys = "/" + url.split("/", 3)[3]
            links = LabelLinks(links.json, links.statement, keys)
    return render_label(
        published,
        judgement,
        language,
        code=code,
        links=links,
        origin=origin,
        withdrawal=withdrawal,
        chosen=chosen,
    )


def _published(statement: bytes) -> Published | None:
    try:
        return read(statement)
    except CarbonLabelError:
        return None


def find_target(typed: str) -> str:
    """Return where a code or link typed into the form leads; raises `CodeMistyped`."""
    text = typed.strip()
    marker = text.lower().find("/l/")
    if marker >= 0:
        text = text[marker + 3 :].split("?")[0].split("#")[0].split("/")[0]
    return f"/l/{quote(parse_code(text))}"
