"""Lint before signing, and again when verifying: is this document exactly one of ours?"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, ClassVar, TypeVar
from urllib.parse import quote

import msgspec

from app.kit.codes import CodeMistyped, LabelCode, parse_code
from app.kit.decimals import (
    NotADecimal,
    exact_difference,
    exact_sum,
    parse_decimal,
    places,
    plain,
    rounded,
)
from app.kit.errors import CarbonLabelError
from app.kit.texts import HIDDEN, LANGUAGE_TAG
from app.kit.units import Indicator, Quantity, Unit, label_text
from app.signing.canonical import is_plain
from app.signing.did import did_document_url
from app.statements.shape import (
    CONTEXT_PATH,
    Amount,
    Claims,
    Comparison,
    Statement,
    Text,
    Unsigned,
    in_shape,
)

STATUS_PURPOSES = ("revocation", "suspension", "refresh")
_UNITS = frozenset(unit.value for unit in Unit)
LARGEST_STATEMENT = 256 * 1024  # bytes

Shape = TypeVar("Shape", Claims, Unsigned, Statement)


class StatementMalformed(CarbonLabelError):
    """A document is not a carbon label statement: something in it is missing, extra or wrong."""

    code: ClassVar[str] = "statement-malformed"

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"The statement is malformed at {where}: {why}.")
        self.where, self.why = where, why


class StagesDoNotSum(CarbonLabelError):
    """The stages of a statement do not add up to its total."""

    code: ClassVar[str] = "stages-do-not-sum"

    def __init__(self, difference: Decimal) -> None:
        super().__init__(f"The stages differ from the total by {difference:f}.")
        self.difference = f"{difference:f}"


def lint_claims(claims: Mapping[str, Any]) -> Claims:
    """Return the typed claims. Raises `StatementMalformed`, `StagesDoNotSum`."""
    shaped = _shaped(claims, Claims)
    _check_claims(shaped)
    check_sums(shaped)
    return shaped


def lint_unsigned(document: Mapping[str, Any]) -> Unsigned:
    """Return the typed statement before its proof.

    Raises `StatementMalformed`, `StagesDoNotSum`.
    """
    shaped = _shaped(document, Unsigned)
    _check_envelope(shaped)
    check_sums(shaped.credential_subject)
    return shaped


def lint_signed(document: Mapping[str, Any]) -> Statement:
    """Return the typed signed statement, its sums unchecked. Raises `StatementMalformed`."""
    shaped = _shaped(document, Statement)
    _check_envelope(shaped)
    if shaped.proof.verification_method.partition("#")[0] != shaped.issuer.id:
        raise StatementMalformed("proof.verificationMethod", "it is no key of the issuer")
    if shaped.proof.context is not msgspec.UNSET and shaped.proof.context != [*shaped.context]:
        raise StatementMalformed("proof.@context", "it differs from the document's")
    _moment(shaped.proof.created, "proof.created")
    return shaped


def label_code(statement: Unsigned) -> LabelCode:
    """Return the code in the statement's id; the statement has been linted."""
    return LabelCode(statement.id.rpartition("/")[2])


def origin_of(statement: Unsigned) -> str:
    """Return the origin in the statement's id; the statement has been linted."""
    return statement.id.rpartition("/l/")[0]


def _shaped(document: Mapping[str, Any], shape: type[Shape]) -> Shape:
    # The shape has no number and no key but our own: a document that fits is plain by itself.
    try:
        return in_shape(document, shape)
    except msgspec.ValidationError as wrong:
        if not is_plain(document):
            where, why = "the document", "keys are ASCII, and values are never floats"
            raise StatementMalformed(where, why) from None
        why, _, where = str(wrong).partition(" - at ")
        raise StatementMalformed(where.strip("`").removeprefix("$.") or "the top", why) from None


