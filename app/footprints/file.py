"""The footprint file: what a producer hands in, read strictly, with every flaw named at once."""

import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, ValidationError, WithJsonSchema
from pydantic.json_schema import GenerateJsonSchema

from app.footprints.form import (
    LINE_SCHEMA,
    PROSE_SCHEMA,
    BoundaryWord,
    Category,
    Day,
    Exact,
    Form,
    Gtin,
    IndicatorWord,
    Line,
    Name,
    Positive,
    Prose,
    Rating,
    Registration,
    Share,
    ShortLine,
    UnitWord,
    Version,
    Word,
    flawed,
    flaws_of,
    one_of,
    pattern,
    read_line,
    shown,
)
from app.footprints.model import (
    Comparison,
    Exclusion,
    Footprint,
    Illustrated,
    ProducerClaim,
    Product,
    RuleName,
    Stage,
)
from app.kit.decimals import exact_difference, exact_sum, plain
from app.kit.errors import DocumentRefused, Flaw
from app.kit.strict_json import DocumentTooLarge, NotStrictJson, parse_strict
from app.kit.texts import UNDETERMINED, HiddenCharacter
from app.kit.units import Indicator, Quantity, Unit

MAX_BYTES = 1 << 20
MAX_STAGES = 40
_MAX_LISTED = 40  # of anything: what a statement carries
_MAX_CITED = 20
_PACKED_UNITS = (Unit.KG, Unit.T, Unit.L, Unit.M3, Unit.M, Unit.M2, Unit.PIECE)
_COUNTED_UNITS = (Unit.PIECE, Unit.SET, Unit.BOX, Unit.BAG, Unit.BOTTLE)
_LOT = re.compile(r"[!\"%-?A-Z_a-z]{1,20}")  # GS1 character set 82, as in a bar code's lot (AI 10)


class FootprintRefused(DocumentRefused):
    """A footprint file has flaws; `flaws` lists every one found, and nothing was stored."""

    code: ClassVar[str] = "footprint-refused"

    def __init__(self, flaws: Sequence[Flaw]) -> None:
        super().__init__("footprint file", flaws)


def _with_language(value: object) -> object:
    # A bare word has no language: it is looked up in the rule's vocabulary, else shown as it is.
    if not isinstance(value, str):
        return value
    try:
        return {UNDETERMINED: read_line(value)}
    except HiddenCharacter as hidden:
        raise flawed(hidden.code, str(hidden)) from None


_IllustratedWord = Annotated[Illustrated, *one_of(Illustrated, "illustrative-unknown")]
_Digest = Annotated[
    str, *pattern("[0-9a-f]{64}", "not-a-digest", "the 64 small hexadecimal digits of a SHA-256")
]
_Count = Annotated[str, *pattern("[1-9][0-9]{0,8}", "not-a-count", 'a count such as "12"')]
_Year = Annotated[str, *pattern("(?:19|20)[0-9]{2}", "not-a-year", 'a year such as "2023"')]
_Included = Annotated[
    Prose, BeforeValidator(_with_language), WithJsonSchema({"anyOf": [LINE_SCHEMA, PROSE_SCHEMA]})
]


class ImageForm(Form):
    """A photograph of the product, handed in beside this file."""

    sha256: _Digest = Field(description="SHA-256 of the picture: 64 small hexadecimal digits.")


class ProductForm(Form):
    """What carries the label."""

    name: Name = Field(description="The product's name; in zh-CN or en at least.")
    category: Category = Field(description="Category, from the general: fruit/citrus.")
    gtin: Gtin | None = Field(None, description="GS1 article number: 8, 12, 13 or 14 digits.")
    batch: ShortLine | None = Field(None, description="Batch, lot or harvest.")
    origin: Prose | None = Field(None, description="Where the product comes from.")
    image: ImageForm | None = Field(None, description="A photograph of the product.")


class ProducerForm(Form):
    """Who declares."""

    name: Name = Field(description="The producer's name; in zh-CN or en at least.")
    registration: Registration | None = Field(
        None, description="Unified social credit code (GB 32100-2015), 18 characters."
    )


class QuantityForm(Form):
    """An exact amount of a unit."""

    amount: Positive = Field(description="A decimal string above zero.")
    unit: UnitWord = Field(description="A unit of the closed list.")


class StageForm(Form):
    """One life-cycle stage; numbers are kg of the indicator per declared unit."""

    id: Word = Field(description="The stage's id in the product category rule.")
    value: Exact = Field(description="Emissions of the stage; negative only if the rule allows it.")
    includes: list[_Included] = Field(
        [],
        max_length=_MAX_LISTED,
        description="What the stage contains: words that the rule knows, or texts by language.",
    )
    fossil: Exact | None = Field(None, description="Fossil part, if stated apart.")
    biogenic: Exact | None = Field(None, description="Biogenic part, if stated apart.")
    land_use: Exact | None = Field(None, description="Land-use change part, if stated apart.")
    removals: Exact | None = Field(None, description="Removals, if stated apart.")


