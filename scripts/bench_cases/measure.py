"""Rounds: the base, then the subject, their ratio; the first round is dropped."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median

_NOISY = 2.0  # times between the least and the greatest of a line


class WrongResult(Exception):
    """What is to be timed does not do what it should."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one operation costs, in seconds."""

    cpu: float
    wall: float


@dataclass(frozen=True, slots=True)
class Goal:
    """What a line shall reach: a least ratio, or a greatest value."""

    at_least: float | None = None
    at_most: float | None = None

    def met_by(self, value: float) -> bool:
        """Whether a median is good enough."""
        return (self.at_least is None or value >= self.at_least) and (
            self.at_most is None or value <= self.at_most
        )

    def __str__(self) -> str:
        return f"≥ {self.at_least:g}" if self.at_least is not None else f"≤ {self.at_most:g}"


@dataclass(frozen=True, slots=True)
class Case:
    """A subject to be compared with a base by `measures`: `cpu`, `wall` or both."""

    name: str
    base_name: str
    base: Callable[[], Cost]
    subject: Callable[[], Cost]
    measures: tuple[str, ...] = ("cpu",)
    goals: tuple[Goal | None, ...] = (None,)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the report. `values` are ratios to the base, or plain values in `unit`."""

    group: str
    name: str
    values: tuple[float, ...]
    unit: str  # "×" for a ratio
    goal: Goal | None = None
    base_name: str = ""
    subject_seconds: float | None = None  # median, of one operation
    base_seconds: float | None = None

    @property
    def middle(self) -> float:
        """The median."""
        return median(self.values)

    @property
    def is_noisy(self) -> bool:
        """Whether the rounds differ so much that the median says little."""
        return max(self.values) > _NOISY * max(min(self.values), 1e-12)

    @property
    def is_met(self) -> bool | None:
        """Whether the goal is reached; None without a goal."""
        return None if self.goal is None else self.goal.met_by(self.middle)


def compared(group: str, case: Case, rounds: int) -> Iterator[Line]:
    """Run a case; give a line for each of its measures."""
    pairs = [(case.base(), case.subject()) for _ in range(rounds)][1:]
    for measure, goal in zip(case.measures, case.goals, strict=True):
        bases = [getattr(base, measure) for base, _ in pairs]
        subjects = [getattr(subject, measure) for _, subject in pairs]
        name = case.name if len(case.measures) == 1 else f"{case.name}, {measure} time"
        yield Line(
            group,
            name,
            tuple(base / subject for base, subject in zip(bases, subjects, strict=True)),
            "×",
            goal,
            case.base_name,
            median(subjects),
            median(bases),
        )


def valued(
    group: str, name: str, unit: str, value: Callable[[], float], rounds: int, goal: Goal | None
) -> Line:
    """Run something that gives a plain value."""
    return Line(group, name, tuple(value() for _ in range(rounds))[1:], unit, goal)


def cost_of(work: Callable[[], object], operations: int = 1) -> Cost:
    """Run some work in this process; return what one of its operations costs."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    cpu_spent, wall_spent = time.process_time() - cpu, time.perf_counter() - wall
    return Cost(cpu_spent / operations, wall_spent / operations)


def repeated(work: Callable[[], object], times: int) -> Cost:
    """Run an operation many times; return what one costs."""

    def loop() -> None:
        for _ in range(times):
            work()

    return cost_of(loop, times)
