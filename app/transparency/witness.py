"""C2SP tlog-witness: cosign a log's checkpoints only as long as each extends the one before.

All of it is pure. Whoever answers requests stores an accepted checkpoint as the latest of its log
in the same transaction that read the one before, and only then hands out the cosignature.
"""

from collections.abc import Callable, Sequence

from app.transparency.checkpoint import open_checkpoint
from app.transparency.errors import (
    LogForked,
    LogRolledBack,
    NotACheckpoint,
    NotAnAddCheckpoint,
    NotASignedNote,
    NotATreeSize,
    NoteNotSigned,
    NoteSignatureWrong,
    OriginNotKnown,
    OtherLog,
    TilesDisagree,
    TransparencyError,
)
from app.transparency.model import (
    MAX_PATH,
    Accepted,
    AddCheckpoint,
    Checkpoint,
    Fork,
    HashAt,
    Holds,
    NoteSigner,
    RefusalReason,
    Refused,
    Relation,
    TrustedLog,
)
from app.transparency.note import MAX_NOTE_BYTES, sign_text, write_signatures
from app.transparency.tree import consistency_holds, tree_root
from app.transparency.wire import base64_of, decimal_of, hash_of

SIZE_MEDIA_TYPE = "text/x.tlog.size"
TEXT_MEDIA_TYPE = "text/plain; charset=utf-8"
MAX_REQUEST_BYTES = MAX_NOTE_BYTES + 4_096


# --- the request ------------------------------------------------------------------------------


def write_request(request: AddCheckpoint) -> bytes:
    """Return the body of `POST add-checkpoint`."""
    lines = [f"old {request.old_size}", *(base64_of(hash_) for hash_ in request.path), "", ""]
    return "\n".join(lines).encode("ascii") + request.checkpoint


def parse_request(data: bytes) -> AddCheckpoint:
    """Return the parts of a request, nothing verified; raises `NotAnAddCheckpoint`."""
    if len(data) > MAX_REQUEST_BYTES:
        raise NotAnAddCheckpoint(f"it has more than {MAX_REQUEST_BYTES} bytes")
    head, gap, checkpoint = data.partition(b"\n\n")
    if not gap:
        raise NotAnAddCheckpoint("no blank line stands before the checkpoint")
    first, *rest = head.decode("ascii", "replace").split("\n")
    old_size = decimal_of(first.removeprefix("old "))
    if old_size is None or not first.startswith("old "):
        raise NotAnAddCheckpoint("the first line is not the old size")
    if len(rest) > MAX_PATH:
        raise NotAnAddCheckpoint(f"it has more than {MAX_PATH} hashes")
    path = tuple(hash_ for line in rest if (hash_ := hash_of(line)))
    if len(path) != len(rest):
        raise NotAnAddCheckpoint("a line that should be a hash is none")
    return AddCheckpoint(old_size, path, checkpoint)


# --- judging ----------------------------------------------------------------------------------


def relation(mine: Checkpoint | None, theirs: Checkpoint, path: Sequence[bytes]) -> Relation:
    """Return how a checkpoint stands to `mine`, the latest that was seen of the same log.

    `path` is the consistency proof from the smaller to the larger. A path that shows nothing is
    `UNPROVEN`, not a fork: only two roots for one size are one. See `require_extension`.
    Raises `OtherLog`.
    """
    if mine is None:
        return Relation.FIRST if not path else Relation.UNPROVEN
    _require_one_log(mine, theirs)
    if mine.size == theirs.size:
        if mine.root != theirs.root:
            return Relation.FORKED
        return Relation.SAME if not path else Relation.UNPROVEN
    older, newer = (mine, theirs) if mine.size < theirs.size else (theirs, mine)
    if not consistency_holds(older.size, older.root, newer.size, newer.root, path):
        return Relation.UNPROVEN
    return Relation.EXTENDS if older is mine else Relation.OLDER


