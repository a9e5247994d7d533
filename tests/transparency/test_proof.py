from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.errors import CarbonLabelError
from app.signing.multikey import signature_holds as holds
from app.transparency.checkpoint import (
    checkpoint_text,
    sign_checkpoint,
    trust,
    with_cosignatures,
)
from app.transparency.errors import (
    InclusionNotProven,
    LeafTooLong,
    NotALogProof,
    NotASignedNote,
    NoteNotSigned,
    NoteSignatureWrong,
    OriginNotKnown,
    WitnessesMissing,
)
from app.transparency.model import Checkpoint, LogProof, Signed
from app.transparency.note import sign_text, vkey, write_signatures
from app.transparency.proof import MAX_PROOF_BYTES, parse_proof, verify_proof, write_proof
from app.transparency.tree import inclusion_path, tree_root
from tests.transparency import reference
from tests.transparency.keys import signer, witness

# The example of C2SP tlog-proof. Its signatures are cut short there, and its extra line is no
# base64: 54 characters.
PATH = [
    "gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=",
    "B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=",
    "EKNzoDWG8LGC0Yp9o+sv3qllpMP9uHQ9B20KNL+Q1zs=",
    "RoopEkOdqkYqMB4MJXrbt/hMjOxsVn0IrWjpz1ZMMes=",
    "AHCioX9nLjsrse6YhjRRmk1WUEirVOLLRoOQ6vfO5vk=",
]
CHECKPOINT = """example.com/fancylog
109482
sFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=

— example.com/fancylog hI2DJw==
"""
EXTRA = b64encode(b"age-v1.2.1-darwin-arm64.tar.gz").decode()
EXAMPLE = "\n".join(
    ["c2sp.org/tlog-proof@v1", f"extra {EXTRA}", "index 73894", *PATH, "", CHECKPOINT]
)

SIZE, INDEX = 13, 6
AT = reference.log_of(SIZE)
LEAF = reference.leaves(SIZE)[INDEX]
LOG, ONE, TWO = signer("example.org/log"), witness("one.example"), witness("two.example")
HEAD = Checkpoint("example.org/log", SIZE, tree_root(SIZE, AT))
SIGNED = sign_checkpoint(HEAD, LOG)
COSIGNED = with_cosignatures(
    SIGNED,
    write_signatures([sign_text(checkpoint_text(HEAD), ONE, 1_700_000_000)]),
    [ONE.key],
    holds,
)
PROOF = LogProof(INDEX, inclusion_path(INDEX, SIZE, AT), COSIGNED, LEAF)
POLICY = trust([vkey(LOG.key)], [vkey(ONE.key), vkey(TWO.key)], 1)


# --- the format ---------------------------------------------------------------------------------


def test_the_example_of_the_specification_is_read_and_written() -> None:
    proof = parse_proof(EXAMPLE.encode())
    assert proof.index == 73_894
    assert proof.extra == b"age-v1.2.1-darwin-arm64.tar.gz"
    assert [b64encode(hash_).decode() for hash_ in proof.path] == PATH
    assert proof.checkpoint.decode() == CHECKPOINT
    assert write_proof(proof) == EXAMPLE.encode()


@given(
    st.builds(
        LogProof,
        st.integers(0, 2**63 - 1),
        st.lists(st.binary(min_size=32, max_size=32), max_size=63).map(tuple),
        st.just(SIGNED),
        st.none() | st.binary(max_size=100),
    )
)
def test_every_proof_is_read_back(proof: LogProof) -> None:
    assert parse_proof(write_proof(proof)) == proof


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("", "does not begin with"),
        (EXAMPLE.replace("v1", "v2", 1), "does not begin with"),
        (EXAMPLE.replace("\n", "\r\n"), "does not begin with"),
        ("\n" + EXAMPLE, "does not begin with"),
        ("c2sp.org/tlog-proof@v1", "ends before"),
        ("c2sp.org/tlog-proof@v1\n\n", "ends before"),
        ("c2sp.org/tlog-proof@v1\nindex 0\n", "ends before"),
        ("c2sp.org/tlog-proof@v1\nextra QQ==\n\nx", "index line"),
        ("c2sp.org/tlog-proof@v1\nextra QQ==\nextra QQ==\nindex 0\n\nx", "index line"),
        (EXAMPLE.replace(f"extra {EXTRA}", "extra"), "index line"),
        (EXAMPLE.replace(f"extra {EXTRA}", "extra QR=="), "extra line"),
        (EXAMPLE.replace(f"extra {EXTRA}", "extra QQ"), "extra line"),
        (EXAMPLE.replace(f"extra {EXTRA}", "extra é"), "extra line"),
        (EXAMPLE.replace("index 73894", "73894"), "index line"),
        (EXAMPLE.replace("index 73894", "index 073894"), "index line"),
        (EXAMPLE.replace("index 73894", "index -1"), "index line"),
        (EXAMPLE.replace("index 73894", "index  1"), "index line"),
        (EXAMPLE.replace("index 73894", "index 9223372036854775808"), "index line"),
        (EXAMPLE.replace("index 73894\n", ""), "index line"),
        (EXAMPLE.replace(PATH[0], PATH[0][:-1]), "should be a hash"),
        (EXAMPLE.replace(PATH[0], PATH[0][:-4]), "should be a hash"),
        (EXAMPLE.replace(PATH[0], f" {PATH[0]}"), "should be a hash"),
        (EXAMPLE.replace(PATH[0], "\n".join(PATH[:1] * 60)), "more than 63 hashes"),
        (EXAMPLE + "x" * MAX_PROOF_BYTES, "more than 393216 bytes"),
    ],
)
def test_what_is_no_proof_is_refused(data: str, why: str) -> None:
    with pytest.raises(NotALogProof, match=why):
        parse_proof(data.encode())


