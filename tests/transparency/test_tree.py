import random
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.transparency.errors import BeyondTheTree, FrontierBroken, LeafTooLong
from app.transparency.model import Frontier
from app.transparency.tree import (
    EMPTY,
    EMPTY_ROOT,
    consistency_holds,
    consistency_nodes,
    consistency_path,
    frontier_at,
    frontier_root,
    grow,
    inclusion_holds,
    inclusion_nodes,
    inclusion_path,
    leaf_hash,
    node_hash,
    packed,
    root_of,
    tree_nodes,
    tree_root,
    unpacked,
)
from tests.transparency import reference

# The leaves, heads and proofs that certificate-transparency's own tests have published.
LEAVES = [
    bytes.fromhex(leaf)
    for leaf in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
HEADS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
A = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
B = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
C = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
D = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
E = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
F = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
INCLUSION = {
    (0, 1): [],
    (0, 8): [A, B, C],
    (5, 8): [D, E, HEADS[4]],
    (2, 3): [HEADS[2]],
    (1, 5): [HEADS[1], B, D],
}
CONSISTENCY = {
    (1, 1): [],
    (1, 8): [A, B, C],
    (6, 8): [F, E, HEADS[4]],
    (2, 5): [B, D],
}
MOST = 70
SIZES = range(MOST + 1)
ALL = reference.leaves(MOST)
ROOTS = [reference.mth(ALL[:size]) for size in SIZES]
AT = reference.log_of(MOST)


def hexes(hashes: tuple[bytes, ...]) -> list[str]:
    return [hash_.hex() for hash_ in hashes]


# --- the vectors of certificate-transparency ----------------------------------------------------


@pytest.mark.parametrize("size", range(9))
def test_known_heads(size: int) -> None:
    assert root_of(leaf_hash(leaf) for leaf in LEAVES[:size]).hex() == HEADS[size]


@pytest.mark.parametrize(("index", "size"), INCLUSION)
def test_known_inclusion_proofs(index: int, size: int) -> None:
    at = reference.memory(grow(EMPTY, map(leaf_hash, LEAVES)))
    path = inclusion_path(index, size, at)
    assert hexes(path) == INCLUSION[index, size]
    root = bytes.fromhex(HEADS[size])
    assert inclusion_holds(leaf_hash(LEAVES[index]), index, size, path, root)


@pytest.mark.parametrize(("old", "new"), CONSISTENCY)
def test_known_consistency_proofs(old: int, new: int) -> None:
    at = reference.memory(grow(EMPTY, map(leaf_hash, LEAVES)))
    path = consistency_path(old, new, at)
    assert hexes(path) == CONSISTENCY[old, new]
    roots = bytes.fromhex(HEADS[old]), bytes.fromhex(HEADS[new])
    assert consistency_holds(old, roots[0], new, roots[1], path)


# --- against the recursive definition, every size -----------------------------------------------


def test_every_size_has_the_root_of_the_definition() -> None:
    assert [root_of(reference.hashes(size)) for size in SIZES] == ROOTS
    assert [tree_root(size, AT) for size in SIZES] == ROOTS


def test_every_inclusion_proof_is_the_definitions_and_holds() -> None:
    for size in SIZES:
        for index in range(size):
            path = inclusion_path(index, size, AT)
            assert list(path) == reference.path(index, ALL[:size])
            assert inclusion_holds(leaf_hash(ALL[index]), index, size, path, ROOTS[size])


def test_every_consistency_proof_is_the_definitions_and_holds() -> None:
    for new in SIZES:
        for old in range(new + 1):
            path = consistency_path(old, new, AT)
            assert list(path) == (reference.proof(old, ALL[:new]) if old else [])
            assert consistency_holds(old, ROOTS[old], new, ROOTS[new], path)


def test_no_proof_holds_for_another_place_size_or_root() -> None:
    for size in range(1, 20):
        for index in range(size):
            path, leaf = inclusion_path(index, size, AT), leaf_hash(ALL[index])
            held = [
                (place, of)
                for of in range(24)
                for place in range(24)
                if inclusion_holds(leaf, place, of, path, ROOTS[size])
            ]
            # A path alone does not say the size, so that a few other sizes fit its shape; with the
            # size from the checkpoint there is one place only.
            assert [place for place, of in held if of == size] == [index]
            assert not inclusion_holds(leaf, index, size, path, ROOTS[size + 1])


def test_no_consistency_proof_holds_between_other_roots() -> None:
    for new in range(2, 24):
        for old in range(1, new):
            path = consistency_path(old, new, AT)
            assert not consistency_holds(old, ROOTS[old + 1], new, ROOTS[new], path)
            assert not consistency_holds(old, ROOTS[old], new, ROOTS[new + 1], path)
            assert not consistency_holds(old, ROOTS[old], new, ROOTS[new], path[:-1])
            assert not consistency_holds(old, ROOTS[old], new, ROOTS[new], (*path, path[0]))
            assert not consistency_holds(old, ROOTS[old], new, ROOTS[new], path[::-1]) or (
                path == path[::-1]
            )


def test_proofs_of_impossible_sizes_do_not_hold() -> None:
    assert not inclusion_holds(leaf_hash(b""), 0, 0, (), EMPTY_ROOT)
    assert not inclusion_holds(leaf_hash(b""), -1, 1, (), leaf_hash(b""))
    assert not inclusion_holds(leaf_hash(b""), 1, 1, (), leaf_hash(b""))
    assert not consistency_holds(5, ROOTS[5], 3, ROOTS[3], ())
    assert not consistency_holds(-1, EMPTY_ROOT, 3, ROOTS[3], ())
    assert not consistency_holds(3, ROOTS[3], 5, ROOTS[5], ())
    assert not consistency_holds(5, ROOTS[5], 5, ROOTS[5], (ROOTS[5],))
    assert not consistency_holds(5, ROOTS[5], 5, ROOTS[4], ())
    assert not consistency_holds(0, EMPTY_ROOT, 5, ROOTS[5], (ROOTS[5],))
    assert not consistency_holds(0, ROOTS[1], 5, ROOTS[5], ())


def test_a_hash_of_another_length_is_none() -> None:
    # Concatenated, 31 and 33 bytes would hash like 32 and 32.
    path = inclusion_path(0, 2, AT)
    leaf = leaf_hash(ALL[0])
    assert inclusion_holds(leaf, 0, 2, path, ROOTS[2])
    assert not inclusion_holds(leaf[:31], 0, 2, (leaf[31:] + path[0],), ROOTS[2])
    assert not consistency_holds(1, leaf[:31], 2, ROOTS[2], (leaf[31:] + path[0],))


@settings(max_examples=200)
@given(size=st.integers(1, MOST), seed=st.randoms(use_true_random=False))
def test_any_flipped_bit_of_a_proof_fails(size: int, seed: random.Random) -> None:
    index = seed.randrange(size)
    leaf = leaf_hash(ALL[index])
    parts = [leaf, *inclusion_path(index, size, AT), ROOTS[size]]
    bit = seed.randrange(256 * len(parts))
    where, rest = divmod(bit, 256)
    flipped = int.from_bytes(parts[where], "big") ^ (1 << rest)
    parts[where] = flipped.to_bytes(32, "big")
    assert not inclusion_holds(parts[0], index, size, parts[1:-1], parts[-1])


@given(size=st.integers(2, MOST), data=st.data())
def test_a_proof_for_another_leaf_fails(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(0, size - 1).filter(lambda place: place != index))
    path = inclusion_path(index, size, AT)
    assert not inclusion_holds(leaf_hash(ALL[other]), index, size, path, ROOTS[size])
    assert not inclusion_holds(leaf_hash(ALL[index]), other, size, path, ROOTS[size])


# --- large trees --------------------------------------------------------------------------------

# In a tree of equal leaves all nodes of one level are equal, so that its size costs nothing.
SAME = [leaf_hash(b"same")]
for _ in range(63):
    SAME.append(node_hash(SAME[-1], SAME[-1]))
LARGE = st.integers(1, 2**63 - 1)


@given(size=LARGE, data=st.data())
def test_proofs_of_huge_trees_hold_and_read_little(size: int, data: st.DataObject) -> None:
    read = []

    def at(level: int, position: int) -> bytes:
        read.append((level, position))
        assert (position + 1) << level <= size
        return SAME[level]

    root = tree_root(size, at)
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(1, size))
    old_root = tree_root(old, at)
    read.clear()
    assert inclusion_holds(SAME[0], index, size, inclusion_path(index, size, at), root)
    assert len(read) <= 2 * size.bit_length()
    read.clear()
    assert consistency_holds(old, old_root, size, root, consistency_path(old, size, at))
    assert len(read) <= 2 * size.bit_length()


