from decimal import Decimal

import pytest

from app.kit.units import LANGUAGES, Indicator, Quantity, Unit, label_text


@pytest.mark.parametrize(
    ("amount", "unit", "english", "chinese"),
    [
        ("1", "kg", "kg", "kg"),
        ("0.1", "kg", "100 g", "100 g"),
        ("0.03", "kg", "30 g", "30 g"),
        ("0.0005", "kg", "0.5 g", "0.5 g"),
        ("0.25", "L", "250 mL", "250 mL"),
        ("2.50", "kg", "2.50 kg", "2.50 kg"),
        ("1.0", "piece", "piece", "件"),
        ("6", "box", "6 boxes", "6 盒"),
        ("12", "bottle", "12 bottles", "12 瓶"),
        ("1", "set", "set", "套"),
        ("1", "bag", "bag", "袋"),
        ("1", "t.km", "t·km", "t·km"),
        ("1", "m3", "m³", "m³"),
        ("1", "m2", "m²", "m²"),
        ("1", "hour", "h", "h"),
        ("1000", "kWh", "1000 kWh", "1000 kWh"),
        ("0.5", "t", "0.5 t", "0.5 t"),
    ],
)
def test_a_quantity_reads_naturally(amount: str, unit: str, english: str, chinese: str) -> None:
    quantity = Quantity(Decimal(amount), Unit(unit))
    assert quantity.text("en") == english
    assert quantity.text("zh-CN") == chinese


@pytest.mark.parametrize(
    ("value", "indicator", "unit", "language", "expected"),
    [
        ("0.2956", Indicator.CO2, Unit.KG, "en", "0.2956 kgCO2/kg"),
        ("1.9", Indicator.CO2E, Unit.PIECE, "zh-CN", "1.9 kgCO2e/件"),
        ("1.9", Indicator.CO2E, Unit.PIECE, "en", "1.9 kgCO2e/piece"),
    ],
)
def test_the_label_text_is_generated(
    value: str, indicator: Indicator, unit: Unit, language: str, expected: str
) -> None:
    quantity = Quantity(Decimal(1), unit)
    assert label_text(Decimal(value), indicator, quantity, language) == expected


def test_every_unit_has_a_text_in_every_language() -> None:
    for unit in Unit:
        for language in LANGUAGES:
            assert Quantity(Decimal(1), unit).text(language)


def test_packages_are_boxes_bags_and_bottles() -> None:
    assert {unit.value for unit in Unit if unit.is_package} == {"box", "bag", "bottle"}
