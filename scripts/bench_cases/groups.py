"""The groups of cases by name."""

from collections.abc import Iterator, Sequence

from scripts.bench_cases import computing, issuing, scanning
from scripts.bench_cases.measure import Line
from scripts.bench_cases.sizes import Sizes


def measured(groups: Sequence[str], sizes: Sizes, url: str | None) -> Iterator[Line]:
    """Run the groups asked for, one after another."""
    for group in groups:
        match group:
            case "store":
                yield from issuing.lines(sizes, url)
            case "http":
                yield from scanning.lines(sizes)
            case "cpu":
                yield from computing.cpu_lines(sizes)
            case "cold":
                yield from computing.cold_lines(sizes)
            case "print":
                yield from computing.print_lines(sizes)
