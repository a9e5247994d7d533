"""What can be wrong with a log, its notes and its proofs."""

from base64 import b64encode
from typing import ClassVar

from app.kit.errors import CarbonLabelError
from app.transparency.model import MAX_LEAF_BYTES, Checkpoint, Fork


class TransparencyError(CarbonLabelError):
    """Something about the log does not hold, or could not be read."""


class LeafTooLong(TransparencyError):
    """A leaf does not fit into an entry bundle."""

    code: ClassVar[str] = "leaf-too-long"

    def __init__(self, size: int) -> None:
        super().__init__(
            f"A log entry has {size} bytes; at most {MAX_LEAF_BYTES} are possible. "
            "Log a digest of it instead."
        )
        self.size = size


class BeyondTheTree(TransparencyError):
    """A proof or a hash was asked of a part that the tree does not have."""

    code: ClassVar[str] = "beyond-the-tree"

    def __init__(self, what: str, size: int) -> None:
        super().__init__(f"The tree has {size} leaves: there is no {what}.")
        self.what, self.size = what, size


class FrontierBroken(TransparencyError):
    """The stored frontier does not fit the stored size."""

    code: ClassVar[str] = "frontier-broken"

    def __init__(self, size: int, got: int) -> None:
        super().__init__(
            f"A tree of {size} leaves has {size.bit_count() if size >= 0 else 'no'} peaks of "
            f"32 bytes, but {got} bytes are stored. Rebuild the frontier from the leaves."
        )
        self.size, self.got = size, got


class NotATilePath(TransparencyError):
    """A path does not name a tile as C2SP tlog-tiles writes it."""

    code: ClassVar[str] = "not-a-tile-path"

    def __init__(self, got: str) -> None:
        super().__init__(
            f"{got[:80]!r} names no tile. Tiles are named such as tile/0/x001/234 or "
            "tile/entries/000.p/17."
        )
        self.got = got[:80]


class NotATile(TransparencyError):
    """The bytes of a hash tile do not have the length that its width demands."""

    code: ClassVar[str] = "not-a-tile"

    def __init__(self, path: str, got: int) -> None:
        super().__init__(f"{path} has {got} bytes, which does not fit its width.")
        self.path, self.got = path, got


class NotAnEntryBundle(TransparencyError):
    """The bytes of an entry bundle are not the promised number of entries."""

    code: ClassVar[str] = "not-an-entry-bundle"

    def __init__(self, wanted: int, why: str) -> None:
        super().__init__(f"An entry bundle of {wanted} entries was expected, but {why}.")
        self.wanted, self.why = wanted, why


class TilesDisagree(TransparencyError):
    """The hashes that a log serves do not add up to the checkpoint that it signed."""

    code: ClassVar[str] = "tiles-disagree"

    def __init__(self, checkpoint: Checkpoint, got: bytes) -> None:
        super().__init__(
            f"The hashes of {checkpoint.origin} at size {checkpoint.size} give the root "
            f"{_base64(got)}, but its checkpoint says {_base64(checkpoint.root)}."
        )
        self.origin, self.size = checkpoint.origin, checkpoint.size
        self.got, self.signed = _base64(got), _base64(checkpoint.root)


class NotANoteKey(TransparencyError):
    """A text is not a verifier key as C2SP signed-note writes it."""

    code: ClassVar[str] = "not-a-note-key"

    def __init__(self, got: str, why: str) -> None:
        super().__init__(
            f"{got[:120]!r} is no verifier key: {why}. It has the form name+hash+key, "
            "as its owner publishes it; copy it once more."
        )
        self.got, self.why = got[:120], why


class NotASignedNote(TransparencyError):
    """Bytes are not a signed note."""

    code: ClassVar[str] = "not-a-signed-note"

    def __init__(self, why: str) -> None:
        super().__init__(f"This is no signed note: {why}.")
        self.why = why


class NoteNotSigned(TransparencyError):
    """No known key has signed a note; its text must be ignored."""

    code: ClassVar[str] = "note-not-signed"

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(
            f"No known key has signed this note; it is signed by {', '.join(names)}. "
            "Ask its owner for the verifier key."
        )
        self.names = names


class NoteSignatureWrong(TransparencyError):
    """A note bears the name of a known key, but its signature does not hold."""

    code: ClassVar[str] = "note-signature-wrong"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The signature under the key of {name} does not hold: the note was altered, or "
            "somebody else signed it."
        )
        self.name = name


