from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.transparency.errors import (
    BeyondTheTree,
    LeafTooLong,
    NotAnEntryBundle,
    NotATile,
    NotATilePath,
)
from app.transparency.model import Node, TilePath
from app.transparency.tiles import (
    bundle,
    grown_tiles,
    has_tile,
    hashes_in_tiles,
    parse_bundle,
    parse_tile_name,
    tile_name,
    tiles_between,
    tiles_of_nodes,
)
from app.transparency.tree import (
    EMPTY,
    consistency_path,
    frontier_root,
    grow,
    inclusion_holds,
    inclusion_nodes,
    inclusion_path,
    tree_root,
)
from tests.transparency import reference

COUNT = 70_000
HASHES = reference.hashes(COUNT)
NAMES = {
    "tile/0/000": TilePath(0, 0),
    "tile/0/x001/x234/067": TilePath(0, 1_234_067),
    "tile/3/x001/000": TilePath(3, 1_000),
    "tile/63/999.p/255": TilePath(63, 999, 255),
    "tile/entries/x001/234.p/5": TilePath(None, 1_234, 5),
    "tile/entries/000": TilePath(None, 0),
    "tile/0/x009/x223/x372/x036/x854/x775/807": TilePath(0, 2**63 - 1),
}


class Shelf:
    """A static server of tiles, which counts what is fetched."""

    def __init__(self) -> None:
        self.tiles: dict[TilePath, bytes] = {}
        self.fetched: Counter[TilePath] = Counter()

    def __call__(self, path: TilePath) -> bytes:
        self.fetched[path] += 1
        return self.tiles[path]


def shelf_of(*batches: int) -> Shelf:
    """Return the tiles of a log that grew in batches."""
    shelf, frontier = Shelf(), EMPTY
    for count in batches:
        start = frontier.size
        growth = grow(frontier, HASHES[start : start + count])
        written = dict(grown_tiles(growth, shelf))
        wanted = {path for path in tiles_between(start, start + count) if path.level is not None}
        assert set(written) == wanted
        shelf.tiles |= written
        frontier = growth.frontier
    return shelf


# --- names --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_tile_has_one_name(name: str) -> None:
    assert parse_tile_name(name) == NAMES[name]
    assert tile_name(NAMES[name]) == name


@given(
    st.builds(
        TilePath, st.none() | st.integers(0, 63), st.integers(0, 2**63 - 1), st.integers(1, 256)
    )
)
def test_every_tile_is_found_by_its_name(path: TilePath) -> None:
    assert parse_tile_name(tile_name(path)) == path


@pytest.mark.parametrize(
    "name",
    [
        "",
        "tile/0",
        "tile/0/0",
        "tile/0/0000",
        "tile/00/000",
        "tile/64/000",
        "tile/100/000",
        "tile/-1/000",
        "tile/data/000",
        "tile/0/x000/001",
        "tile/0/001/002",
        "tile/0/x001",
        "tile/0/x001/x002",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/",
        "tile/0/000.p",
        "tile/0/000/",
        "/tile/0/000",
        "tile/0/000\n",
        "tile/0/\u0660\u0660\u0660",
        "tile/0/../000",
        "tile/0/x009/x223/x372/x036/x854/x775/808",
        "tile/0/x001/x009/x223/x372/x036/x854/x775/807",
    ],
)
def test_what_names_no_tile_is_refused(name: str) -> None:
    with pytest.raises(NotATilePath, match="names no tile"):
        parse_tile_name(name)


# --- which tiles --------------------------------------------------------------------------------


def widths(size: int) -> dict[int | None, list[int]]:
    found: dict[int | None, list[int]] = {}
    for path in tiles_between(0, size):
        found.setdefault(path.level, []).append(path.width)
    return found


def test_a_tree_of_70000_has_the_tiles_of_the_specification() -> None:
    level_0 = [256] * 273 + [112]
    assert widths(70_000) == {None: level_0, 0: level_0, 1: [256, 17], 2: [1]}


def test_a_tree_of_256_has_a_full_tile_and_one_hash_above() -> None:
    assert widths(256) == {None: [256], 0: [256], 1: [1]}
    assert widths(0) == {}


