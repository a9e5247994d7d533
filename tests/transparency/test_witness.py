from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.signing.multikey import signature_holds as holds
from app.transparency.checkpoint import open_checkpoint, sign_checkpoint, with_cosignatures
from app.transparency.errors import (
    LogForked,
    LogRolledBack,
    NotAnAddCheckpoint,
    NotATreeSize,
    OtherLog,
    TilesDisagree,
)
from app.transparency.model import (
    Accepted,
    AddCheckpoint,
    Checkpoint,
    Fork,
    RefusalReason,
    Refused,
    Relation,
    Signed,
    TrustedLog,
)
from app.transparency.note import sign_note
from app.transparency.tree import EMPTY, EMPTY_ROOT, consistency_path, grow, leaf_hash, tree_root
from app.transparency.witness import (
    MAX_REQUEST_BYTES,
    consider,
    cosignature,
    parse_request,
    relation,
    require_extension,
    size_in_conflict,
    write_request,
)
from tests.transparency import reference
from tests.transparency.keys import signer, witness

# The example of C2SP tlog-witness.
VECTORS = Path(__file__).parent.parent / "vectors" / "log"
EXAMPLE = (VECTORS / "c2sp-add-checkpoint.txt").read_text(encoding="utf-8")
HASHES = EXAMPLE.split("\n")[1:5]
NOTE = EXAMPLE.partition("\n\n")[2]

ORIGIN = "example.org/log"
LOG, ONE, TWO = signer(ORIGIN), witness("one.example"), witness("two.example")
TRUSTED = [TrustedLog(ORIGIN, (LOG.key,))]
NOTHING: dict[str, Checkpoint] = {}
MOST = 24
AT = reference.log_of(MOST)
# The same log with entry 3 removed and others moved up, as somebody with the key could sign it.
CHANGED = reference.hashes(MOST + 1)
FORKED_AT = reference.memory(grow(EMPTY, [*CHANGED[:3], *CHANGED[4:]]))


def head(size: int) -> Checkpoint:
    return Checkpoint(ORIGIN, size, tree_root(size, AT))


def forked(size: int) -> Checkpoint:
    return Checkpoint(ORIGIN, size, tree_root(size, FORKED_AT))


def ask(
    old: int, checkpoint: Checkpoint, path: tuple[bytes, ...], mine: Checkpoint | None
) -> Accepted | Refused:
    data = write_request(AddCheckpoint(old, path, sign_checkpoint(checkpoint, LOG)))
    return consider(data, TRUSTED, {ORIGIN: mine}.get, holds)


def refused(answer: Accepted | Refused) -> tuple[int, RefusalReason]:
    assert isinstance(answer, Refused)
    return answer.status, answer.reason


# --- the request --------------------------------------------------------------------------------


def test_the_example_of_the_specification_is_read_and_written() -> None:
    request = parse_request(EXAMPLE.encode())
    assert (request.old_size, len(request.path)) == (20_852_014, 4)
    assert request.checkpoint.decode() == NOTE
    assert write_request(request) == EXAMPLE.encode()


@given(
    st.builds(
        AddCheckpoint,
        st.integers(0, 2**63 - 1),
        st.lists(st.binary(min_size=32, max_size=32), max_size=63).map(tuple),
        st.just(NOTE.encode()),
    )
)
def test_every_request_is_read_back(request: AddCheckpoint) -> None:
    assert parse_request(write_request(request)) == request


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("", "no blank line"),
        ("old 0\n", "no blank line"),
        ("\n\nx", "old size"),
        (EXAMPLE.replace("old ", ""), "old size"),
        (EXAMPLE.replace("old ", "old  "), "old size"),
        (EXAMPLE.replace("old ", "OLD "), "old size"),
        (EXAMPLE.replace("old 2", "old 02"), "old size"),
        (EXAMPLE.replace("old 2", "old -2"), "old size"),
        (EXAMPLE.replace("old 2", "old é"), "old size"),
        (EXAMPLE.replace(HASHES[0], HASHES[0][1:]), "should be a hash"),
        (EXAMPLE.replace(HASHES[0], "-" + HASHES[0][1:]), "should be a hash"),
        (EXAMPLE.replace(HASHES[0], "\n".join(HASHES[:1] * 61)), "more than 63"),
        (EXAMPLE + "x" * MAX_REQUEST_BYTES, "more than 266240 bytes"),
    ],
)
def test_what_is_no_request_is_refused(data: str, why: str) -> None:
    with pytest.raises(NotAnAddCheckpoint, match=why):
        parse_request(data.encode())
    answer = consider(data.encode(), TRUSTED, {ORIGIN: head(5)}.get, holds)
    assert isinstance(answer, Refused)
    assert refused(answer) == (400, RefusalReason.MALFORMED)
    assert why in answer.body.decode()


