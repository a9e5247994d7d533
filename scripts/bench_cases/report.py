"""The lines as a table and as JSON."""

import platform
from collections.abc import Sequence
from typing import Any

from scripts.bench_cases.measure import Line

_HEAD = ("case", "a second", "base, a second", "median (min to max)", "goal", "")


def table(lines: Sequence[Line]) -> str:
    """Return the table for a terminal."""
    rows = [_HEAD, *(_row(line) for line in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    texts = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join([texts[0], "-" * len(texts[0]), *texts[1:]])


def as_json(lines: Sequence[Line]) -> dict[str, Any]:
    """Return everything measured, as JSON members."""
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "lines": [
            {
                "group": line.group,
                "case": line.name,
                "unit": "ratio" if line.unit == "×" else line.unit,
                "median": line.middle,
                "min": min(line.values),
                "max": max(line.values),
                "rounds": len(line.values),
                "noisy": line.is_noisy,
                "base": line.base_name or None,
                "baseSeconds": line.base_seconds,
                "subjectSeconds": line.subject_seconds,
                "goal": None if line.goal is None else str(line.goal),
                "met": line.is_met,
            }
            for line in lines
        ],
    }


def missed(lines: Sequence[Line]) -> list[str]:
    """Return the lines whose goal is not reached."""
    return [f"{line.name}: {_amount(line, line.middle)}" for line in lines if line.is_met is False]


def _row(line: Line) -> tuple[str, ...]:
    spread = f"({_amount(line, min(line.values))} to {_amount(line, max(line.values))})"
    verdict = {None: "", True: "met", False: "MISSED"}[line.is_met]
    base = f"{_rate(line.base_seconds)} {line.base_name}" if line.base_name else ""
    return (
        f"{line.group}: {line.name}",
        _rate(line.subject_seconds),
        base,
        f"{_amount(line, line.middle)} {spread}",
        "" if line.goal is None else str(line.goal),
        f"{verdict}{' noisy' if line.is_noisy else ''}",
    )


def _amount(line: Line, value: float) -> str:
    return f"{value:.3f}" if line.unit == "×" else f"{value:.4g} {line.unit}"


def _rate(seconds: float | None) -> str:
    return "" if not seconds else f"{1 / seconds:,.0f}".replace(",", " ")
