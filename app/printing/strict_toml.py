"""Strict TOML: every key is asked for, typed and bounded; what is wrong is named with its line."""

import re
import tomllib
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from app.printing.errors import TemplateRefused

MAX_BYTES = 100_000
_HEADER = re.compile(r"\s*\[\[?\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*["']?([\w-]+)["']?\s*=""")
_Choice = TypeVar("_Choice", bound=StrEnum)


class Table:
    """One table of a template file. Ask for each key once, then `finish`."""

    def __init__(self, file: str, values: dict[str, Any], line: int, lines: dict[str, int]) -> None:
        self.file, self.line = file, line
        self._values, self._lines = dict(values), lines

    def refuse(self, key: str, reason: str) -> NoReturn:
        """Raise `TemplateRefused` for a key of this table."""
        raise TemplateRefused(self.file, self._lines.get(key, self.line), reason)

    def has(self, key: str) -> bool:
        """Whether the key is there and not yet taken."""
        return key in self._values

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text that is not empty."""
        value = self._take(key, default)
        if not isinstance(value, str) or not value.strip():
            self.refuse(key, f"{key} must be a text")
        return value

    def number(self, key: str, least: float, most: float, default: float | None = None) -> float:
        """Return a number from `least` to `most`."""
        return self._bounded(key, self._take(key, default), least, most)

    def numbers(self, key: str, count: int, least: float, most: float) -> tuple[float, ...]:
        """Return exactly `count` numbers from `least` to `most`."""
        value = self._take(key, None)
        if not isinstance(value, list) or len(value) != count:
            self.refuse(key, f"{key} must be a list of {count} numbers")
        return tuple(self._bounded(key, item, least, most) for item in value)

    def choice(self, key: str, kind: type[_Choice], default: _Choice | None = None) -> _Choice:
        """Return one of the words of an enumeration."""
        value = self._take(key, default)
        words = [member.value for member in kind]
        if value not in words:
            self.refuse(key, f"{key} must be one of {', '.join(words)}, got {str(value)[:40]!r}")
        return kind(value)

    def one_of(self, key: str, words: Iterable[str], default: str | None = None) -> str:
        """Return one of the given words."""
        value, allowed = self._take(key, default), list(words)
        if value not in allowed:
            self.refuse(key, f"{key} must be one of {', '.join(allowed)}, got {str(value)[:40]!r}")
        return str(value)

    def table(self, key: str) -> "Table":
        """Return a table inside this one."""
        value = self._take(key, None)
        if not isinstance(value, dict):
            self.refuse(key, f"{key} must be a table")
        return self._inside(key, key, value)

    def tables(self, key: str) -> list["Table"]:
        """Return the tables of a list such as `[[box]]`; none if the key is absent."""
        value = self._values.pop(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.refuse(key, f"{key} must be a list of tables, each headed [[{key}]]")
        return [self._inside(key, f"{key}[{i}]", item) for i, item in enumerate(value)]

    def texts(self, key: str, allowed: Iterable[str]) -> dict[str, str]:
        """Return texts by language."""
        inner = self.table(key)
        found = {language: inner.text(language) for language in allowed if inner.has(language)}
        inner.finish()
        if not found:
            self.refuse(key, f"{key} needs a text in at least one of {', '.join(allowed)}")
        return found

    def keys(self) -> list[str]:
        """Return the keys not yet taken."""
        return list(self._values)

    def finish(self) -> None:
        """Refuse a key that nobody asked for: a slip of the pen must not pass in silence."""
        for key in self._values:
            self.refuse(key, f"unknown key {key[:40]!r}")

    def _take(self, key: str, default: object) -> Any:
        if key in self._values:
            return self._values.pop(key)
        if default is None:
            self.refuse(key, f"{key} is missing")
        return default

    def _bounded(self, key: str, value: object, least: float, most: float) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.refuse(key, f"{key} must be a number, got {str(value)[:40]!r}")
        if not least <= value <= most:  # also refuses nan
            self.refuse(key, f"{key} must be from {least:g} to {most:g}, got {value:g}")
        return float(value)

    def _inside(self, key: str, path: str, values: dict[str, Any]) -> "Table":
        prefix = path + "."
        lines = {k.removeprefix(prefix): n for k, n in self._lines.items() if k.startswith(prefix)}
        line = self._lines.get(path, self._lines.get(key, self.line))
        return Table(self.file, values, line, lines)


def read_toml(file: Path) -> Table:
    """Return the root table of a TOML file; raises `TemplateRefused` with the line."""
    shown = f"{file.parent.name}/{file.name}"
    try:
        data = file.read_bytes()
    except OSError as gone:
        raise TemplateRefused(shown, 0, f"cannot be read ({gone.strerror})") from None
    if len(data) > MAX_BYTES:
        raise TemplateRefused(shown, 0, f"has {len(data)} bytes; at most {MAX_BYTES} are accepted")
    try:
        source = data.decode()
        values = tomllib.loads(source)
    except UnicodeDecodeError as broken:
        line = data.count(b"\n", 0, broken.start) + 1
        raise TemplateRefused(shown, line, "is not UTF-8") from None
    except tomllib.TOMLDecodeError as broken:
        place = re.search(r"at line (\d+)", str(broken))
        line = int(place[1]) if place else source.count("\n") + 1
        raise TemplateRefused(shown, line, f"is not TOML: {broken}") from None
    return Table(shown, values, 1, _lines_of(source))


def _lines_of(source: str) -> dict[str, int]:
    """Return path -> line, such as `box[2].size_mm` -> 41; the parser itself keeps no lines."""
    lines: dict[str, int] = {}
    seen: dict[str, int] = {}
    prefix = ""
    for number, line in enumerate(source.splitlines(), start=1):
        if header := _HEADER.match(line):
            name = header[1]
            if line.lstrip().startswith("[["):
                index = seen[name] = seen.get(name, -1) + 1
                name = f"{name}[{index}]"
            prefix = name + "."
            lines[name] = number
        elif key := _KEY.match(line):
            lines.setdefault(prefix + key[1], number)
    return lines
