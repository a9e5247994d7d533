"""Rules executed: each finding names its field, its clause and the mend."""

import copy
from datetime import date, timedelta
from importlib import resources
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.footprints.check import check, check_validity
from app.footprints.file import parse_footprint
from app.footprints.model import RuleRegistry
from app.footprints.rules import load_rules, parse_rule
from app.kit.errors import Flaw
from tests.footprints.vectors import SMALLEST, encoded

TODAY = date(2026, 6, 1)
CITRUS = (resources.files("app.footprints") / "rules" / "citrus-fruit-1.toml").read_text("utf-8")
STAGES = ("raw-materials", "growing", "packaging", "storage", "sorting")


def version(number: str, dates: str) -> str:
    text = CITRUS.replace('version = "1"', f'version = "{number}"')
    return text.replace("effective = 2023-01-01", dates)


def registry_with(*texts: str) -> RuleRegistry:
    rules = dict(load_rules().rules)
    for text in texts:
        number = text.split('version = "')[1].split('"')[0]
        rule = parse_rule(f"citrus-fruit-{number}.toml", text.encode())
        rules[rule.id, rule.version] = rule
    return RuleRegistry(rules)


REGISTRY = registry_with(
    version("2", "effective = 2023-01-01\nwithdrawn = 2026-06-01"),  # the first day it is gone
    version("3", "effective = 2026-06-02"),
    version(
        "4",
        'effective = 2023-01-01\nminimum_primary_data_share = "0.5"\nmaximum_data_quality = "2.5"',
    ),
)
GOOD: dict[str, Any] = {
    **SMALLEST,
    "total": "0.5",
    "stages": [{"id": stage, "value": "0.1"} for stage in STAGES],
}


def found(on: date = TODAY, **members: Any) -> list[Flaw]:
    document = {**copy.deepcopy(GOOD), **members}
    return list(check(parse_footprint(encoded(document)), REGISTRY, on))


def one(**members: Any) -> Flaw:
    (flaw,) = found(**members)
    return flaw


def test_a_footprint_that_follows_its_rule_has_no_flaw() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("members", "field", "code", "says"),
    [
        (
            {"product": {"name": {"en": "Tea"}, "category": "tea/green"}},
            "product.category",
            "category-not-covered",
            "clause 2.1 Products covered: covers fruit/citrus, not tea/green",
        ),
        (
            {"product": {"name": {"en": "Tea"}, "category": "fruit/citrusoid"}},
            "product.category",
            "category-not-covered",
            "not fruit/citrusoid",
        ),
        (
            {"boundary": "gate-to-gate"},
            "boundary",
            "boundary-not-allowed",
            "clause 4.1 System boundary: the boundary must be cradle-to-gate, not gate-to-gate",
        ),
        (
            {"declaredUnit": {"amount": "1", "unit": "t"}},
            "declaredUnit.unit",
            "unit-not-allowed",
            "clause 3.1 Declared unit: declare per kg, piece, box, not per t",
        ),
        (
            {"standards": ["PAS 2050"]},
            "standards",
            "standard-missing",
            "clause 5.1 Standards followed: follow ISO 14067:2018 or GB/T 24067-2024",
        ),
        ({"gwp": "IPCC AR4 GWP100"}, "gwp", "gwp-not-allowed", "clause 5.2"),
        (
            {"practices": ["organic-fertiliser", "good-vibes"]},
            "practices[1]",
            "practice-unknown",
            "good-vibes is not among the practices",
        ),
        (
            {"referencePeriod": {"start": "2026-01-01", "end": "2026-06-02"}},
            "referencePeriod.end",
            "reference-period-in-future",
            "ends on 2026-06-02, after 2026-06-01",
        ),
        (
            {
                "comparison": {
                    "value": "0.9",
                    "source": "A survey",
                    "n": "9",
                    "year": "2024",
                    "boundary": "cradle-to-grave",
                }
            },
            "comparison.boundary",
            "comparison-boundary-differs",
            "leave the comparison out",
        ),
        (
            {"rule": {"id": "citrus", "version": "1"}},
            "rule.id",
            "rule-unknown",
            "Follow one of: bamboo-shoots, citrus-fruit,",
        ),
        (
            {"rule": {"id": "citrus-fruit", "version": "9"}},
            "rule.version",
            "rule-version-unknown",
            "no version 9 here. Follow one of: 1, 2, 4, 3.",
        ),
        (
            {"rule": {"id": "citrus-fruit", "version": "2"}},
            "rule.version",
            "rule-withdrawn",
            "was withdrawn on 2026-06-01. Follow version 1 or 4.",
        ),
        (
            {"rule": {"id": "citrus-fruit", "version": "3"}},
            "rule.version",
            "rule-not-yet-effective",
            "is effective from 2026-06-02, not yet on 2026-06-01. Follow version 1 or 4, or wait.",
        ),
    ],
)
def test_one_thing_against_the_rule_is_one_flaw(
    members: dict[str, Any], field: str, code: str, says: str
) -> None:
    flaw = one(**members)
    assert (flaw.field, flaw.code) == (field, code)
    assert says in flaw.message
    assert flaw.message.endswith(".")


