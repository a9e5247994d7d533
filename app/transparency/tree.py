"""The Merkle tree of RFC 6962, and the verification of its proofs as in RFC 9162.

A tree is never held as a whole. Appending needs a `Frontier`; everything else reads single hashes
through a function `hash_at(level, position)`, of which a proof makes O(log size) calls. Each
element of a proof is the root of a range of leaves: one perfect subtree, or, at the right edge, a
few that are folded together.
"""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import chain

from app.transparency.errors import BeyondTheTree, FrontierBroken, LeafTooLong
from app.transparency.model import (
    HASH_BYTES,
    MAX_LEAF_BYTES,
    Frontier,
    Growth,
    HashAt,
    Node,
    Run,
)

EMPTY_ROOT = sha256(b"").digest()
EMPTY = Frontier(0, ())
_LEAF, _NODE = b"\x00", b"\x01"  # so that no node can be passed off as a leaf


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash of a leaf; raises `LeafTooLong` beyond 65 535 bytes."""
    if len(leaf) > MAX_LEAF_BYTES:
        raise LeafTooLong(len(leaf))
    return sha256(_LEAF + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash over two subtrees."""
    return sha256(_NODE + left + right).digest()


def root_of(leaf_hashes: Iterable[bytes]) -> bytes:
    """Return the root over leaf hashes in their order."""
    return frontier_root(grow(EMPTY, leaf_hashes).frontier)


# --- appending --------------------------------------------------------------------------------


def grow(frontier: Frontier, leaf_hashes: Iterable[bytes]) -> Growth:
    """Append leaf hashes, and return the new frontier and every hash that became final.

    Memory is that of the batch, twice; large logs are fed in batches.
    """
    level, start, fresh = 0, frontier.size, list(leaf_hashes)
    size = frontier.size + len(fresh)
    runs: list[Run] = []
    peaks: list[bytes] = []  # smallest first
    while fresh:
        runs.append(Run(level, start, fresh))
        row: list[bytes] = fresh
        if start & 1:  # the first of them has a left neighbour, which was a peak so far
            row = [frontier.peaks[(frontier.size >> (level + 1)).bit_count()], *fresh]
        if len(row) & 1:
            peaks.append(row[-1])
        both = iter(row)
        fresh = [
            sha256(_NODE + left + right).digest()
            for left, right in zip(both, both, strict=False)  # the odd one out became a peak
        ]
        start >>= 1
        level += 1
    untouched = frontier.peaks[: (frontier.size >> level).bit_count()]
    return Growth(Frontier(size, (*untouched, *reversed(peaks))), tuple(runs))


def frontier_at(size: int, hash_at: HashAt) -> Frontier:
    """Return the frontier of the tree over the first `size` leaves."""
    return Frontier(size, tuple(hash_at(*node) for node in tree_nodes(size)))


def frontier_root(frontier: Frontier) -> bytes:
    """Return the root of the tree that a frontier stands for."""
    return _folded(frontier.peaks) if frontier.peaks else EMPTY_ROOT


def packed(frontier: Frontier) -> bytes:
    """Return the peaks as bytes, to be stored beside the size."""
    return b"".join(frontier.peaks)


def unpacked(size: int, peaks: bytes) -> Frontier:
    """Return the frontier of a stored size and stored peaks; raises `FrontierBroken`."""
    if size < 0 or len(peaks) != HASH_BYTES * size.bit_count():
        raise FrontierBroken(size, len(peaks))
    return Frontier(
        size, tuple(peaks[at : at + HASH_BYTES] for at in range(0, len(peaks), HASH_BYTES))
    )


# --- which hashes a proof is made of ------------------------------------------------------------


def tree_nodes(size: int) -> tuple[Node, ...]:
    """Return the perfect subtrees of the first `size` leaves, largest first."""
    return tuple(_subtrees(0, size))


def inclusion_nodes(index: int, size: int) -> tuple[tuple[Node, ...], ...]:
    """Return what the inclusion proof of leaf `index` is made of, leaf's sibling first.

    Each element is the fold of its nodes. Raises `BeyondTheTree`.
    """
    if not 0 <= index < size:
        raise BeyondTheTree(f"leaf {index}", size)
    ranges = []
    low, high = 0, size
    while high - low > 1:
        middle = _middle(low, high)
        if index < middle:
            ranges.append((middle, high))
            high = middle
        else:
            ranges.append((low, middle))
            low = middle
    return tuple(tuple(_subtrees(*each)) for each in reversed(ranges))


