"""C2SP tlog-proof: that a leaf is in a log, in one file, verified without a network.

The steps of verification, numbered as in that specification:

1. hash the leaf
2. the checkpoint's origin is trusted, and a key of that log has signed it
3. enough known witnesses have cosigned it
4. the path leads from the leaf's hash to the checkpoint's root
"""

from app.transparency.checkpoint import open_checkpoint
from app.transparency.errors import InclusionNotProven, NotALogProof, WitnessesMissing
from app.transparency.model import MAX_PATH, Holds, LogProof, OpenedCheckpoint, Policy
from app.transparency.note import MAX_NOTE_BYTES
from app.transparency.tree import inclusion_holds, leaf_hash
from app.transparency.wire import base64_of, bytes_of, decimal_of, hash_of

MEDIA_TYPE = "text/plain; charset=utf-8"
MAX_PROOF_BYTES = MAX_NOTE_BYTES + 131_072  # a leaf of 65 535 bytes in base64, and the hashes
_HEADER = b"c2sp.org/tlog-proof@v1"


def write_proof(proof: LogProof) -> bytes:
    """Return the bytes of a proof."""
    extra = [] if proof.extra is None else [f"extra {base64_of(proof.extra)}"]
    lines = [*extra, f"index {proof.index}", *(base64_of(hash_) for hash_ in proof.path), ""]
    return b"\n".join([_HEADER, *(line.encode("ascii") for line in lines), proof.checkpoint])


def parse_proof(data: bytes) -> LogProof:
    """Return the parts of a proof, nothing verified; raises `NotALogProof`."""
    if len(data) > MAX_PROOF_BYTES:
        raise NotALogProof(f"it has more than {MAX_PROOF_BYTES} bytes")
    head, gap, checkpoint = data.partition(b"\n\n")
    first, *rest = head.split(b"\n")
    if first != _HEADER:
        raise NotALogProof(f"it does not begin with {_HEADER.decode()}")
    if not gap or not rest:
        raise NotALogProof("it ends before the checkpoint")
    lines = [line.decode("ascii", "replace") for line in rest]
    extra = None
    if lines[0].startswith("extra "):
        extra = bytes_of(lines.pop(0).removeprefix("extra "))
        if extra is None:
            raise NotALogProof("the extra line is not base64")
    index = decimal_of(lines[0].removeprefix("index ")) if lines else None
    if index is None or not lines[0].startswith("index "):
        raise NotALogProof("the index line is missing or no number")
    if len(lines) - 1 > MAX_PATH:
        raise NotALogProof(f"it has more than {MAX_PATH} hashes")
    path = tuple(hash_ for line in lines[1:] if (hash_ := hash_of(line)))
    if len(path) != len(lines) - 1:
        raise NotALogProof("a line that should be a hash is none")
    return LogProof(index, path, checkpoint, extra)


def verify_proof(proof: LogProof, leaf: bytes, policy: Policy, holds: Holds) -> OpenedCheckpoint:
    """Return the checkpoint under which `leaf` is proven to be entry `proof.index` of its log.

    Raises `LeafTooLong`, `NotASignedNote`, `NotACheckpoint`, `OriginNotKnown`, `NoteNotSigned`,
    `NoteSignatureWrong`, `WitnessesMissing`, `InclusionNotProven`.
    """
    # (1) the whole leaf, as the caller knows it: `extra` is nobody's word
    hashed = leaf_hash(leaf)
    # (2) by its log, and (3) by enough of the witnesses
    opened = open_checkpoint(proof.checkpoint, policy.logs, policy.witnesses, holds)
    if len(opened.cosigned) < policy.quorum:
        raise WitnessesMissing(len(opened.cosigned), policy.quorum)
    # (4) only now, for before that the root is nobody's word either
    head = opened.checkpoint
    if not inclusion_holds(hashed, proof.index, head.size, proof.path, head.root):
        raise InclusionNotProven(proof.index, head)
    return opened