def test_a_proof_over_a_million_entries_reads_some_twenty_hashes() -> None:
    counts = {
        sum(len(nodes) for nodes in inclusion_nodes(index, 1_000_000))
        for index in (*range(0, 1_000_000, 9_973), 999_999)
    }
    assert max(counts) <= 26
    assert len(inclusion_nodes(0, 2**20)) == 20


@pytest.mark.parametrize(
    ("old", "new", "index"),
    [(1_024, 2_048, 2_047), (2_047, 2_049, 2_048), (1_777, 2_999, 1_776), (1, 3_000, 2_304)],
)
def test_large_trees_agree_with_the_definition(old: int, new: int, index: int) -> None:
    at, leaves = reference.log_of(new), reference.leaves(new)
    assert tree_root(new, at) == reference.mth(leaves)
    assert list(inclusion_path(index, new, at)) == reference.path(index, leaves)
    assert list(consistency_path(old, new, at)) == reference.proof(old, leaves)


# --- appending ----------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 20), max_size=8))
def test_appending_in_any_batches_gives_the_same_tree(batches: list[int]) -> None:
    hashes = reference.hashes(sum(batches))
    whole = reference.memory(grow(EMPTY, hashes))
    frontier, done = EMPTY, 0
    for count in batches:
        growth = grow(frontier, hashes[done : done + count])
        done += count
        for run in growth.runs:
            for offset, hash_ in enumerate(run.hashes):
                assert hash_ == whole(run.level, run.start + offset)
        made = sum(len(run.hashes) for run in growth.runs)
        # A tree of n leaves has 2 n - bits(n) final hashes: each is made once.
        assert made == nodes_in(done) - nodes_in(done - count)
        frontier = growth.frontier
        assert frontier == frontier_at(done, whole)
        assert unpacked(done, packed(frontier)) == frontier
        assert frontier_root(frontier) == reference.mth(reference.leaves(done))


