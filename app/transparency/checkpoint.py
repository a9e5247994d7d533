"""C2SP tlog-checkpoint: a signed note that says which log, how many leaves, and the root."""

from collections.abc import Sequence

from app.transparency.errors import (
    NotACheckpoint,
    NoteNotSigned,
    OriginNotKnown,
    QuorumImpossible,
)
from app.transparency.model import (
    HASH_BYTES,
    MAX_SIZE,
    Algorithm,
    Checkpoint,
    Holds,
    NoteKey,
    NoteSigner,
    OpenedCheckpoint,
    Policy,
    SignedNote,
    TrustedLog,
)
from app.transparency.note import (
    parse_note,
    parse_signatures,
    parse_vkey,
    sign_note,
    signed_by,
    write_note,
)
from app.transparency.tree import EMPTY_ROOT
from app.transparency.wire import base64_of, decimal_of, hash_of


def checkpoint_text(checkpoint: Checkpoint) -> str:
    """Return the text that is signed; raises `NotACheckpoint` for what no reader would accept."""
    if not 0 <= checkpoint.size <= MAX_SIZE or len(checkpoint.root) != HASH_BYTES:
        raise NotACheckpoint("the size or the root is out of bounds")
    head = (checkpoint.origin, str(checkpoint.size), base64_of(checkpoint.root))
    text = "".join(f"{line}\n" for line in (*head, *checkpoint.extensions))
    if parse_checkpoint_text(text) != checkpoint:
        raise NotACheckpoint("a line holds a newline")
    return text


def parse_checkpoint_text(text: str) -> Checkpoint:
    """Return the checkpoint that a note's text says; raises `NotACheckpoint`."""
    if not text.endswith("\n"):
        raise NotACheckpoint("the last line has no end")
    lines = text[:-1].split("\n")
    if len(lines) < 3:
        raise NotACheckpoint("it has fewer than three lines")
    if not all(lines):
        raise NotACheckpoint("a line is empty")
    origin, size, root = lines[0], decimal_of(lines[1]), hash_of(lines[2])
    if size is None:
        raise NotACheckpoint("the second line is no size")
    if root is None:
        raise NotACheckpoint("the third line is no hash")
    if size == 0 and root != EMPTY_ROOT:
        raise NotACheckpoint("a log without entries has one root only, and this is another")
    return Checkpoint(origin, size, root, tuple(lines[3:]))


def sign_checkpoint(checkpoint: Checkpoint, signer: NoteSigner) -> bytes:
    """Return the checkpoint signed by its log, whose key bears the origin as its name."""
    if signer.key.name != checkpoint.origin:
        raise NotACheckpoint(f"the key of {signer.key.name} does not sign for another log")
    return sign_note(checkpoint_text(checkpoint), [signer])


def trust(vkeys: Sequence[str], witnesses: Sequence[str] = (), quorum: int = 0) -> Policy:
    """Return the policy of published keys: logs whose origin is the key's name, and witnesses.

    Raises `NotANoteKey`, `QuorumImpossible`.
    """
    keys = [parse_vkey(text) for text in vkeys]
    logs = tuple(
        TrustedLog(origin, tuple(key for key in keys if key.name == origin))
        for origin in dict.fromkeys(key.name for key in keys)
    )
    policy = Policy(logs, tuple(parse_vkey(text) for text in witnesses), quorum)
    if not 0 <= quorum <= len(witnesses):
        raise QuorumImpossible(quorum, f"{len(witnesses)} witnesses are named")
    if any(key.algorithm is not Algorithm.COSIGNATURE for key in policy.witnesses):
        raise QuorumImpossible(quorum, "a key among them is not a witness's")
    if len({key.public for key in policy.witnesses}) != len(witnesses):
        raise QuorumImpossible(quorum, "a key among them is named twice")
    return policy


def open_checkpoint(
    data: bytes, logs: Sequence[TrustedLog], witnesses: Sequence[NoteKey], holds: Holds
) -> OpenedCheckpoint:
    """Return a checkpoint that one of `logs` has signed, and which of `witnesses` cosigned it.

    Raises `NotASignedNote`, `NotACheckpoint`, `OriginNotKnown`, `NoteSignatureWrong`,
    `NoteNotSigned`.
    """
    note = parse_note(data)
    # Read before it is verified, for the origin says whose key must verify it.
    checkpoint = parse_checkpoint_text(note.text)
    keys = [key for log in logs if log.origin == checkpoint.origin for key in log.keys]
    if not keys:
        raise OriginNotKnown(checkpoint.origin)
    by = signed_by(note, keys, holds)
    if not by:
        raise NoteNotSigned(tuple(each.name for each in note.signatures))
    return OpenedCheckpoint(checkpoint, note, by, signed_by(note, witnesses, holds))


def with_cosignatures(
    data: bytes, answer: bytes, witnesses: Sequence[NoteKey], holds: Holds
) -> bytes:
    """Return a signed checkpoint with the cosignatures of known witnesses from an answer added.

    A witness's earlier line is replaced by its new one. Unknown keys are passed over.

    Raises `NotASignedNote`, `NoteSignatureWrong`.
    """
    note = parse_note(data)
    offered = parse_signatures(answer)
    taken = {
        (line.name, line.key_id): line
        for line in offered
        if signed_by(SignedNote(note.text, (line,)), witnesses, holds)
    }
    kept = [line for line in note.signatures if (line.name, line.key_id) not in taken]
    return write_note(SignedNote(note.text, (*kept, *taken.values())))
