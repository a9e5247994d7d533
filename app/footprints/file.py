"""The footprint file: what a producer hands in, read strictly, with every flaw named at once."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from pydantic import ValidationError
from pydantic.json_schema import GenerateJsonSchema

from app.footprints.file_form import FootprintForm, QuantityForm
from app.footprints.form import (
    flaws_of,
    shown,
)
from app.footprints.model import (
    Comparison,
    Exclusion,
    Footprint,
    ProducerClaim,
    Product,
    RuleName,
    Stage,
)
from app.kit.decimals import exact_difference, exact_sum, plain
from app.kit.errors import DocumentRefused, Flaw
from app.kit.strict_json import DocumentTooLarge, NotStrictJson, parse_strict
from app.kit.units import Indicator, Quantity, Unit

MAX_BYTES = 1 << 20
_PACKED_UNITS = (Unit.KG, Unit.T, Unit.L, Unit.M3, Unit.M, Unit.M2, Unit.PIECE)
_COUNTED_UNITS = (Unit.PIECE, Unit.SET, Unit.BOX, Unit.BAG, Unit.BOTTLE)
_LOT = re.compile(r"[!\"%-?A-Z_a-z]{1,20}")  # GS1 character set 82, as in a bar code's lot (AI 10)


class FootprintRefused(DocumentRefused):
    """A footprint file has flaws; `flaws` lists every one found, and nothing was stored."""

    code: ClassVar[str] = "footprint-refused"

    def __init__(self, flaws: Sequence[Flaw]) -> None:
        super().__init__("footprint file", flaws)


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
        *_split_flaws(form),
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


def _split_flaws(form: FootprintForm) -> Iterator[Flaw]:
    """Check that a stage whose four parts are all given is their sum, exactly."""
    for i, stage in enumerate(form.stages):
        given = (stage.fossil, stage.biogenic, stage.land_use, stage.removals)
        parts = [part for part in given if part is not None]
        if len(parts) == len(given) and exact_difference(exact_sum(parts), stage.value):
            yield Flaw(
                f"stages[{i}]",
                "parts-do-not-sum",
                f"Its fossil, biogenic, landUse and removals sum to {plain(exact_sum(parts))}, the "
                f"value says {plain(stage.value)}. Correct one of them; they must agree exactly.",
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
