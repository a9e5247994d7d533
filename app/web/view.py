"""What a page is told besides the statement and its verdict, and the arithmetic of its bars."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Context, Decimal

from app.kit.decimals import apportioned, exact_sum, places, plain
from app.kit.texts import Texts, in_language
from app.statements.model import Judgement, Outcome, Published, PublishedStage, Verdict

_DIVISION = Context(prec=60)  # shares and bar lengths are the only quotients on a page


@dataclass(frozen=True, slots=True)
class LabelLinks:
    """Where the proof of one label can be fetched."""

    json: str  # the result: verdict, checks and statement
    statement: str  # the signed bytes
    keys: str | None = None  # the certifier's DID document

    @classmethod
    def of(cls, code: str) -> "LabelLinks":
        """Return the usual paths of a label's documents."""
        return cls(json=f"/l/{code}.json", statement=f"/l/{code}/statement")


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Why, and since when, a label is suspended or revoked."""

    reason: str  # one of the closed list, such as error-in-data
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class HomeLabel:
    """One label as a card on the home page."""

    path: str  # /l/CODE
    code: str
    verdict: Verdict
    product_name: Texts
    origin: Texts
    issuer_name: Texts
    text: Texts  # "0.2956 kgCO2/kg", as signed
    is_illustrative: bool  # no source stands behind the number

    @classmethod
    def of(cls, published: Published, verdict: Verdict) -> "HomeLabel":
        """Return the card of a label."""
        return cls(
            path=f"/l/{published.code}",
            code=published.code,
            verdict=verdict,
            product_name=published.product_name,
            origin=published.origin,
            issuer_name=published.issuer_name,
            text=published.text,
            is_illustrative=published.is_wholly_illustrative,
        )


@dataclass(frozen=True, slots=True)
class StageRow:
    """One stage as the page draws it. Lengths are percent of the bar's width."""

    stage: PublishedStage
    share: Decimal | None  # percent, one decimal; None when the total is not above zero
    bar_from: Decimal
    bar_length: Decimal
    is_negative: bool


def stage_rows(published: Published) -> list[StageRow]:
    """Return the stages with shares that add up to exactly 100.0 and bars on one scale.

    Without negative stages a full bar is the total. With them the scale runs from the lowest to
    the highest of all values, and every bar starts at zero.
    """
    values = [stage.value for stage in published.stages]
    shares = _shares(values)
    low, high = min([Decimal(0), *values]), max([Decimal(0), exact_sum(values), *values])
    span = _DIVISION.subtract(high, low)
    zero = _percent(-low, span)
    rows = []
    for stage, share in zip(published.stages, shares, strict=True):
        length = _percent(abs(stage.value), span)
        negative = stage.value < 0
        rows.append(StageRow(stage, share, zero - length if negative else zero, length, negative))
    return rows


def exact_if_rounded(stage: PublishedStage, language: str) -> Decimal | None:
    """Return the stage's exact value if the signed text shows fewer digits than were signed."""
    shown = in_language(stage.text, language).partition(" ")[0]
    return None if shown == plain(stage.value) else stage.value


def is_fictitious(published: Published) -> bool:
    """Whether the certifier is a sample: sample parties say so in their own names."""
    said = " ".join((*published.issuer_name.values(), *published.issuer_description.values()))
    return "虚构" in said or "fictitious" in said.lower()


def is_verified(published: Published) -> bool:
    """Whether a third party stands behind the signature: neither a sample nor the producer."""
    own = set(published.issuer_name.values()) & set(published.producer_name.values())
    return not own and not is_fictitious(published)


def trusted(published: Published | None, judgement: Judgement) -> Published | None:
    """Return the statement only if its content may be shown as the certifier's word.

    A forgery's text is never shown. While a verdict is undetermined, it is shown only if document,
    signature and issuer are known to be right, so that the status alone is in doubt.
    """
    if judgement.verdict in {Verdict.FORGED, Verdict.UNKNOWN}:
        return None
    if judgement.verdict is Verdict.UNDETERMINED:
        passed = {check.check for check in judgement.checks if check.result is Outcome.PASSED}
        if not {"structure", "signature", "issuer"} <= passed:
            return None
    return published


def _shares(values: Sequence[Decimal]) -> Sequence[Decimal | None]:
    total = exact_sum(values)
    if total <= 0:
        return [None] * len(values)
    percent = [_DIVISION.divide(_DIVISION.multiply(value, Decimal(100)), total) for value in values]
    if all(places(part) <= 1 for part in percent):
        return [part.quantize(Decimal("0.1"), context=_DIVISION) for part in percent]
    return apportioned(percent, 1)


def _percent(part: Decimal, whole: Decimal) -> Decimal:
    if not whole:
        return Decimal(0)
    percent = _DIVISION.divide(_DIVISION.multiply(part, Decimal(100)), whole)
    return percent.quantize(Decimal("0.01"), context=_DIVISION)