# --- what a witness answers ---------------------------------------------------------------------


def test_every_growth_of_a_log_is_accepted() -> None:
    for new in range(MOST + 1):
        assert ask(0, head(new), (), None) == ask(0, head(new), (), head(0))
        for old in range(new + 1):
            answer = ask(old, head(new), consistency_path(old, new, AT), head(old))
            assert isinstance(answer, Accepted)
            assert answer.checkpoint == head(new)


def test_the_cosignatures_make_a_checkpoint_that_verifies() -> None:
    answer = ask(5, head(9), consistency_path(5, 9, AT), head(5))
    assert isinstance(answer, Accepted)
    body = cosignature(answer, [ONE, TWO], 1_700_000_000)
    assert body.decode().count("\n— ") == 1
    assert body.startswith("— one.example ".encode())
    known = [ONE.key, TWO.key]
    data = with_cosignatures(sign_checkpoint(head(9), LOG), body, known, holds)
    assert open_checkpoint(data, TRUSTED, known, holds).cosigned == (
        Signed(ONE.key, 1_700_000_000),
        Signed(TWO.key, 1_700_000_000),
    )


def test_an_unknown_log_is_not_found() -> None:
    data = write_request(AddCheckpoint(0, (), sign_checkpoint(head(5), LOG)))
    answer = consider(data, [TrustedLog("example.org/x", (LOG.key,))], NOTHING.get, holds)
    assert refused(answer) == (404, RefusalReason.ORIGIN_NOT_KNOWN)


def test_a_checkpoint_that_the_log_did_not_sign_is_forbidden() -> None:
    impostor = signer(ORIGIN, seed=b"impostor")
    unsigned = write_request(AddCheckpoint(0, (), sign_checkpoint(head(5), impostor)))
    altered = sign_checkpoint(head(5), LOG).replace(b"\n5\n", b"\n6\n")
    for data in (unsigned, write_request(AddCheckpoint(0, (), altered))):
        answer = consider(data, TRUSTED, {ORIGIN: None}.get, holds)
        assert refused(answer) == (403, RefusalReason.NOT_SIGNED)


def test_what_is_no_checkpoint_is_a_bad_request() -> None:
    for note in (b"", sign_note("hello\n", [LOG])):
        answer = consider(write_request(AddCheckpoint(0, (), note)), TRUSTED, NOTHING.get, holds)
        assert refused(answer) == (400, RefusalReason.MALFORMED)


def test_an_old_size_above_the_new_one_is_a_bad_request() -> None:
    assert refused(ask(6, head(5), (), head(6))) == (400, RefusalReason.OLD_SIZE_ABOVE_SIZE)


@pytest.mark.parametrize(("old", "mine"), [(4, 5), (0, 5), (6, 5), (3, None)])
def test_another_old_size_is_answered_with_ours(old: int, mine: int | None) -> None:
    known = None if mine is None else head(mine)
    answer = ask(old, head(9), consistency_path(old, 9, AT), known)
    assert isinstance(answer, Refused)
    assert refused(answer) == (409, RefusalReason.SIZE_CONFLICT)
    assert answer.content_type == "text/x.tlog.size"
    assert size_in_conflict(answer.body) == (mine or 0)
    assert answer.fork is None