class ExclusionForm(Form):
    """Something that was left out."""

    what: Prose = Field(description="What is not counted.")
    why: Prose = Field(description="Why it is not counted.")


class RuleForm(Form):
    """A version of a product category rule."""

    id: Word = Field(description="The rule's id.")
    version: Version = Field(description="The rule's version.")


class PeriodForm(Form):
    """The time that the data are from, both days included."""

    start: Day = Field(description="First day, YYYY-MM-DD.")
    end: Day = Field(description="Last day, YYYY-MM-DD.")


class ComparisonForm(Form):
    """A sourced figure of the category, in the same declared unit."""

    value: Positive = Field(description="kg of the indicator per declared unit.")
    source: Line = Field(description="Where the figure was published.")
    n: _Count = Field(description="How many products stand behind the figure, as a text.")
    year: _Year = Field(description="The year of the figure, as a text.")
    boundary: BoundaryWord = Field(description="The boundary of the figure.")


class FootprintForm(Form):
    """A product's carbon footprint, declared for verification. Numbers are decimal strings."""

    product: ProductForm = Field(description="What carries the label.")
    producer: ProducerForm = Field(description="Who declares.")
    declared_unit: QuantityForm = Field(description="The quantity that the numbers refer to.")
    package_content: QuantityForm | None = Field(
        None, description="What one piece, set, box, bag or bottle contains."
    )
    indicator: IndicatorWord = Field(
        description="CO2e counts all greenhouse gases; CO2 where the source counts that alone."
    )
    total: Exact = Field(description="kg of the indicator per declared unit: the sum of stages.")
    stages: list[StageForm] = Field(
        min_length=1,
        max_length=MAX_STAGES,
        description="Life-cycle stages, in order; they sum to the total exactly.",
    )
    boundary: BoundaryWord = Field(description="Which part of the life cycle is counted.")
    excluded: list[ExclusionForm] = Field(
        [], max_length=_MAX_LISTED, description="What the boundary leaves out, and why."
    )
    rule: RuleForm = Field(description="The product category rule that was followed.")
    standards: list[ShortLine] = Field(
        min_length=1,
        max_length=_MAX_CITED,
        description="Standards that were followed, such as ISO 14067:2018; each once.",
    )
    gwp: ShortLine | None = Field(
        None, description="Global warming potentials, such as IPCC AR6 GWP100; required for CO2e."
    )
    reference_period: PeriodForm = Field(description="The time that the data are from.")
    primary_data_share: Share | None = Field(
        None, description="Share of the emissions that rests on own measurements, from 0 to 1."
    )
    data_quality: Rating | None = Field(
        None, description="Data quality rating, from 1 (best) to 5."
    )
    practices: list[Word] = Field(
        [],
        max_length=_MAX_LISTED,
        description="What lowered the footprint: words of the rule's vocabulary; each once.",
    )
    comparison: ComparisonForm | None = Field(None, description="A sourced figure of the category.")
    illustrative: list[_IllustratedWord] = Field(
        [],
        max_length=len(Illustrated),
        description="What is example data because no source gives it; labels and pages say so.",
    )
    sources: list[Line] = Field(
        [], max_length=_MAX_CITED, description="Where the figures were published."
    )


def parse_footprint(data: bytes) -> Footprint:
    """Return the footprint of a file's bytes (UTF-8 JSON, at most 1 MiB).

    Raises `FootprintRefused` with every flaw found: first the shape of all fields, then, once that
    is right, what contradicts itself. Whether the rule is followed is `check.check`'s business.
    """
    try:
        document = parse_strict(data, MAX_BYTES)
    except (DocumentTooLarge, NotStrictJson) as broken:
        raise FootprintRefused([Flaw("", broken.code, str(broken))]) from broken
    try:
        form = FootprintForm.model_validate(document)
    except ValidationError as refusal:
        raise FootprintRefused(flaws_of(refusal, FootprintForm)) from None
    if flaws := _contradictions(form):
        raise FootprintRefused(flaws)
    return _footprint(form)


