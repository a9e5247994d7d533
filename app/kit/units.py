"""Declared units: the quantity that a number refers to, and the text that it generates."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from app.kit.decimals import exact_product, plain

LANGUAGES = ("en", "zh-CN")  # in which label texts are generated and signed


class Unit(StrEnum):
    """The closed list of units of a declared unit."""

    KG = "kg"
    T = "t"
    L = "L"
    M3 = "m3"
    KWH = "kWh"
    MJ = "MJ"
    M = "m"
    M2 = "m2"
    PIECE = "piece"
    SET = "set"
    BOX = "box"
    BAG = "bag"
    BOTTLE = "bottle"
    T_KM = "t.km"
    HOUR = "hour"

    @property
    def is_package(self) -> bool:
        """Whether a label in this unit must say what one of it contains."""
        return self in {Unit.BOX, Unit.BAG, Unit.BOTTLE}


class Indicator(StrEnum):
    """What is counted: all greenhouse gases, or CO2 alone where the source says so."""

    CO2E = "CO2e"
    CO2 = "CO2"


_SYMBOLS = {Unit.M3: "m³", Unit.M2: "m²", Unit.T_KM: "t·km", Unit.HOUR: "h"}
_WORDS: Mapping[Unit, Mapping[str, str]] = {
    Unit.PIECE: {"en": "piece", "zh-CN": "件"},
    Unit.SET: {"en": "set", "zh-CN": "套"},
    Unit.BOX: {"en": "box", "zh-CN": "盒"},
    Unit.BAG: {"en": "bag", "zh-CN": "袋"},
    Unit.BOTTLE: {"en": "bottle", "zh-CN": "瓶"},
}
_PLURALS = {Unit.BOX: "boxes"}
_SMALLER = {Unit.KG: "g", Unit.L: "mL"}  # 0.1 kg is written 100 g


@dataclass(frozen=True, slots=True)
class Quantity:
    """An exact amount of a unit: a declared unit (`1 kg`) or a package content (`0.03 kg`)."""

    amount: Decimal
    unit: Unit

    def text(self, language: str) -> str:
        """Return the quantity for readers: `kg`, `100 g`, `6 boxes`, `6 盒`; 1 is not written."""
        if self.unit in _SMALLER and self.amount < 1:
            thousandfold = exact_product(self.amount, Decimal(1000))
            return f"{plain(thousandfold.normalize())} {_SMALLER[self.unit]}"
        words = _WORDS.get(self.unit)
        if words is None:
            name = _SYMBOLS.get(self.unit, self.unit.value)
        else:
            name = words["zh-CN" if language.startswith("zh") else "en"]
        if self.amount == 1:
            return name
        if words is not None and not language.startswith("zh"):
            name = _PLURALS.get(self.unit, f"{name}s")
        return f"{plain(self.amount)} {name}"


def label_text(value: Decimal, indicator: Indicator, unit: Quantity, language: str) -> str:
    """Return the number as the label prints it: `0.2956 kgCO2/kg`, `1.9 kgCO2e/件`.

    `value` is in kg of the indicator per declared unit, already rounded for display.
    """
    return f"{plain(value)} kg{indicator.value}/{unit.text(language)}"