def nodes_in(size: int) -> int:
    return 2 * size - size.bit_count()


def test_nothing_appended_changes_nothing() -> None:
    frontier = grow(EMPTY, reference.hashes(13)).frontier
    growth = grow(frontier, [])
    assert growth.frontier == frontier
    assert growth.runs == ()
    assert frontier_root(EMPTY) == EMPTY_ROOT == sha256(b"").digest()


@pytest.mark.parametrize(("size", "peaks"), [(3, b"x" * 32), (-1, b""), (1, b"x" * 33), (0, b"x")])
def test_a_frontier_that_does_not_fit_its_size_is_refused(size: int, peaks: bytes) -> None:
    with pytest.raises(FrontierBroken, match="Rebuild the frontier"):
        unpacked(size, peaks)
    assert unpacked(0, b"") == Frontier(0, ())


def test_a_leaf_has_at_most_65535_bytes() -> None:
    assert leaf_hash(bytes(65_535)) == sha256(bytes(65_536)).digest()
    with pytest.raises(LeafTooLong, match="65536 bytes") as refused:
        leaf_hash(bytes(65_536))
    assert refused.value.facts() == {"size": 65_536}


def test_what_the_tree_does_not_have_is_not_proven() -> None:
    for index, size in ((0, 0), (5, 5), (-1, 5)):
        with pytest.raises(BeyondTheTree, match=f"{size} leaves: there is no leaf {index}"):
            inclusion_nodes(index, size)
    for old, new in ((6, 5), (-1, 5)):
        with pytest.raises(BeyondTheTree, match=f"no tree of {old} leaves"):
            consistency_nodes(old, new)
    assert tree_nodes(0) == ()
