"""The footprint file: good ones come through exactly, bad ones are told what to mend."""

import json
import re
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from app.footprints.file import MAX_BYTES, FootprintRefused, footprint_schema, parse_footprint
from app.footprints.model import Boundary, Footprint
from app.kit.errors import Flaw
from app.kit.units import Indicator, Quantity, Unit
from tests.footprints.vectors import SMALLEST, Vector, changed, encoded, vectors

VECTORS = vectors()
EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.json"))
SCHEMA = footprint_schema()


def refused(document: object) -> tuple[Flaw, ...]:
    with pytest.raises(FootprintRefused) as refusal:
        parse_footprint(document if isinstance(document, bytes) else encoded(document))
    return refusal.value.flaws


def test_the_smallest_file_comes_through() -> None:
    footprint = parse_footprint(encoded(SMALLEST))
    assert footprint.total == Decimal("0.3")
    assert footprint.declared_unit == Quantity(Decimal(1), Unit.KG)
    assert footprint.indicator is Indicator.CO2E
    assert footprint.boundary is Boundary.CRADLE_TO_GATE
    assert [stage.id for stage in footprint.stages] == ["growing", "packaging"]
    assert footprint.package_content is None
    assert footprint.practices == footprint.illustrative == footprint.sources == ()


def test_every_field_comes_through() -> None:
    footprint = parse_footprint(
        encoded(
            changed(
                product={
                    "name": {"zh-CN": "爱媛橙", "en": "Ehime orange"},
                    "category": "fruit/citrus",
                    "gtin": "09506000134352",
                    "batch": "2023",
                    "origin": {"en": "Pujiang"},
                    "image": {"sha256": "0a" * 32},
                },
                producer={"name": {"en": "Sample"}, "registration": "91000000EXAMPLE01P"},
                declaredUnit={"amount": "2", "unit": "box"},
                packageContent={"amount": "0.250", "unit": "kg"},
                stages=[
                    {
                        "id": "growing",
                        "value": "0.30",
                        "includes": ["packaging film", {"en": "fertiliser"}],
                        "fossil": "0.4",
                        "biogenic": None,
                        "landUse": "0.01",
                        "removals": "-0.1",
                    }
                ],
                excluded=[{"what": {"en": "shop"}, "why": {"en": "outside"}}],
                primaryDataShare="0.62",
                dataQuality="2.1",
                practices=["organic-fertiliser"],
                comparison={
                    "value": "0.4",
                    "source": "A survey",
                    "n": "12",
                    "year": "2022",
                    "boundary": "cradle-to-gate",
                },
                illustrative=["stages", "mass"],
                sources=["A paper"],
            )
        )
    )
    assert (footprint.product.gtin, footprint.product.batch) == ("09506000134352", "2023")
    assert footprint.product.image == "0a" * 32
    assert footprint.producer.registration == "91000000EXAMPLE01P"
    assert footprint.package_content == Quantity(Decimal("0.250"), Unit.KG)
    stage = footprint.stages[0]
    assert str(stage.value) == "0.30"  # the digits as written
    assert stage.includes == ({"und": "packaging film"}, {"en": "fertiliser"})
    assert (stage.fossil, stage.biogenic) == (Decimal("0.4"), None)
    assert (stage.land_use, stage.removals) == (Decimal("0.01"), Decimal("-0.1"))
    assert footprint.excluded[0].why == {"en": "outside"}
    assert (footprint.primary_data_share, footprint.data_quality) == (
        Decimal("0.62"),
        Decimal("2.1"),
    )
    assert footprint.comparison is not None
    assert footprint.comparison.value == Decimal("0.4")
    assert footprint.comparison.boundary is Boundary.CRADLE_TO_GATE
    assert footprint.illustrative == ("stages", "mass")


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
def test_a_bad_file_is_told_field_code_and_mend(vector: Vector) -> None:
    flaws = refused(vector.data)
    assert tuple((flaw.field, flaw.code) for flaw in flaws) == vector.flaws
    assert any(vector.says in flaw.message for flaw in flaws), flaws


@pytest.mark.parametrize(
    "vector", [v for v in VECTORS if v.schema_refuses is not None], ids=lambda vector: vector.name
)
def test_the_schema_refuses_what_a_schema_can_see(vector: Vector) -> None:
    valid = Draft202012Validator(SCHEMA).is_valid(json.loads(vector.data))
    assert valid is not vector.schema_refuses


def test_the_schema_is_one_and_describes_every_field() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    for part in (SCHEMA, *SCHEMA["$defs"].values()):
        assert part["additionalProperties"] is False
        assert part["description"]
        for name, field in part["properties"].items():
            assert field.get("description") or "$ref" in field, name  # or its form's own


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_schema_accepts_the_examples(path: Path) -> None:
    Draft202012Validator(SCHEMA).validate(json.loads(path.read_bytes()))