def test_two_roots_for_one_size_are_a_fork_and_both_are_named() -> None:
    answer = ask(9, forked(9), (), head(9))
    assert isinstance(answer, Refused)
    assert refused(answer) == (409, RefusalReason.FORKED)
    assert answer.fork == Fork(head(9), forked(9))
    assert "size 9 with root" in str(LogForked(answer.fork))


def test_a_proof_that_does_not_lead_from_old_to_new_is_unprocessable() -> None:
    wrong = (422, RefusalReason.NOT_CONSISTENT)
    path = consistency_path(5, 9, AT)
    assert refused(ask(5, head(9), path[:-1], head(5))) == wrong
    assert refused(ask(5, head(9), (), head(5))) == wrong
    assert refused(ask(5, head(9), (*path, path[0]), head(5))) == wrong
    assert refused(ask(5, forked(9), path, head(5))) == wrong
    assert refused(ask(5, forked(9), consistency_path(5, 9, FORKED_AT), head(5))) == wrong
    assert refused(ask(0, head(9), path, None)) == wrong
    assert refused(ask(9, head(9), path, head(9))) == wrong


# --- comparing two checkpoints ------------------------------------------------------------------


def test_how_two_checkpoints_stand_to_each_other() -> None:
    path = consistency_path(5, 9, AT)
    assert relation(None, head(5), ()) is Relation.FIRST
    assert relation(None, head(5), path) is Relation.UNPROVEN
    assert relation(head(5), head(5), ()) is Relation.SAME
    assert relation(head(5), head(5), path) is Relation.UNPROVEN
    assert relation(head(5), forked(5), ()) is Relation.FORKED
    assert relation(head(5), head(9), path) is Relation.EXTENDS
    assert relation(head(9), head(5), path) is Relation.OLDER
    assert relation(head(5), forked(9), path) is Relation.UNPROVEN
    assert relation(head(9), forked(5), path) is Relation.UNPROVEN
    empty = Checkpoint(ORIGIN, 0, EMPTY_ROOT)
    assert relation(empty, head(5), ()) is Relation.EXTENDS
    assert relation(head(5), empty, ()) is Relation.OLDER


def test_todays_log_extends_every_older_checkpoint_of_its_own() -> None:
    for size in range(MOST + 1):
        require_extension(head(size), head(MOST), AT)


def test_a_removed_entry_is_a_fork_of_every_checkpoint_that_had_it() -> None:
    newer = forked(MOST)
    for size in range(4):
        require_extension(head(size), newer, FORKED_AT)
    for size in range(4, MOST + 1):
        with pytest.raises(LogForked, match="Keep both checkpoints") as found:
            require_extension(head(size), newer, FORKED_AT)
        assert found.value.facts()["mine_size"] == size
        assert found.value.facts()["theirs_size"] == MOST


def test_hashes_that_are_not_the_checkpoints_prove_nothing() -> None:
    with pytest.raises(TilesDisagree, match="give the root"):
        require_extension(head(5), head(MOST), FORKED_AT)


def test_a_log_that_became_shorter_was_rolled_back() -> None:
    with pytest.raises(LogRolledBack, match="has had 9 entries, and now has 5") as found:
        require_extension(head(9), head(5), AT)
    assert found.value.facts() == {"origin": ORIGIN, "had": 9, "has": 5}


def test_checkpoints_of_two_logs_are_not_compared() -> None:
    other = Checkpoint("example.org/other", 5, leaf_hash(b""))
    with pytest.raises(OtherLog, match="two logs"):
        relation(head(5), other, ())
    with pytest.raises(OtherLog):
        require_extension(other, head(5), AT)


@pytest.mark.parametrize(
    "body", [b"", b"5", b"5\n\n", b"05\n", b"-1\n", b"five\n", b" 5\n", b"\xff\n", b"5\n" * 20]
)
def test_an_answer_that_says_no_size_is_refused(body: bytes) -> None:
    with pytest.raises(NotATreeSize, match="tree size and a newline"):
        size_in_conflict(body)
