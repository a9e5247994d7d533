"""The bench runs every case and tells it truthfully; what it measures is for quiet machines."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from scripts.bench_cases.measure import Case, Cost, Goal, Line, compared
from scripts.bench_cases.report import as_json, missed, table

ROOT = Path(__file__).resolve().parent.parent
SUBJECTS = {
    "store": 5,  # SQLite in batches by CPU and by wall, one at a time; PostgreSQL by CPU and wall
    "http": 5,  # a page's weight, scans as JSON and as page, unknown codes, memory
    "cpu": 4,  # two canonical forms, lint, verify
    "cold": 2,  # server, verifier
    "print": 3,  # PDF, SVG, PNG
}


def bench(tmp_path: Path, *arguments: str) -> dict[str, Any]:
    file = tmp_path / "lines.json"
    subprocess.run(
        [sys.executable, ROOT / "scripts/bench", "--quick", "--json", file, *arguments],
        check=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    told: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return told


@pytest.mark.parametrize(("group", "lines"), SUBJECTS.items())
def test_every_case_runs(group: str, lines: int, tmp_path: Path) -> None:
    told = bench(tmp_path, group)
    assert [line["group"] for line in told["lines"]] == [group] * lines
    for line in told["lines"]:
        assert 0 < line["min"] <= line["median"] <= line["max"]
        assert (line["met"] is None) == (line["goal"] is None)


def test_what_the_client_without_wrk_tells(tmp_path: Path) -> None:
    only_python = {**os.environ, "PATH": "/nonexistent", "TMPDIR": str(tmp_path)}
    file = tmp_path / "lines.json"
    subprocess.run(
        [sys.executable, ROOT / "scripts/bench", "http", "--quick", "--json", file],
        check=True,
        env=only_python,
    )
    assert len(json.loads(file.read_text(encoding="utf-8"))["lines"]) == SUBJECTS["http"]


def costs(*seconds: float) -> Any:
    left = iter(seconds)
    return lambda: Cost(next(left), 1.0)


def test_a_ratio_is_formed_in_its_round_and_the_first_round_is_dropped() -> None:
    case = Case("work", "bare work", costs(9, 1, 2, 4), costs(1, 2, 8, 8), goals=(Goal(0.4),))
    (line,) = compared("group", case, 4)
    assert line.values == (0.5, 0.25, 0.5)
    assert line.middle == 0.5
    assert line.is_met
    assert not line.is_noisy


@pytest.mark.parametrize(
    ("goal", "value", "met"),
    [
        (Goal(at_least=0.3), 0.3, True),
        (Goal(at_least=0.3), 0.29, False),
        (Goal(at_most=14), 14, True),
        (Goal(at_most=14), 14.1, False),
    ],
)
def test_a_goal_is_met_or_missed(goal: Goal, value: float, *, met: bool) -> None:
    line = Line("group", "case", (value,), "×", goal)
    assert line.is_met is met
    assert bool(missed([line])) is not met
    assert ("MISSED" in table([line])) is not met


def test_a_wide_spread_is_noisy_in_both_reports() -> None:
    line = Line("group", "case", (1.0, 1.2, 2.1), "ms")
    assert "noisy" in table([line])
    assert as_json([line])["lines"][0]["noisy"] is True
