"""The language of footprints: what a producer declares, exact and immutable."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from app.kit.texts import UNDETERMINED, Texts
from app.kit.units import Indicator, Quantity, Unit


class Boundary(StrEnum):
    """Which part of the life cycle is counted."""

    CRADLE_TO_GATE = "cradle-to-gate"
    CRADLE_TO_GRAVE = "cradle-to-grave"
    GATE_TO_GATE = "gate-to-gate"


class Assurance(StrEnum):
    """How sure the certifier is (ISO 14064-3)."""

    LIMITED = "limited"
    REASONABLE = "reasonable"


class Illustrated(StrEnum):
    """What a footprint may name as example data, because no source gives it.

    A closed list: with a free one, a slip (`totals`) would hide that the number is an example.
    """

    TOTAL = "total"  # the number itself: page and label say so large
    STAGES = "stages"
    MASS = "mass"  # the package content
    BOUNDARY = "boundary"
    STANDARDS = "standards"
    GWP = "gwp"
    REFERENCE_PERIOD = "reference-period"
    DATA_QUALITY = "data-quality"  # with the primary data share
    PRACTICES = "practices"
    COMPARISON = "comparison"


@dataclass(frozen=True, slots=True)
class Product:
    """What carries the label."""

    name: Texts
    category: str  # such as fruit/citrus
    gtin: str | None = None  # 8, 12, 13 or 14 digits, check digit verified
    batch: str | None = None
    origin: Texts = field(default_factory=dict)
    image: str | None = None  # lower-hex SHA-256 of the product photograph


@dataclass(frozen=True, slots=True)
class ProducerClaim:
    """The producer as the file names it."""

    name: Texts
    registration: str | None = None  # unified social credit code, GB 32100-2015


@dataclass(frozen=True, slots=True)
class Stage:
    """A life-cycle stage and its emissions, in kg of the indicator per declared unit."""

    id: str
    value: Decimal
    includes: tuple[Texts, ...] = ()  # a word of the rule's vocabulary stands under `und`
    fossil: Decimal | None = None
    biogenic: Decimal | None = None
    land_use: Decimal | None = None
    removals: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Something the boundary leaves out, and why."""

    what: Texts
    why: Texts


@dataclass(frozen=True, slots=True)
class Comparison:
    """A sourced figure of the category, in the same declared unit."""

    value: Decimal
    source: str
    n: str  # number of products behind it
    year: str
    boundary: Boundary


@dataclass(frozen=True, slots=True)
class RuleName:
    """Which version of which product category rule."""

    id: str
    version: str


@dataclass(frozen=True, slots=True)
class Footprint:
    """A whole footprint file. Stages sum to the total exactly."""

    product: Product
    producer: ProducerClaim
    declared_unit: Quantity
    package_content: Quantity | None
    indicator: Indicator
    total: Decimal
    stages: tuple[Stage, ...]
    boundary: Boundary
    excluded: tuple[Exclusion, ...]
    rule: RuleName
    standards: tuple[str, ...]
    gwp: str | None  # absent where the source counts CO2 alone
    reference_start: date
    reference_end: date
    primary_data_share: Decimal | None
    data_quality: Decimal | None
    practices: tuple[str, ...]
    comparison: Comparison | None
    illustrative: tuple[str, ...]  # "total", "stages", "mass", ...: what no source gives
    sources: tuple[str, ...]


class RuleCheck(StrEnum):
    """The checks that a rule makes; each rule names the clause behind every one of them."""

    CATEGORY = "category"
    BOUNDARY = "boundary"
    UNIT = "unit"
    INDICATOR = "indicator"
    STAGES = "stages"
    NEGATIVE = "negative"
    STANDARDS = "standards"
    GWP = "gwp"
    DATA_QUALITY = "data-quality"
    PRACTICES = "practices"
    PERIOD = "period"
    VALIDITY = "validity"


@dataclass(frozen=True, slots=True)
class RuleStage:
    """A stage that a rule knows."""

    id: str
    name: Texts
    required: bool  # wherever the boundary reaches it
    negative_allowed: bool
    boundaries: tuple[Boundary, ...]  # the boundaries that reach this stage


@dataclass(frozen=True, slots=True)
class Rule:
    """One version of a product category rule: data that can be executed."""

    id: str
    version: str
    name: Texts
    owner: Texts
    illustrative: bool  # a sample rule of ours, not a published PCR
    effective: date  # the first day
    withdrawn: date | None  # the first day on which it no longer counts
    categories: tuple[str, ...]  # each covers itself and what lies below: `fruit` > `fruit/citrus`
    boundaries: tuple[Boundary, ...]
    units: tuple[Unit, ...]
    indicators: tuple[Indicator, ...]
    display_decimals: int
    maximum_validity_days: int
    standards: tuple[tuple[str, ...], ...]  # of each group, at least one must be followed
    gwp: tuple[str, ...]
    minimum_primary_data_share: Decimal | None
    maximum_data_quality: Decimal | None  # a rating from 1 (best) to 5
    stages: tuple[RuleStage, ...]  # in the order of the life cycle
    contains: Mapping[str, Texts]  # vocabulary of what stages include
    practices: Mapping[str, Texts]  # vocabulary of practices that lower the footprint
    clauses: Mapping[RuleCheck, str]

    def stage(self, stage_id: str) -> RuleStage | None:
        """Return the stage of that id, or None if the rule knows none."""
        return next((stage for stage in self.stages if stage.id == stage_id), None)

    def in_words(self, included: Texts) -> Texts:
        """Return what a stage includes in every language the rule has for it.

        A text that names no language is looked up in the vocabulary (`packaging film` as
        `packaging-film`); a word that is not there, or already is in a language, stays as it is.
        """
        word = included.get(UNDETERMINED)
        if word is None:
            return included
        return self.contains.get(word.replace(" ", "-"), included)

    def is_in_force(self, on: date) -> bool:
        """Whether the rule counts on that day."""
        return self.effective <= on and (self.withdrawn is None or on < self.withdrawn)


@dataclass(frozen=True, slots=True)
class RuleRegistry:
    """Every version of every rule that this installation knows, withdrawn ones too."""

    rules: Mapping[tuple[str, str], Rule]  # by id and version

    def find(self, name: RuleName) -> Rule | None:
        """Return that version of that rule, or None."""
        return self.rules.get((name.id, name.version))

    def versions(self, rule_id: str) -> tuple[Rule, ...]:
        """Return all versions of a rule, the earliest effective one first."""
        found = [rule for (known, _), rule in self.rules.items() if known == rule_id]
        return tuple(sorted(found, key=lambda rule: (rule.effective, rule.version)))