def require_extension(older: Checkpoint, newer: Checkpoint, hash_at: HashAt) -> None:
    """Pass if the log of `newer`, whose hashes `hash_at` gives, has `older` in its past.

    Raises `TilesDisagree` if the hashes are not those of `newer`, so that nothing follows, and
    `LogForked` if they are, and the tree over the first `older.size` of them is another;
    `LogRolledBack` if `newer` is the shorter one, `OtherLog` if the two are not of one log.
    """
    _require_one_log(older, newer)
    if older.size > newer.size:
        raise LogRolledBack(older, newer)
    found = tree_root(newer.size, hash_at)
    if found != newer.root:
        raise TilesDisagree(newer, found)
    if tree_root(older.size, hash_at) != older.root:
        raise LogForked(Fork(older, newer))


def _require_one_log(one: Checkpoint, other: Checkpoint) -> None:
    if one.origin != other.origin:
        raise OtherLog(one, other)


def consider(
    data: bytes,
    logs: Sequence[TrustedLog],
    latest: Callable[[str], Checkpoint | None],
    holds: Holds,
) -> Accepted | Refused:
    """Return whether to cosign what a request asks for, with the specified status if not.

    `latest` gives the last checkpoint that was cosigned for an origin.
    """
    try:
        request = parse_request(data)
        opened = open_checkpoint(request.checkpoint, logs, (), holds)
    except (NotAnAddCheckpoint, NotASignedNote, NotACheckpoint) as wrong:
        return _refused(400, RefusalReason.MALFORMED, wrong)
    except OriginNotKnown as wrong:
        return _refused(404, RefusalReason.ORIGIN_NOT_KNOWN, wrong)
    except (NoteNotSigned, NoteSignatureWrong) as wrong:
        return _refused(403, RefusalReason.NOT_SIGNED, wrong)
    theirs = opened.checkpoint
    if request.old_size > theirs.size:
        above = NotAnAddCheckpoint("the old size is larger than the checkpoint's")
        return _refused(400, RefusalReason.OLD_SIZE_ABOVE_SIZE, above)
    mine = latest(theirs.origin)
    known = mine.size if mine else 0
    if request.old_size != known:
        return _conflict(RefusalReason.SIZE_CONFLICT, known)
    match relation(mine, theirs, request.path):
        case Relation.FIRST | Relation.SAME | Relation.EXTENDS:
            return Accepted(theirs, opened.note)
        case Relation.FORKED:
            # Only a checkpoint of ours has a root to differ from.
            fork = Fork(mine, theirs) if mine else None
            return _conflict(RefusalReason.FORKED, known, fork)
        case _:
            idle = NotAnAddCheckpoint("the proof does not lead from the old root to the new one")
            return _refused(422, RefusalReason.NOT_CONSISTENT, idle)


def _refused(status: int, reason: RefusalReason, wrong: TransparencyError) -> Refused:
    return Refused(status, reason, f"{wrong}\n".encode(), TEXT_MEDIA_TYPE)


def _conflict(reason: RefusalReason, size: int, fork: Fork | None = None) -> Refused:
    return Refused(409, reason, f"{size}\n".encode("ascii"), SIZE_MEDIA_TYPE, fork)


# --- the answer -------------------------------------------------------------------------------


def cosignature(accepted: Accepted, signers: Sequence[NoteSigner], at: int) -> bytes:
    """Return the body of the answer 200: a cosignature by each of the witness's keys.

    `at` is the time in POSIX seconds. The checkpoint must have been stored before.
    """
    return write_signatures(sign_text(accepted.note.text, each, at) for each in signers)


def size_in_conflict(body: bytes) -> int:
    """Return the size that an answer 409 says the witness has seen; raises `NotATreeSize`."""
    text = body[:32].decode("ascii", "replace")
    size = decimal_of(text.removesuffix("\n"))
    if size is None or not text.endswith("\n") or len(body) > len(text):
        raise NotATreeSize(body)
    return size