def test_html_in_names_is_text_and_comes_through() -> None:
    name = {"en": '<script>alert("1")</script> & co'}
    product = {"name": name, "category": "fruit/citrus"}
    assert parse_footprint(encoded(changed(product=product))).product.name == name


def test_a_file_of_50_mb_is_refused_without_being_parsed() -> None:
    data = b"[" * 50_000_000
    started = time.process_time()
    flaws = refused(data)
    assert time.process_time() - started < 0.2
    assert [(flaw.field, flaw.code) for flaw in flaws] == [("", "document-too-large")]
    assert "at most 1048576" in flaws[0].message


def test_thousands_of_flaws_are_cut_to_what_one_reads() -> None:
    document = changed(**{f"k{i}": 0 for i in range(20_000)})
    flaws = refused(document)
    assert len(flaws) == 101
    assert flaws[-1].message == "19900 more flaws follow."


def test_lists_at_the_size_limit_are_refused_quickly() -> None:
    many = ["a"] * ((MAX_BYTES - 5000) // 5)
    for field in ("practices", "illustrative", "standards", "sources", "stages", "excluded"):
        started = time.process_time()
        assert refused(changed(**{field: many}))
        assert time.process_time() - started < 2, field


def test_no_key_of_the_whole_document_may_be_dropped_silently() -> None:
    optional = {"gwp"}  # only for CO2
    for key in SMALLEST.keys() - optional:
        document = changed()
        del document[key]
        assert [(flaw.field, flaw.code) for flaw in refused(document)] == [(key, "key-missing")]


def test_co2_alone_needs_no_warming_potentials() -> None:
    document = changed(indicator="CO2", gwp=None)
    assert parse_footprint(encoded(document)).gwp is None


def test_flaws_read_as_sentences() -> None:
    for vector in VECTORS:
        for flaw in refused(vector.data):
            assert flaw.message[0].isupper() or flaw.message[0] in "'\"", flaw
            assert flaw.message.endswith("."), flaw
            assert flaw.message.isprintable(), flaw
            assert "pydantic" not in flaw.message.lower()


# Properties ----------------------------------------------------------------------------------

NUMBERS = st.decimals(
    min_value=Decimal("-1e6"), max_value=Decimal("1e6"), allow_nan=False, places=9
).map(lambda number: Decimal(0) if number.is_zero() else number)


def with_stages(values: list[Decimal]) -> dict[str, Any]:
    return changed(
        total=f"{sum(values):f}",
        stages=[{"id": f"s{i}", "value": f"{value:f}"} for i, value in enumerate(values)],
    )


@given(st.lists(NUMBERS, min_size=1, max_size=40).filter(lambda v: bool(sum(v))))
def test_stages_always_sum_to_the_total(values: list[Decimal]) -> None:
    footprint: Footprint = parse_footprint(encoded(with_stages(values)))
    assert sum(stage.value for stage in footprint.stages) == footprint.total
    assert [stage.value for stage in footprint.stages] == values


@given(
    st.lists(NUMBERS.filter(bool), min_size=1, max_size=10).filter(lambda v: bool(sum(v))),
    st.data(),
)
def test_one_changed_digit_is_refused_with_the_exact_difference(
    values: list[Decimal], data: st.DataObject
) -> None:
    document = with_stages(values)
    stage = data.draw(st.sampled_from(document["stages"]))
    written: str = stage["value"]
    place = data.draw(st.sampled_from([i for i, c in enumerate(written) if c.isdigit()]))
    leading = place == written.index(next(c for c in written if c.isdigit()))
    digit = data.draw(
        st.sampled_from("123456789" if leading else "0123456789").filter(
            lambda d: d != written[place]
        )
    )
    stage["value"] = written[:place] + digit + written[place + 1 :]
    difference = abs(Decimal(stage["value"]) - Decimal(written))
    (flaw,) = refused(document)
    assert (flaw.field, flaw.code) == ("stages", "stages-do-not-sum")
    told = re.search(r"the total is ([0-9.]+) too (large|small)", flaw.message)
    assert told is not None
    assert Decimal(told[1]) == difference
    assert (told[2] == "large") is (Decimal(stage["value"]) < Decimal(written))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@given(st.sampled_from(sorted(SMALLEST)), JSON)
def test_anything_in_any_field_is_refused_or_read_never_a_crash(field: str, value: object) -> None:
    data = encoded(changed(**{field: value}))
    if not Draft202012Validator(SCHEMA).is_valid(json.loads(data)):
        assert refused(data)
        return
    try:
        footprint = parse_footprint(data)
    except FootprintRefused:
        return  # what a schema cannot see
    assert sum(stage.value for stage in footprint.stages) == footprint.total


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_with_a_flaw(data: bytes) -> None:
    assert refused(data)
