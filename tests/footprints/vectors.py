"""Bad footprint files, one vector each: the smallest good file with one thing made wrong.

A vector has `flaws` ([field, code] of each), `says` (what must stand in one of the messages: the
value at fault, or the mend), `schema` ("refuses" or "accepts"; absent where the file is no JSON),
and how the file differs: `set` (JSON pointer -> new value) and `remove` (JSON pointers), or the
whole file as `text` or, in bytes, as `hex`.
"""

import copy
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "bad"

SMALLEST: dict[str, Any] = {
    "product": {"name": {"en": "Ehime orange"}, "category": "fruit/citrus"},
    "producer": {"name": {"zh-CN": "示例柑橘合作社（虚构）"}},
    "declaredUnit": {"amount": "1", "unit": "kg"},
    "indicator": "CO2e",
    "total": "0.3",
    "stages": [{"id": "growing", "value": "0.1"}, {"id": "packaging", "value": "0.2"}],
    "boundary": "cradle-to-gate",
    "rule": {"id": "citrus-fruit", "version": "1"},
    "standards": ["ISO 14067:2018"],
    "gwp": "IPCC AR6 GWP100",
    "referencePeriod": {"start": "2023-01-01", "end": "2023-12-31"},
}


@dataclass(frozen=True, slots=True)
class Vector:
    """A bad file, and what must be said of it."""

    name: str
    data: bytes
    flaws: tuple[tuple[str, str], ...]
    says: str
    schema_refuses: bool | None  # None: it is no JSON, a schema never sees it


def encoded(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()


def changed(**members: object) -> dict[str, Any]:
    """Return the smallest good document with some top-level members replaced."""
    return {**copy.deepcopy(SMALLEST), **members}


def vectors() -> list[Vector]:
    return [_read(path) for path in sorted(FOLDER.glob("*.json"))]


def _read(path: Path) -> Vector:
    told = json.loads(path.read_text(encoding="utf-8"))
    schema = told.pop("schema", None)
    vector = Vector(
        name=path.stem,
        data=_data(told),
        flaws=tuple((field, code) for field, code in told.pop("flaws")),
        says=told.pop("says"),
        schema_refuses=None if schema is None else {"refuses": True, "accepts": False}[schema],
    )
    assert not told, f"{path}: {told}"
    return vector


def _data(told: dict[str, Any]) -> bytes:
    if "text" in told:
        return str(told.pop("text")).encode()
    if "hex" in told:
        return bytes.fromhex(told.pop("hex"))
    document = copy.deepcopy(SMALLEST)
    for pointer, value in told.pop("set", {}).items():
        owner, key = _place(document, pointer)
        if isinstance(owner, list) and key == len(owner):
            owner.append(value)
        else:
            owner[key] = value
    for pointer in told.pop("remove", []):
        owner, key = _place(document, pointer)
        del owner[key]
    return encoded(document)


def _place(document: Any, pointer: str) -> tuple[Any, Any]:
    *way, last = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    for part in way:
        document = document[int(part) if isinstance(document, list) else part]
    return document, int(last) if isinstance(document, list) else last