class NotACheckpoint(TransparencyError):
    """The text of a note is not a checkpoint."""

    code: ClassVar[str] = "not-a-checkpoint"

    def __init__(self, why: str) -> None:
        super().__init__(f"This is no checkpoint of a log: {why}.")
        self.why = why


class OriginNotKnown(TransparencyError):
    """A checkpoint is of a log that is not trusted here."""

    code: ClassVar[str] = "log-origin-not-known"

    def __init__(self, origin: str) -> None:
        super().__init__(f"The log {origin[:120]!r} is not among the logs that are trusted here.")
        self.origin = origin[:120]


class WitnessesMissing(TransparencyError):
    """Fewer witnesses than demanded have cosigned a checkpoint."""

    code: ClassVar[str] = "witnesses-missing"

    def __init__(self, got: int, wanted: int) -> None:
        super().__init__(
            f"{got} known witnesses cosigned the checkpoint, {wanted} are demanded. "
            "Fetch a newer checkpoint, or try again later."
        )
        self.got, self.wanted = got, wanted


class QuorumImpossible(TransparencyError):
    """A policy demands what its witnesses can never give."""

    code: ClassVar[str] = "quorum-impossible"

    def __init__(self, quorum: int, why: str) -> None:
        super().__init__(f"A quorum of {quorum} witnesses cannot be: {why}.")
        self.quorum, self.why = quorum, why


class NotALogProof(TransparencyError):
    """Bytes are not a proof as C2SP tlog-proof writes it."""

    code: ClassVar[str] = "not-a-log-proof"

    def __init__(self, why: str) -> None:
        super().__init__(f"This is no proof of a log: {why}.")
        self.why = why


class InclusionNotProven(TransparencyError):
    """A path does not lead from the leaf to the root of the checkpoint."""

    code: ClassVar[str] = "inclusion-not-proven"

    def __init__(self, index: int, checkpoint: Checkpoint) -> None:
        super().__init__(
            f"The proof does not lead to the checkpoint of {checkpoint.origin} at size "
            f"{checkpoint.size}: entry {index} is another one, or the proof was altered."
        )
        self.index, self.origin, self.size = index, checkpoint.origin, checkpoint.size


class NotAnAddCheckpoint(TransparencyError):
    """Bytes are not what a witness is asked with."""

    code: ClassVar[str] = "not-an-add-checkpoint"

    def __init__(self, why: str) -> None:
        super().__init__(f"This is no request to add a checkpoint: {why}.")
        self.why = why


class NotATreeSize(TransparencyError):
    """A witness's answer about a conflict does not say a size."""

    code: ClassVar[str] = "not-a-tree-size"

    def __init__(self, got: bytes) -> None:
        super().__init__(f"A tree size and a newline were expected, got {got[:40]!r}.")
        self.got = repr(got[:40])


class OtherLog(TransparencyError):
    """Two checkpoints were compared that are not of one log."""

    code: ClassVar[str] = "other-log"

    def __init__(self, one: Checkpoint, other: Checkpoint) -> None:
        super().__init__(
            f"{one.origin[:120]!r} and {other.origin[:120]!r} are two logs: nothing follows from "
            "comparing them."
        )
        self.origins = (one.origin[:120], other.origin[:120])


class LogRolledBack(TransparencyError):
    """A log is shorter than one of its own checkpoints says it has been."""

    code: ClassVar[str] = "log-rolled-back"

    def __init__(self, had: Checkpoint, has: Checkpoint) -> None:
        super().__init__(
            f"The log {had.origin} has had {had.size} entries, and now has {has.size}: entries "
            "were lost or removed. Restore a newer backup, or add what is missing from an export."
        )
        self.origin, self.had, self.has = had.origin, had.size, has.size


class LogForked(TransparencyError):
    """A log has signed two checkpoints that no single history can have."""

    code: ClassVar[str] = "log-forked"

    def __init__(self, fork: Fork) -> None:
        mine, theirs = fork.mine, fork.theirs
        super().__init__(
            f"The log {mine.origin} has forked: size {mine.size} with root {_base64(mine.root)} "
            f"is no part of size {theirs.size} with root {_base64(theirs.root)}. "
            "Keep both checkpoints, they are the evidence, and show them to others."
        )
        self.origin = mine.origin
        self.mine_size, self.mine_root = mine.size, _base64(mine.root)
        self.theirs_size, self.theirs_root = theirs.size, _base64(theirs.root)


def _base64(hash_: bytes) -> str:
    return b64encode(hash_).decode("ascii")
