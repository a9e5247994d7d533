"""C2SP tlog-tiles: the tree cut into immutable files, which any static server can serve.

A hash tile of level L holds up to 256 hashes of tree level 8 L; the levels between are hashed
again by whoever reads. An entry bundle holds up to 256 leaves.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256

from app.transparency.errors import (
    BeyondTheTree,
    LeafTooLong,
    NotAnEntryBundle,
    NotATile,
    NotATilePath,
)
from app.transparency.model import (
    HASH_BYTES,
    MAX_LEAF_BYTES,
    MAX_SIZE,
    TILE_HEIGHT,
    TILE_WIDTH,
    Growth,
    HashAt,
    Node,
    TileAt,
    TilePath,
)

_PATH = re.compile(
    r"tile/(?P<level>entries|[0-9]|[1-9][0-9])"
    r"/(?P<index>(?!x000)(?:x[0-9]{3}/){0,6}[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9][0-9]{0,2}))?",
    re.ASCII,
)
_MAX_LEVEL = 63


# --- names ------------------------------------------------------------------------------------


def tile_name(path: TilePath) -> str:
    """Return the name below the log's prefix: `tile/0/x001/234` or `tile/entries/000.p/17`."""
    digits = f"{path.index:03d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    index = "".join(f"x{group}/" for group in groups[:-1]) + groups[-1]
    level = "entries" if path.level is None else str(path.level)
    partial = "" if path.width == TILE_WIDTH else f".p/{path.width}"
    return f"tile/{level}/{index}{partial}"


def parse_tile_name(text: str) -> TilePath:
    """Return which tile a name means; every tile has one name. Raises `NotATilePath`."""
    match = _PATH.fullmatch(text)
    if not match:
        raise NotATilePath(text)
    level = None if match["level"] == "entries" else int(match["level"])
    index = int(match["index"].replace("x", "").replace("/", ""))
    width = int(match["width"] or TILE_WIDTH)
    if (level or 0) > _MAX_LEVEL or index > MAX_SIZE or (match["width"] and width >= TILE_WIDTH):
        raise NotATilePath(text)
    return TilePath(level, index, width)


# --- which tiles a tree has -------------------------------------------------------------------


def tiles_between(old: int, new: int) -> Iterator[TilePath]:
    """Give the tiles and bundles of a tree of `new` leaves that a tree of `old` has not.

    That is what to write after growing; from 0 it is every tile. Partial tiles are those of size
    `new`; narrower ones of earlier checkpoints may be kept or left to go.
    """
    yield from _level_between(None, old, new)
    level = 0
    while new:
        yield from _level_between(level, old, new)
        level, old, new = level + 1, old >> TILE_HEIGHT, new >> TILE_HEIGHT


def _level_between(level: int | None, old: int, new: int) -> Iterator[TilePath]:
    if old < new:
        for index in range(old // TILE_WIDTH, -(-new // TILE_WIDTH)):
            yield TilePath(level, index, min(TILE_WIDTH, new - index * TILE_WIDTH))


def has_tile(path: TilePath, size: int) -> bool:
    """Whether a tree of `size` leaves has had this tile, full or as narrow as it says."""
    count = size >> (TILE_HEIGHT * (path.level or 0))
    return path.index * TILE_WIDTH + path.width <= count


def tiles_of_nodes(nodes: Iterable[Node], size: int) -> tuple[TilePath, ...]:
    """Return the hash tiles from which a tree of `size` leaves gives these hashes, each once.

    For reading all tiles of a proof at once, before the proof is made.
    """
    return tuple(dict.fromkeys(_tile_of(*node, size)[0] for node in nodes))


def _tile_of(level: int, position: int, size: int) -> tuple[TilePath, int, int]:
    """Which tile holds a subtree, and its first hash there and how many they are."""
    if position < 0 or (position + 1) << level > size:
        raise BeyondTheTree(f"subtree {position} of level {level}", size)
    tile_level, height = divmod(level, TILE_HEIGHT)
    number, offset = divmod(position << height, TILE_WIDTH)
    width = min(TILE_WIDTH, (size >> (TILE_HEIGHT * tile_level)) - number * TILE_WIDTH)
    return TilePath(tile_level, number, width), offset, 1 << height


# --- writing and reading ----------------------------------------------------------------------


def grown_tiles(growth: Growth, tile_at: TileAt) -> Iterator[tuple[TilePath, bytes]]:
    """Give the hash tiles that a growth completes or widens, with their bytes.

    `tile_at` is asked for the partial tiles of the tree before, at most one a level. The entry
    bundles, which the tree does not know, are made with `bundle`.
    """
    for run in growth.runs:
        level, rest = divmod(run.level, TILE_HEIGHT)
        if rest:
            continue
        number, offset = divmod(run.start, TILE_WIDTH)
        data = b"".join(run.hashes)
        if offset:
            data = _checked(TilePath(level, number, offset), tile_at) + data
        step = TILE_WIDTH * HASH_BYTES
        for at in range(0, len(data), step):
            part = data[at : at + step]
            yield TilePath(level, number + at // step, len(part) // HASH_BYTES), part


def hashes_in_tiles(size: int, tile_at: TileAt) -> HashAt:
    """Return a `hash_at` that reads the tiles of a tree of `size` leaves, each at most once.

    It raises `BeyondTheTree` and `NotATile`. What it gives is only as true as the tiles: compare
    the root, or verify the proof, against a checkpoint.
    """
    read: dict[TilePath, bytes] = {}

    def hash_at(level: int, position: int) -> bytes:
        path, offset, count = _tile_of(level, position, size)
        data = read.get(path)
        if data is None:
            data = read[path] = _checked(path, tile_at)
        return _subtree(data[offset * HASH_BYTES : (offset + count) * HASH_BYTES])

    return hash_at


def _checked(path: TilePath, tile_at: TileAt) -> bytes:
    data = tile_at(path)
    if len(data) != path.width * HASH_BYTES:
        raise NotATile(tile_name(path), len(data))
    return data


def _subtree(row: bytes) -> bytes:
    while len(row) > HASH_BYTES:
        row = b"".join(
            [
                sha256(b"\x01" + row[at : at + 2 * HASH_BYTES]).digest()
                for at in range(0, len(row), 2 * HASH_BYTES)
            ]
        )
    return row


def bundle(leaves: Sequence[bytes]) -> bytes:
    """Return the entry bundle of up to 256 leaves; raises `LeafTooLong`."""
    for leaf in leaves:
        if len(leaf) > MAX_LEAF_BYTES:
            raise LeafTooLong(len(leaf))
    return b"".join([len(leaf).to_bytes(2, "big") + leaf for leaf in leaves])


def parse_bundle(data: bytes, width: int) -> tuple[bytes, ...]:
    """Return exactly `width` leaves of an entry bundle; raises `NotAnEntryBundle`."""
    leaves: list[bytes] = []
    at = 0
    for _ in range(width):
        start = at + 2
        at = start + int.from_bytes(data[at:start], "big")
        if start > len(data) or at > len(data):
            raise NotAnEntryBundle(width, f"it ends within entry {len(leaves) + 1}")
        leaves.append(data[start:at])
    if at != len(data):
        raise NotAnEntryBundle(width, f"{len(data) - at} bytes follow the last")
    return tuple(leaves)