def test_growing_writes_what_changed_and_nothing_else() -> None:
    assert [tile_name(path) for path in tiles_between(255, 257)] == [
        "tile/entries/000",
        "tile/entries/001.p/1",
        "tile/0/000",
        "tile/0/001.p/1",
        "tile/1/000.p/1",
    ]
    assert [tile_name(path) for path in tiles_between(256, 257)] == [
        "tile/entries/001.p/1",
        "tile/0/001.p/1",
    ]
    assert list(tiles_between(300, 300)) == []


@given(st.integers(0, 200_000), st.integers(0, 200_000))
def test_tiles_between_two_sizes_are_those_the_larger_has_and_the_smaller_has_not(
    one: int, other: int
) -> None:
    old, new = sorted((one, other))
    whole = set(tiles_between(0, new))
    assert set(tiles_between(old, new)) == {path for path in whole if not has_tile(path, old)}
    assert all(has_tile(path, new) for path in whole)


# --- reading ------------------------------------------------------------------------------------


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(1, 700), min_size=1, max_size=4))
def test_a_log_that_grew_in_batches_is_read_from_its_tiles_alone(batches: list[int]) -> None:
    size = sum(batches)
    shelf = shelf_of(*batches)
    at = hashes_in_tiles(size, shelf)
    whole = reference.memory(grow(EMPTY, HASHES[:size]))
    assert tree_root(size, at) == tree_root(size, whole)
    for index in (0, size // 2, size - 1):
        assert inclusion_path(index, size, at) == inclusion_path(index, size, whole)
    for old in (1, size // 2, size):
        assert consistency_path(old, size, at) == consistency_path(old, size, whole)


def test_proofs_over_three_levels_of_tiles_read_each_tile_once() -> None:
    shelf = shelf_of(COUNT - 1, 1)
    growth = grow(EMPTY, HASHES)
    root = frontier_root(growth.frontier)
    for index in (0, 65_535, 65_536, 69_887, 69_888, COUNT - 1):
        shelf.fetched.clear()
        path = inclusion_path(index, COUNT, hashes_in_tiles(COUNT, shelf))
        assert inclusion_holds(HASHES[index], index, COUNT, path, root)
        assert max(shelf.fetched.values()) == 1
        assert len(shelf.fetched) <= 6
        needed = [node for nodes in inclusion_nodes(index, COUNT) for node in nodes]
        assert set(tiles_of_nodes(needed, COUNT)) == set(shelf.fetched)


def test_hashes_beyond_the_tree_are_not_read() -> None:
    at = hashes_in_tiles(300, shelf_of(300))
    for level, position in ((0, 300), (0, -1), (1, 150), (8, 1), (9, 0)):
        with pytest.raises(BeyondTheTree, match="300 leaves"):
            at(level, position)
    with pytest.raises(BeyondTheTree):
        tiles_of_nodes([Node(9, 0)], 300)


def test_a_tile_of_another_width_is_refused() -> None:
    shelf = shelf_of(300)
    shelf.tiles[TilePath(0, 1, 44)] += b"\0"
    with pytest.raises(NotATile, match=r"tile/0/001\.p/44 has 1409 bytes"):
        hashes_in_tiles(300, shelf)(0, 299)
    with pytest.raises(NotATile):
        list(grown_tiles(grow(grow(EMPTY, HASHES[:300]).frontier, HASHES[300:301]), shelf))


# --- entries ------------------------------------------------------------------------------------


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_entries_are_read_back_from_their_bundle(leaves: list[bytes]) -> None:
    assert parse_bundle(bundle(leaves), len(leaves)) == tuple(leaves)


def test_a_bundle_writes_each_length_in_two_bytes() -> None:
    assert bundle([b"", b"abc"]) == b"\x00\x00\x00\x03abc"
    assert len(bundle([bytes(65_535)])) == 65_537
    with pytest.raises(LeafTooLong):
        bundle([bytes(65_536)])


@pytest.mark.parametrize(
    ("data", "width", "why"),
    [
        (b"", 1, "within entry 1"),
        (b"\x00", 1, "within entry 1"),
        (b"\x00\x03ab", 1, "within entry 1"),
        (b"\x00\x00\x00\x03ab", 2, "within entry 2"),
        (b"\x00\x00", 2, "within entry 2"),
        (b"\x00\x00\x00\x00", 1, "2 bytes follow"),
    ],
)
def test_a_bundle_of_anything_else_is_refused(data: bytes, width: int, why: str) -> None:
    with pytest.raises(NotAnEntryBundle, match=why):
        parse_bundle(data, width)
