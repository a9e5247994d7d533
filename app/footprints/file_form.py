"""The fields of a footprint file: every key, its type, its bounds, and what it means."""

from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

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
    one_of,
    pattern,
    read_line,
)
from app.footprints.model import (
    Illustrated,
)
from app.kit.texts import UNDETERMINED, HiddenCharacter

MAX_STAGES = 40
_MAX_LISTED = 40  # of anything: what a statement carries
_MAX_CITED = 20


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
