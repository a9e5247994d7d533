"""The examples: they follow their rules, add up as displayed, and say what no source gives."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from app.footprints.check import check
from app.footprints.file import parse_footprint
from app.footprints.model import Footprint
from app.footprints.rules import load_rules
from app.kit.decimals import apportioned, exact_product, exact_sum, rounded
from app.kit.units import label_text

FOLDER = Path(__file__).parents[2] / "examples"
PATHS = sorted(FOLDER.glob("*.json"))
RULES = load_rules()
each = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


def read(name: str) -> Footprint:
    return parse_footprint((FOLDER / f"{name}.json").read_bytes())


@each
def test_it_follows_its_rule(path: Path) -> None:
    assert check(parse_footprint(path.read_bytes()), RULES, date(2026, 6, 1)) == ()


@each
def test_no_producer_could_be_taken_for_a_real_one(path: Path) -> None:
    producer = parse_footprint(path.read_bytes()).producer
    assert "（虚构）" in producer.name["zh-CN"]
    assert "(fictitious)" in producer.name["en"]
    assert producer.registration is not None
    assert producer.registration.startswith("91000000EXAMPLE")


@each
def test_the_split_is_said_to_be_illustrative_and_the_total_sourced_or_so_too(path: Path) -> None:
    footprint = parse_footprint(path.read_bytes())
    assert "stages" in footprint.illustrative
    assert footprint.sources
    assert footprint.excluded


@each
def test_its_texts_are_in_both_languages(path: Path) -> None:
    footprint = parse_footprint(path.read_bytes())
    rule = RULES.find(footprint.rule)
    assert rule is not None
    included = [rule.in_words(words) for stage in footprint.stages for words in stage.includes]
    excluded = [texts for each in footprint.excluded for texts in (each.what, each.why)]
    for texts in (footprint.product.name, footprint.producer.name, *included, *excluded):
        assert texts.keys() == {"zh-CN", "en"}


@each
def test_what_is_displayed_adds_up(path: Path) -> None:
    footprint = parse_footprint(path.read_bytes())
    rule = RULES.find(footprint.rule)
    assert rule is not None
    parts = apportioned([stage.value for stage in footprint.stages], rule.display_decimals)
    assert exact_sum(parts) == rounded(footprint.total, rule.display_decimals)


@each
def test_only_gtins_kept_for_examples_are_used(path: Path) -> None:
    gtin = parse_footprint(path.read_bytes()).product.gtin
    assert gtin is None or gtin.startswith(("0950600", "0952"))


@each
def test_the_folder_explains_it(path: Path) -> None:
    assert f"`{path.name}`" in (FOLDER / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "text", "is_published"),
    [
        ("oranges-kg", "0.2956 kgCO2/kg", True),
        ("orange-piece", "0.0739 kgCO2/piece", False),
        ("roller-shutter-controller", "1.9 kgCO2e/piece", True),
        ("switchgear", "991.5 kgCO2e/set", True),
        ("grapes", "0.824 kgCO2e/kg", True),
        ("pickled-mustard", "0.121803 kgCO2e/bag", True),
        ("queshe-tea", "1.382 kgCO2e/box", True),
        ("bamboo-shoots", "0.412 kgCO2e/kg", False),
        ("locomotive", "0.0062 kgCO2e/t·km", False),
    ],
)
def test_it_says_the_published_number_or_that_it_is_an_example(
    name: str, text: str, *, is_published: bool
) -> None:
    footprint = read(name)
    rule = RULES.find(footprint.rule)
    assert rule is not None
    shown = rounded(footprint.total, rule.display_decimals)
    assert label_text(shown, footprint.indicator, footprint.declared_unit, "en") == text
    assert ("total" not in footprint.illustrative) is is_published


def test_the_examples_are_all_listed_above() -> None:
    assert len(PATHS) == 9


def test_an_orange_is_its_mass_times_the_kilogram() -> None:
    kilogram, piece = read("oranges-kg"), read("orange-piece")
    assert piece.package_content is not None
    mass = piece.package_content.amount
    assert mass == Decimal("0.25")
    assert "mass" in piece.illustrative
    assert piece.total == exact_product(kilogram.total, mass)
    assert [s.value for s in piece.stages] == [
        exact_product(stage.value, mass) for stage in kilogram.stages
    ]
    assert piece.product.name != kilogram.product.name
    assert piece.product.gtin is None  # never two labels of different units for one article


def test_no_two_articles_share_a_gtin() -> None:
    gtins = [json.loads(path.read_bytes())["product"].get("gtin") for path in PATHS]
    used = [gtin for gtin in gtins if gtin]
    assert len(used) == len(set(used))