def _check_envelope(statement: Unsigned) -> None:
    origin, _, code = statement.id.rpartition("/l/")
    if not _is_origin(origin):
        raise StatementMalformed("id", "expected ORIGIN/l/CODE")
    try:
        canonical_spelling = parse_code(code) == code
    except CodeMistyped:
        canonical_spelling = False
    if not canonical_spelling:
        raise StatementMalformed("id", f"{code[:20]!r} is no label code")
    if statement.context[1] != origin + CONTEXT_PATH:
        raise StatementMalformed("@context", f"expected {origin + CONTEXT_PATH}")
    if did_document_url(statement.issuer.id) is None:
        raise StatementMalformed("issuer.id", "expected a did:web")
    _check_texts(statement.issuer.name, "issuer.name")
    if isinstance(statement.issuer.description, list):
        _check_texts(statement.issuer.description, "issuer.description")
    start = _moment(statement.valid_from, "validFrom")
    if _moment(statement.valid_until, "validUntil") < start:
        raise StatementMalformed("validUntil", "it is before validFrom")
    if statement.refresh_service.id != f"{statement.id}/latest":
        raise StatementMalformed("refreshService.id", "expected the label's own /latest")
    _check_status(statement, origin)
    subject = statement.credential_subject
    expected = subject_id(statement.id, subject.product.gtin or None, subject.product.batch or None)
    if subject.id != expected:
        raise StatementMalformed("credentialSubject.id", f"expected {expected}")
    _check_claims(subject)


def subject_id(label_url: str, gtin: str | None, batch: str | None) -> str:
    """Return the subject's id: the GS1 Digital Link of a product with a GTIN, else the label's."""
    if gtin:
        lot = f"/10/{quote(batch, safe='')}" if batch else ""
        return f"{label_url.rpartition('/l/')[0]}/01/{gtin}{lot}"
    return f"{label_url}#product"


def _check_status(statement: Unsigned, origin: str) -> None:
    first = statement.credential_status[0]
    number = first.status_list_credential.rpartition("/")[2]
    if not number.isdecimal():
        raise StatementMalformed("credentialStatus", "the status list has no number")
    for entry, purpose in zip(statement.credential_status, STATUS_PURPOSES, strict=True):
        if (
            entry.status_purpose != purpose
            or entry.status_list_credential != f"{origin}/status/{purpose}/{number}"
            or entry.status_list_index != first.status_list_index
            or entry.id != f"{entry.status_list_credential}#{entry.status_list_index}"
        ):
            raise StatementMalformed(
                "credentialStatus", f"the {purpose} entry is not where the others are"
            )


def _check_claims(claims: Claims) -> None:
    """Check everything that the shape cannot say, but the sums."""
    for texts, where in _all_texts(claims):
        _check_texts(texts, where)
    for line, where in _all_lines(claims):
        if _is_deceptive(line):
            raise StatementMalformed(where, "a text carries an invisible character")
    if len({stage.id for stage in claims.stages}) != len(claims.stages):
        raise StatementMalformed("stages", "a stage stands twice")
    start = _day(claims.reference_period.start, "referencePeriod.start")
    if _day(claims.reference_period.end, "referencePeriod.end") < start:
        raise StatementMalformed("referencePeriod", "it ends before it starts")
    _day(claims.verification.on, "verification.on")
    quantity_of(claims.declared_unit, "declaredUnit")
    if isinstance(claims.package_content, Amount):
        quantity_of(claims.package_content, "packageContent")


def check_sums(claims: Claims) -> None:
    """Raise `StagesDoNotSum` or `StatementMalformed` unless numbers and printed numbers agree."""
    total = _number(claims.total, "total")
    values = [_number(stage.value, f"stages.{stage.id}") for stage in claims.stages]
    difference = exact_difference(exact_sum(values), total)
    if difference:
        raise StagesDoNotSum(difference)
    unit = quantity_of(claims.declared_unit, "declaredUnit")
    printed = _printed(claims.text[0].value, "text")
    if plain(rounded(total, places(printed))) != plain(printed):
        raise StatementMalformed("text", "the printed number is not the total")
    indicator = Indicator(claims.indicator)
    _check_label_text(claims.text, printed, indicator, unit, "text")
    parts = []
    for stage, value in zip(claims.stages, values, strict=True):
        where = f"stages.{stage.id}.text"
        part = _printed(stage.text[0].value, where)
        # Rounded up or down so that what is printed adds up, but never by a whole unit of the
        # last printed digit: that would be another number.
        if abs(exact_difference(part, value)) >= Decimal(1).scaleb(-places(part)):
            raise StatementMalformed(where, "the printed number is not the stage's")
        _check_label_text(stage.text, part, indicator, unit, where)
        parts.append(part)
    if exact_sum(parts) != printed:
        raise StatementMalformed("stages", "the printed stages do not add up")
    if isinstance(claims.comparison, Comparison):
        where = "comparison.text"
        value = _number(claims.comparison.value, "comparison.value")
        shown = _printed(claims.comparison.text[0].value, where)
        if plain(rounded(value, places(shown))) != plain(shown):
            raise StatementMalformed(where, "the printed number is not the comparison's")
        _check_label_text(claims.comparison.text, shown, indicator, unit, where)


