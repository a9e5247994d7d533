"""The result of a scan as JSON: verdict, checks, and the statement's very bytes."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

import orjson

from app.kit.clock import stamp
from app.kit.errors import CarbonLabelError
from app.labels.scan import SEALED_CHECKS, Finding, Scanned, found_genuine
from app.signing.canonical import canonical
from app.statements.model import Judgement, Verdict
from app.statements.verify import parse_statement
from app.web.answer import ANY_ORIGIN, VARY, VERDICT_CACHE, Answer, Header

JSON_TYPE = (b"content-type", b"application/json")


def result(
    scanned: Scanned,
    verdict: Verdict,
    frame: bytes,
    location: tuple[Header, ...],
    *,
    genuine: bool = True,
) -> Answer:
    """Return the answer of a known label; `frame` is the JSON before the statement."""
    # The statement goes in as the bytes that were signed; everything around it is ours. Bytes that
    # are not ours could close the object and say something else: they go in as one value, or not.
    statement = scanned.sealed.statement if genuine else _one_value(scanned.sealed.statement)
    tag = f'W/"{scanned.seal.hex()}-{verdict.value}"'.encode()
    return Answer(
        200,
        (JSON_TYPE, VERDICT_CACHE, VARY, ANY_ORIGIN, (b"etag", tag), *location),
        b"".join((frame, b',"statement":', statement, b"}")),
    )


def _one_value(altered: bytes) -> bytes:
    try:
        value = parse_statement(altered)
        return canonical(value) if isinstance(value, dict) else b"null"
    except CarbonLabelError:
        return b"null"


def frame_of(code: str, judgement: Judgement) -> bytes:
    """Return the JSON of a judgement as it is before the statement and the closing brace."""
    found = tuple((made.check, made.result, made.reason) for made in judgement.checks)
    made_at = [stamp(made.checked_at) for made in judgement.checks]
    at = stamp(judgement.verified_at)
    return _framed(code, judgement.verdict, found, made_at, at, judgement.superseded_by)


def genuine_frame(scanned: Scanned, code: str, at: str) -> tuple[Verdict, bytes]:
    """Return the verdict and the same JSON for most scans: only code and moments are filled in."""
    verdict, found = found_genuine(scanned.sealed, at)
    form = _genuine_form(verdict, found)
    return verdict, (form % {"code": code, "issued": scanned.sealed.issued_at, "now": at}).encode()


@lru_cache(maxsize=32)
def _genuine_form(verdict: Verdict, found: tuple[Finding, ...]) -> str:
    then, since = len(SEALED_CHECKS), len(found) - len(SEALED_CHECKS)
    made_at = ["%(issued)s"] * then + ["%(now)s"] * since
    return _framed("%(code)s", verdict, found, made_at, "%(now)s", None).decode()


def _framed(
    code: str,
    verdict: Verdict,
    found: Sequence[Finding],
    made_at: Sequence[str],
    at: str,
    superseded_by: str | None,
) -> bytes:
    whole = {
        "verdict": verdict.value,
        "label": code,
        "checks": [
            {"check": check, "result": outcome.value, "reason": reason, "checkedAt": when}
            for (check, outcome, reason), when in zip(found, made_at, strict=True)
        ],
        "supersededBy": superseded_by,
        "verifiedAt": at,
    }
    return orjson.dumps(whole)[:-1]


def unknown_result(typed: str, reason: str, at: datetime) -> Answer:
    """Return the answer, in the same shape, for a code or document that there is not."""
    body = orjson.dumps(
        {
            "verdict": "unknown",
            "label": typed[:40],
            "checks": [
                {"check": "code", "result": "failed", "reason": reason, "checkedAt": stamp(at)}
            ],
            "statement": None,
            "supersededBy": None,
            "verifiedAt": stamp(at),
        }
    )
    return Answer(404, (JSON_TYPE, VERDICT_CACHE, VARY, ANY_ORIGIN), body)
