"""How much is measured."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sizes:
    """Counts of one run; all per round but `rows` and `scans`."""

    rounds: int  # the first is dropped
    rows: int  # labels in the database that is scanned
    batch: int  # labels of one batch
    singles: int  # labels issued one at a time
    repeats: int  # operations of a loop that only computes
    seconds: float  # of load on the server
    scans: int  # after which the server's memory is read


QUICK = Sizes(rounds=2, rows=20, batch=5, singles=2, repeats=3, seconds=0.2, scans=20)


def full(rows: int, rounds: int) -> Sizes:
    """Return the sizes of a real run."""
    return Sizes(rounds, rows, batch=1000, singles=150, repeats=1000, seconds=2.0, scans=10_000)