def _check_label_text(
    texts: Sequence[Text], number: Decimal, indicator: Indicator, unit: Quantity, where: str
) -> None:
    for text in texts:
        if text.value != f"{plain(number)} {_unit_text(indicator, unit, text.language)}":
            raise StatementMalformed(where, "the printed text is not that number in its unit")


@lru_cache(maxsize=256)
def _unit_text(indicator: Indicator, unit: Quantity, language: str) -> str:
    return label_text(Decimal(0), indicator, unit, language).partition(" ")[2]


def quantity_of(amount: Amount, where: str) -> Quantity:
    """Return a typed quantity; raises `StatementMalformed`."""
    value = _number(amount.amount, where)
    if value <= 0 or amount.unit not in _UNITS:
        raise StatementMalformed(where, f"{amount.amount} {amount.unit} is no quantity of ours")
    return Quantity(value, Unit(amount.unit))


def _all_texts(claims: Claims) -> list[tuple[list[Text], str]]:
    found = [
        (claims.product.name, "product.name"),
        (claims.producer.name, "producer.name"),
        (claims.text, "text"),
        (claims.rule.name, "rule.name"),
    ]
    if claims.product.origin:
        found.append((claims.product.origin, "product.origin"))
    for stage in claims.stages:
        found += [(stage.name, "stages.name"), (stage.text, "stages.text")]
        found += [(item.name, "stages.includes") for item in stage.includes or ()]
    for exclusion in claims.excluded or ():
        found += [(exclusion.what, "excluded.what"), (exclusion.why, "excluded.why")]
    found += [(practice.name, "practices") for practice in claims.practices or ()]
    if isinstance(claims.comparison, Comparison):
        found.append((claims.comparison.text, "comparison.text"))
    return found


def _all_lines(claims: Claims) -> list[tuple[str, str]]:
    """Return the texts without a language, and where each stands."""
    found = [(line, "standards") for line in claims.standards or ()]
    found += [(line, "sources") for line in claims.sources or ()]
    found += [(claims.product.batch or "", "product.batch"), (claims.gwp or "", "gwp")]
    if isinstance(claims.comparison, Comparison):
        other = claims.comparison
        found += [(line, "comparison") for line in (other.source, other.n, other.year)]
    return found


def _check_texts(texts: Sequence[Text], where: str) -> None:
    before = ""
    for text in texts:
        if text.language <= before or not _is_language(text.language):
            raise StatementMalformed(where, "languages are sorted, and each stands once")
        before = text.language
        if _is_deceptive(text.value):
            raise StatementMalformed(where, "a text carries an invisible character")


# Names of stages, rules and certifiers, and the languages they are in, come again and again.


@lru_cache(maxsize=256)
def _is_language(tag: str) -> bool:
    return LANGUAGE_TAG.fullmatch(tag) is not None


@lru_cache(maxsize=4096)
def _is_deceptive(text: str) -> bool:
    return HIDDEN.search(text) is not None


def _number(text: str, where: str) -> Decimal:
    try:
        return parse_decimal(text)
    except NotADecimal as wrong:
        raise StatementMalformed(where, str(wrong)) from None


def _printed(text: str, where: str) -> Decimal:
    return _number(text.partition(" ")[0], where)


def _moment(text: str, where: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise StatementMalformed(where, f"{text} is no time") from None


def _day(text: str, where: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise StatementMalformed(where, f"{text} is no day") from None


def _is_origin(text: str) -> bool:
    scheme, separator, host = text.partition("://")
    return (
        scheme in {"https", "http"}
        and bool(separator)
        and bool(host)
        and host == host.lower()
        and not set(host) & set("/?#@\\ ")
    )