def footprint_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the footprint file; the caller adds its `$id`.

    It says all that a schema can; sums, check digits, hidden characters and dates that are
    reversed are refused by `parse_footprint` only.
    """
    schema = FootprintForm.model_json_schema(by_alias=True, schema_generator=_PlainSchema)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "Carbon Label footprint file, version 1",
    }


class _PlainSchema(GenerateJsonSchema):
    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002 - pydantic's hook
        """Say no: a title such as `Landuse` tells less than the key."""
        return False


def _contradictions(form: FootprintForm) -> list[Flaw]:
    return [
        *_sum_flaws(form),
        *_repeated("stages", ".id", [stage.id for stage in form.stages], "stage-twice"),
        *_repeated("standards", "", form.standards, "standard-twice"),
        *_repeated("practices", "", form.practices, "practice-twice"),
        *_repeated("illustrative", "", form.illustrative, "illustrative-twice"),
        *_package_flaws(form),
        *_other_flaws(form),
    ]


def _sum_flaws(form: FootprintForm) -> Iterator[Flaw]:
    summed = exact_sum([stage.value for stage in form.stages])
    difference = exact_difference(form.total, summed)
    if difference:
        yield Flaw(
            "stages",
            "stages-do-not-sum",
            f"The stages sum to {plain(summed)}, the total says {plain(form.total)}: the total is "
            f"{plain(abs(difference))} too {'large' if difference > 0 else 'small'}. Correct a "
            "stage or the total; they must agree exactly.",
        )


def _repeated(field: str, member: str, words: Sequence[str], code: str) -> Iterator[Flaw]:
    seen: dict[str, int] = {}
    for i, word in enumerate(words):
        if word in seen:
            yield Flaw(
                f"{field}[{i}]{member}",
                code,
                f"{shown(str(word))} stands in {field}[{seen[word]}] already. Keep one of them.",
            )
        seen.setdefault(word, i)


def _package_flaws(form: FootprintForm) -> Iterator[Flaw]:
    unit, content = form.declared_unit.unit, form.package_content
    if content is None:
        if unit.is_package:
            yield Flaw(
                "packageContent",
                "package-content-missing",
                f"A {unit} can hold anything. Say what one contains, such as "
                '{"amount": "0.25", "unit": "kg"}.',
            )
    elif unit not in _COUNTED_UNITS:
        yield Flaw(
            "packageContent",
            "package-content-meaningless",
            f"A declared unit in {unit} has no package. Leave packageContent out, or declare per "
            f"{', '.join(_COUNTED_UNITS)}.",
        )
    elif content.unit not in _PACKED_UNITS:
        yield Flaw(
            "packageContent.unit",
            "package-content-unit",
            f"A package holds {', '.join(_PACKED_UNITS)}, not {content.unit}. State its content "
            "in one of these.",
        )


def _other_flaws(form: FootprintForm) -> Iterator[Flaw]:
    period, product = form.reference_period, form.product
    if period.end < period.start:
        yield Flaw(
            "referencePeriod.end",
            "dates-reversed",
            f"The period ends on {period.end}, before it starts on {period.start}. Swap them.",
        )
    if form.indicator is Indicator.CO2E and form.gwp is None:
        yield Flaw(
            "gwp",
            "gwp-missing",
            "CO2e adds up gases by their global warming potentials. Say which set was used, such "
            'as "IPCC AR6 GWP100".',
        )
    if product.gtin and product.batch and not _LOT.fullmatch(product.batch):
        yield Flaw(
            "product.batch",
            "batch-not-gs1",
            "With a GTIN the batch becomes a GS1 lot: at most 20 letters, digits and signs of "
            "ASCII, no blanks. Rewrite it, or leave out the GTIN.",
        )


def _footprint(form: FootprintForm) -> Footprint:
    product, period = form.product, form.reference_period
    return Footprint(
        product=Product(
            name=product.name,
            category=product.category,
            gtin=product.gtin,
            batch=product.batch,
            origin=product.origin or {},
            image=product.image.sha256 if product.image else None,
        ),
        producer=ProducerClaim(form.producer.name, form.producer.registration),
        declared_unit=_quantity(form.declared_unit),
        package_content=_quantity(form.package_content) if form.package_content else None,
        indicator=form.indicator,
        total=form.total,
        stages=tuple(
            Stage(
                id=stage.id,
                value=stage.value,
                includes=tuple(stage.includes),
                fossil=stage.fossil,
                biogenic=stage.biogenic,
                land_use=stage.land_use,
                removals=stage.removals,
            )
            for stage in form.stages
        ),
        boundary=form.boundary,
        excluded=tuple(Exclusion(each.what, each.why) for each in form.excluded),
        rule=RuleName(form.rule.id, form.rule.version),
        standards=tuple(form.standards),
        gwp=form.gwp,
        reference_start=period.start,
        reference_end=period.end,
        primary_data_share=form.primary_data_share,
        data_quality=form.data_quality,
        practices=tuple(form.practices),
        comparison=Comparison(**dict(form.comparison)) if form.comparison else None,
        illustrative=tuple(word.value for word in form.illustrative),
        sources=tuple(form.sources),
    )


def _quantity(form: QuantityForm) -> Quantity:
    return Quantity(form.amount, form.unit)
