"""The language of the log: trees, tiles, notes, checkpoints, proofs and witnesses, as plain facts.

A hash is 32 bytes of SHA-256; a size counts leaves; an index counts from 0.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import NamedTuple

HASH_BYTES = 32
MAX_LEAF_BYTES = 65_535  # an entry bundle writes a leaf's length in two bytes
MAX_SIZE = 2**63 - 1
MAX_PATH = 63  # as many hashes as a proof over MAX_SIZE leaves can need
TILE_HEIGHT = 8
TILE_WIDTH = 256

# hash_at(level, position): the root of the 2**level leaves from leaf position * 2**level on
HashAt = Callable[[int, int], bytes]
Sign = Callable[[bytes], bytes]  # message -> 64-byte Ed25519 signature
Holds = Callable[[bytes, bytes, bytes], bool]  # raw public key, signature, message


# --- the tree ---------------------------------------------------------------------------------


class Node(NamedTuple):
    """A perfect subtree: the 2**level leaves from leaf position * 2**level on."""

    level: int
    position: int


@dataclass(frozen=True, slots=True)
class Frontier:
    """All that appending needs of a tree: the roots of its perfect subtrees, largest first.

    There is one for each bit that is set in `size`.
    """

    size: int
    peaks: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring hashes of one level; the first stands at position `start` of it."""

    level: int
    start: int
    hashes: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Growth:
    """What appending made: the new frontier, and every hash that became final, level by level."""

    frontier: Frontier
    runs: tuple[Run, ...]


# --- tiles ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TilePath:
    """Which tile: its level (None for an entry bundle), its index, and how many items it holds."""

    level: int | None
    index: int
    width: int = TILE_WIDTH


TileAt = Callable[[TilePath], bytes]  # gives exactly `width` items


# --- notes and checkpoints --------------------------------------------------------------------


class Algorithm(IntEnum):
    """The signature types of C2SP signed-note that are used here."""

    ED25519 = 0x01
    COSIGNATURE = 0x04  # Ed25519 with a time: what a witness says


@dataclass(frozen=True, slots=True)
class NoteKey:
    """A public key that notes are verified with; `public` is raw Ed25519, 32 bytes."""

    name: str
    algorithm: Algorithm
    public: bytes


@dataclass(frozen=True, slots=True)
class NoteSigner:
    """A key together with the means to sign under it."""

    key: NoteKey
    sign: Sign


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line; for a cosignature, `signature` begins with eight bytes of time."""

    name: str
    key_id: bytes  # 4 bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class SignedNote:
    """A note taken apart, nothing verified: the text ends in a newline."""

    text: str
    signatures: tuple[NoteSignature, ...]


@dataclass(frozen=True, slots=True)
class Signed:
    """A key whose signature was verified; `at` (POSIX seconds) if it is a cosignature."""

    key: NoteKey
    at: int | None = None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree head: which log, how many leaves, and the root over them."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TrustedLog:
    """A log that is accepted: its origin, and the keys that may sign for it."""

    origin: str
    keys: tuple[NoteKey, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """Which logs are accepted, and how many of which witnesses must have cosigned."""

    logs: tuple[TrustedLog, ...]
    witnesses: tuple[NoteKey, ...] = ()
    quorum: int = 0


@dataclass(frozen=True, slots=True)
class OpenedCheckpoint:
    """A checkpoint whose signature by its log was verified."""

    checkpoint: Checkpoint
    note: SignedNote
    by: tuple[Signed, ...]  # keys of the log
    cosigned: tuple[Signed, ...]  # known witnesses


# --- proofs and witnesses ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LogProof:
    """A C2SP tlog-proof taken apart; `checkpoint` is the signed note, verbatim.

    `extra` is what the proof carries along: nothing vouches for it until the leaf made of it is
    verified.
    """

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """What a log asks of a witness: from your checkpoint of `old_size` on, `path` leads here."""

    old_size: int
    path: tuple[bytes, ...]
    checkpoint: bytes  # the signed note, verbatim


class Relation(StrEnum):
    """How a checkpoint stands to one that was seen before."""

    FIRST = "first"  # nothing was seen before
    SAME = "same"
    EXTENDS = "extends"
    OLDER = "older"  # what was seen before extends it
    FORKED = "forked"  # two roots for one size: the log said two different things
    UNPROVEN = "unproven"  # the path shows nothing; whoever sent it may just have erred


@dataclass(frozen=True, slots=True)
class Fork:
    """Two checkpoints of one log that no single history can have."""

    mine: Checkpoint
    theirs: Checkpoint


class RefusalReason(StrEnum):
    """Why a witness does not cosign."""

    MALFORMED = "malformed"
    ORIGIN_NOT_KNOWN = "origin-not-known"
    NOT_SIGNED = "not-signed"
    OLD_SIZE_ABOVE_SIZE = "old-size-above-size"
    SIZE_CONFLICT = "size-conflict"
    FORKED = "forked"
    NOT_CONSISTENT = "not-consistent"


@dataclass(frozen=True, slots=True)
class Refused:
    """A witness's answer when it does not cosign, ready for HTTP."""

    status: int
    reason: RefusalReason
    body: bytes
    content_type: str
    fork: Fork | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """A checkpoint that a witness may cosign, once it is stored as the latest of its log."""

    checkpoint: Checkpoint
    note: SignedNote