def consistency_nodes(old: int, new: int) -> tuple[tuple[Node, ...], ...]:
    """Return what the proof that `new` leaves extend the first `old` is made of.

    From 0, and from a size to itself, the proof is empty. Raises `BeyondTheTree`.
    """
    if not 0 <= old <= new:
        raise BeyondTheTree(f"tree of {old} leaves in it", new)
    if old == 0:
        return ()
    ranges = []
    low, high = 0, new
    while high != old:
        middle = _middle(low, high)
        if old <= middle:
            ranges.append((middle, high))
            high = middle
        else:
            ranges.append((low, middle))
            low = middle
    if low:  # else the old root itself is the starting point, and the verifier has it
        ranges.append((low, high))
    return tuple(tuple(_subtrees(*each)) for each in reversed(ranges))


def _middle(low: int, high: int) -> int:
    """Where RFC 6962 splits: after the largest power of two smaller than the number of leaves."""
    return low + (1 << (high - low - 1).bit_length() - 1)


def _subtrees(low: int, high: int) -> Iterator[Node]:
    while low < high:
        level = (high - low).bit_length() - 1
        yield Node(level, low >> level)
        low += 1 << level


# --- proofs -------------------------------------------------------------------------------------


def tree_root(size: int, hash_at: HashAt) -> bytes:
    """Return the root over the first `size` leaves."""
    return frontier_root(frontier_at(size, hash_at))


def inclusion_path(index: int, size: int, hash_at: HashAt) -> tuple[bytes, ...]:
    """Return the proof that leaf `index` is among `size`; raises `BeyondTheTree`."""
    return tuple(
        _folded([hash_at(*node) for node in nodes]) for nodes in inclusion_nodes(index, size)
    )


def consistency_path(old: int, new: int, hash_at: HashAt) -> tuple[bytes, ...]:
    """Return the proof that `new` leaves extend the first `old`; raises `BeyondTheTree`."""
    return tuple(
        _folded([hash_at(*node) for node in nodes]) for nodes in consistency_nodes(old, new)
    )


def _folded(hashes: Sequence[bytes]) -> bytes:
    root = hashes[-1]
    for left in reversed(hashes[:-1]):
        root = node_hash(left, root)
    return root


def inclusion_holds(
    hashed_leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes
) -> bool:
    """Whether `path` leads from a leaf's hash at `index` to `root` (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size or not _are_hashes(hashed_leaf, path):
        return False
    place, last, found = index, size - 1, hashed_leaf
    for sibling in path:
        if last == 0:  # the root is reached already: the path is too long
            return False
        if place & 1 or place == last:
            found = node_hash(sibling, found)
            while not place & 1 and place:
                place >>= 1
                last >>= 1
        else:
            found = node_hash(found, sibling)
        place >>= 1
        last >>= 1
    return last == 0 and found == root


def consistency_holds(
    old_size: int, old_root: bytes, new_size: int, new_root: bytes, path: Sequence[bytes]
) -> bool:
    """Whether `path` shows that the new tree extends the old one (RFC 9162, 2.1.4.2)."""
    if not 0 <= old_size <= new_size:
        return False
    if old_size == new_size:
        return not path and old_root == new_root
    if old_size == 0:
        return not path and old_root == EMPTY_ROOT
    if not path or not _are_hashes(old_root, path):
        return False
    # An old tree that is perfect is itself the starting point.
    steps = [old_root, *path] if old_size & (old_size - 1) == 0 else list(path)
    place, last = old_size - 1, new_size - 1
    while place & 1:
        place >>= 1
        last >>= 1
    old = new = steps[0]
    for hash_ in steps[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = node_hash(hash_, old), node_hash(hash_, new)
            while not place & 1 and place:
                place >>= 1
                last >>= 1
        else:
            new = node_hash(new, hash_)
        place >>= 1
        last >>= 1
    return last == 0 and old == old_root and new == new_root


def _are_hashes(one: bytes, others: Sequence[bytes]) -> bool:
    return all(len(hash_) == HASH_BYTES for hash_ in chain((one,), others))
