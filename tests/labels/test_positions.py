"""Positions in the status lists: each once, and in an order that tells nothing."""

from itertools import pairwise

from app.labels.positions import LIST_SIZE, position_of
from app.signing.seal import Seal

SEAL = Seal(bytes(range(32)))


def test_every_position_of_a_list_is_taken_once() -> None:
    taken = {position_of(SEAL, 1, count).index for count in range(LIST_SIZE)}
    assert taken == set(range(LIST_SIZE))


def test_the_order_tells_nothing() -> None:
    positions = [position_of(SEAL, 1, count).index for count in range(2000)]
    steps = [after - before for before, after in pairwise(positions)]
    assert sum(abs(step) == 1 for step in steps) < 5
    assert 0.45 < sum(step > 0 for step in steps) / len(steps) < 0.55
    # Spread over the list from the first label on: each tenth gets about a tenth.
    for tenth in range(10):
        inside = sum(position * 10 // LIST_SIZE == tenth for position in positions)
        assert 140 < inside < 260


def test_each_list_and_each_installation_has_an_order_of_its_own() -> None:
    ours = [position_of(SEAL, 1, count).index for count in range(100)]
    assert ours == [position_of(SEAL, 1, count).index for count in range(100)]
    for other in (
        [position_of(SEAL, 2, count).index for count in range(100)],
        [position_of(Seal(bytes(32)), 1, count).index for count in range(100)],
    ):
        assert sum(a == b for a, b in zip(ours, other, strict=True)) < 3


def test_a_position_says_its_list() -> None:
    assert position_of(SEAL, 7, 0).status_list == 7