def test_a_rule_counts_from_its_effective_day_until_the_day_before_its_withdrawal() -> None:
    withdrawn, coming = ({"id": "citrus-fruit", "version": v} for v in ("2", "3"))
    assert found(rule=withdrawn, on=TODAY - timedelta(days=1)) == []
    assert [flaw.code for flaw in found(rule=withdrawn, on=TODAY)] == ["rule-withdrawn"]
    assert [flaw.code for flaw in found(rule=coming, on=TODAY)] == ["rule-not-yet-effective"]
    assert found(rule=coming, on=TODAY + timedelta(days=1)) == []


def test_an_indicator_that_the_rule_does_not_count() -> None:
    tea: dict[str, Any] = {
        "product": {"name": {"en": "Tea"}, "category": "tea/green"},
        "rule": {"id": "tea", "version": "1"},
        "stages": [
            {"id": stage, "value": value}
            for stage, value in zip(
                ("growing", "picking", "processing", "packaging"),
                ("0.2", "0.1", "0.1", "0.1"),
                strict=True,
            )
        ],
    }
    assert found(**tea) == []
    flaw = one(**tea, indicator="CO2")
    assert (flaw.field, flaw.code) == ("indicator", "indicator-not-allowed")
    assert "count CO2e, not CO2" in flaw.message


@given(st.sampled_from(STAGES))
def test_a_missing_stage_is_named(stage: str) -> None:
    kept = [{"id": s, "value": "0.125"} for s in STAGES if s != stage]
    flaw = one(stages=kept)
    assert (flaw.field, flaw.code) == ("stages", "stage-missing")
    assert f"clause 4.2 Life-cycle stages: the stage {stage} is required" in flaw.message


def test_a_stage_that_the_rule_does_not_know() -> None:
    stages = [*GOOD["stages"], {"id": "use", "value": "0"}]
    flaw = one(stages=stages)
    assert (flaw.field, flaw.code) == ("stages[5].id", "stage-not-in-rule")
    assert "raw-materials, growing, packaging, storage, sorting" in flaw.message


def test_a_negative_stage_where_none_is_allowed() -> None:
    stages = [{"id": s, "value": v} for s, v in zip(STAGES, "1111", strict=False)]
    flaw = one(stages=[*stages, {"id": "sorting", "value": "-3.5"}])
    assert (flaw.field, flaw.code) == ("stages[4].value", "stage-negative")
    assert "clause 4.3 Removals and credits: sorting cannot be negative, got -3.5" in flaw.message


def test_data_quality_is_demanded_and_measured() -> None:
    rule = {"id": "citrus-fruit", "version": "4"}
    silent = found(rule=rule)
    assert [(flaw.field, flaw.code) for flaw in silent] == [
        ("primaryDataShare", "primary-data-too-low"),
        ("dataQuality", "data-quality-too-low"),
    ]
    assert all("nothing is stated" in flaw.message for flaw in silent)
    poor = found(rule=rule, primaryDataShare="0.4999", dataQuality="2.51")
    assert ["got 0.4999" in poor[0].message, "got 2.51" in poor[1].message] == [True, True]
    assert found(rule=rule, primaryDataShare="0.5", dataQuality="2.5") == []


def test_the_whole_life_cycle_needs_its_end() -> None:
    electrical: dict[str, Any] = {
        "product": {"name": {"en": "Controller"}, "category": "electrical/controller"},
        "rule": {"id": "electrical-products", "version": "1"},
        "declaredUnit": {"amount": "1", "unit": "piece"},
    }
    gate = [
        {"id": stage, "value": value}
        for stage, value in zip(
            ("raw-materials", "transport", "manufacturing", "packaging"),
            ("0.2", "0.1", "0.1", "0.1"),
            strict=True,
        )
    ]
    assert found(**electrical, stages=gate) == []
    grave = found(**electrical, stages=gate, boundary="cradle-to-grave")
    assert [flaw.code for flaw in grave] == ["stage-missing"] * 3
    assert "end-of-life" in grave[2].message
    early = found(**electrical, stages=[*gate, {"id": "use", "value": "0"}])
    assert [(flaw.field, flaw.code) for flaw in early] == [("stages[4].id", "stage-not-in-rule")]


def test_flaws_are_listed_together_and_only_once() -> None:
    flaws = found(
        rule={"id": "citrus-fruit", "version": "2"},
        product={"name": {"en": "Tea"}, "category": "tea"},
        boundary="cradle-to-grave",
        stages=[{"id": "use", "value": "0.5"}],
        practices=["good-vibes"],
    )
    assert [flaw.code for flaw in flaws] == [
        "rule-withdrawn",
        "category-not-covered",
        "boundary-not-allowed",
        "practice-unknown",
    ]


def test_a_label_may_not_outlive_what_its_rule_allows() -> None:
    rule = REGISTRY.rules["citrus-fruit", "1"]
    start = date(2026, 1, 1)
    assert check_validity(rule, start, date(2028, 12, 31)) == ()
    assert check_validity(rule, start, start) == ()
    (long,) = check_validity(rule, start, date(2029, 1, 1))
    assert long.code == "validity-too-long"
    assert "clause 8.1 Validity of the label" in long.message
    assert "End it on 2028-12-31 or earlier." in long.message
    (reversed_,) = check_validity(rule, start, date(2025, 12, 31))
    assert reversed_.code == "dates-reversed"
