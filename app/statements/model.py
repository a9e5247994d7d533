"""The language of verification: verdicts, checks, and what a statement says, typed."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from app.kit.texts import Texts
from app.kit.units import Indicator, Quantity


class Verdict(StrEnum):
    """What verification says of a label. The graver come first; see `verify`."""

    FORGED = "forged"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    NOT_YET_VALID = "not-yet-valid"
    VALID = "valid"
    UNDETERMINED = "undetermined"
    UNKNOWN = "unknown"


class Outcome(StrEnum):
    """How one check ended. `error` means: could not be made, which is not `failed`."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Check:
    """One fragment of a verdict."""

    check: str  # structure, signature, issuer, stages, dates, status, log
    result: Outcome
    reason: str  # a stable code such as "signature-wrong"; never empty
    checked_at: datetime


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict and every check behind it, in the order they were made."""

    verdict: Verdict
    checks: tuple[Check, ...]
    verified_at: datetime
    superseded_by: str | None = None  # the URL of the direct successor


@dataclass(frozen=True, slots=True)
class PublishedStage:
    """One stage as signed; `value` exact, `text` the rounded number with its unit."""

    id: str
    name: Texts
    value: Decimal
    text: Texts
    includes: tuple[Texts, ...]


@dataclass(frozen=True, slots=True)
class PublishedComparison:
    """The sourced category figure as signed."""

    value: Decimal
    text: Texts
    source: str
    n: str
    year: str
    boundary: str


@dataclass(frozen=True, slots=True)
class Published:
    """A statement as its readers (page, print, exchange) see it: typed, nothing added."""

    url: str  # https://HOST/l/CODE
    code: str
    issuer: str  # the issuer's DID
    issuer_name: Texts
    issuer_description: Texts
    valid_from: datetime
    valid_until: datetime
    product_name: Texts
    category: str
    gtin: str | None
    batch: str | None
    origin: Texts
    image: str | None
    producer_name: Texts
    registration: str | None
    declared_unit: Quantity
    package_content: Quantity | None
    indicator: Indicator
    total: Decimal
    text: Texts  # "0.2956 kgCO2/kg" by language: the label text
    stages: tuple[PublishedStage, ...]
    boundary: str
    excluded: tuple[tuple[Texts, Texts], ...]  # what, why
    rule_id: str
    rule_version: str
    rule_name: Texts
    standards: tuple[str, ...]
    gwp: str | None
    reference_start: date
    reference_end: date
    primary_data_share: Decimal | None
    data_quality: Decimal | None
    practices: tuple[Texts, ...]
    comparison: PublishedComparison | None
    illustrative: tuple[str, ...]
    sources: tuple[str, ...]
    inventory_digest: str
    assurance: str
    verified_on: date
    replaces: str | None
    renews: str | None
    key: str  # the proof's verificationMethod
    created: datetime

    @property
    def is_wholly_illustrative(self) -> bool:
        """Whether no source stands behind the number: the label itself must say 示例 / example."""
        return "total" in self.illustrative

    @property
    def is_development(self) -> bool:
        """Whether the origin is plain http or an IP address: good for trying out only."""
        return is_development_origin(self.url)


def is_development_origin(url: str) -> bool:
    """Whether a URL's origin is plain http or an IP address (or localhost)."""
    scheme, _, rest = url.partition("://")
    host = rest.partition("/")[0].rpartition("@")[2]
    name = host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]
    name = name.removesuffix(".").lower()  # the root of all names may be written
    numeric = name.startswith("[") or all(part.isdigit() for part in name.split("."))
    return scheme.lower() != "https" or numeric or name in {"localhost", ""}