def test_the_largest_leaf_fits_into_its_own_proof() -> None:
    proof = LogProof(0, PROOF.path, SIGNED, bytes(65_535))
    assert parse_proof(write_proof(proof)) == proof


# --- verification -------------------------------------------------------------------------------


def test_a_proof_holds_for_its_leaf() -> None:
    opened = verify_proof(parse_proof(write_proof(PROOF)), LEAF, POLICY, holds)
    assert opened.checkpoint == HEAD
    assert opened.by == (Signed(LOG.key),)
    assert opened.cosigned == (Signed(ONE.key, 1_700_000_000),)


def test_the_only_entry_of_a_log_needs_no_path() -> None:
    at = reference.log_of(1)
    data = sign_checkpoint(Checkpoint("example.org/log", 1, tree_root(1, at)), LOG)
    proof = parse_proof(write_proof(LogProof(0, (), data)))
    assert verify_proof(proof, b"leaf 0", trust([vkey(LOG.key)]), holds).checkpoint.size == 1


@pytest.mark.parametrize("place", [place for place in range(SIZE) if place != INDEX])
def test_a_proof_for_another_leaf_fails(place: int) -> None:
    with pytest.raises(InclusionNotProven, match="entry 6 is another one") as refused:
        verify_proof(PROOF, reference.leaves(SIZE)[place], POLICY, holds)
    assert refused.value.facts() == {"index": 6, "origin": "example.org/log", "size": 13}
    other = LogProof(INDEX, inclusion_path(place, SIZE, AT), COSIGNED)
    with pytest.raises(InclusionNotProven):
        verify_proof(other, LEAF, POLICY, holds)
    moved = LogProof(place, PROOF.path, COSIGNED)
    with pytest.raises(InclusionNotProven):
        verify_proof(moved, LEAF, POLICY, holds)


def test_a_proof_is_only_as_good_as_its_checkpoint() -> None:
    with pytest.raises(OriginNotKnown):
        verify_proof(PROOF, LEAF, trust([vkey(signer("else").key)]), holds)
    impostor = signer("example.org/log", seed=b"impostor")
    with pytest.raises(NoteNotSigned):
        verify_proof(PROOF, LEAF, trust([vkey(impostor.key)]), holds)
    renumbered = LogProof(INDEX, PROOF.path, COSIGNED.replace(b"\n13\n", b"\n12\n"))
    with pytest.raises(NoteSignatureWrong):
        verify_proof(renumbered, LEAF, POLICY, holds)
    with pytest.raises(NotASignedNote):
        verify_proof(LogProof(INDEX, PROOF.path, b""), LEAF, POLICY, holds)
    with pytest.raises(LeafTooLong):
        verify_proof(PROOF, bytes(65_536), POLICY, holds)


def test_as_many_witnesses_as_demanded_must_have_cosigned() -> None:
    alone = LogProof(INDEX, PROOF.path, SIGNED)
    with pytest.raises(WitnessesMissing, match="0 known witnesses") as refused:
        verify_proof(alone, LEAF, POLICY, holds)
    assert refused.value.facts() == {"got": 0, "wanted": 1}
    both = trust([vkey(LOG.key)], [vkey(ONE.key), vkey(TWO.key)], 2)
    with pytest.raises(WitnessesMissing, match="1 known"):
        verify_proof(PROOF, LEAF, both, holds)
    line = COSIGNED.removeprefix(SIGNED)
    with pytest.raises(WitnessesMissing, match="1 known"):
        verify_proof(LogProof(INDEX, PROOF.path, COSIGNED + line), LEAF, both, holds)
    assert verify_proof(alone, LEAF, trust([vkey(LOG.key)]), holds).cosigned == ()


def test_any_flipped_bit_of_a_proof_fails() -> None:
    data = write_proof(PROOF)

    def holds_for_its_own_extra(changed: bytes) -> bool:
        try:
            proof = parse_proof(changed)
            verify_proof(proof, proof.extra or b"", POLICY, holds)
        except CarbonLabelError:
            return False
        return True

    assert holds_for_its_own_extra(data)
    survived = [
        bit
        for bit in range(8 * len(data))
        if holds_for_its_own_extra(
            data[: bit // 8] + bytes([data[bit // 8] ^ 1 << bit % 8]) + data[bit // 8 + 1 :]
        )
    ]
    assert survived == []


@given(st.data())
def test_what_is_cut_short_or_continued_fails(data: st.DataObject) -> None:
    whole = write_proof(PROOF)
    end = data.draw(st.integers(0, len(whole) - 1))
    for changed in (whole[:end], whole[end + 1 :], whole + whole[-1 - end % 40 :]):
        with pytest.raises(CarbonLabelError):
            verify_proof(parse_proof(changed), LEAF, POLICY, holds)
