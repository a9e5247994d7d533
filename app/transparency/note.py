"""C2SP signed-note: a text, a blank line, and one signature line for each key.

Signing and verifying are handed in: `sign(message)` and `holds(raw_public, signature, message)`
are Ed25519 as in RFC 8032. A witness's cosignature (C2SP tlog-cosignature) is over the text with
the time before it.
"""

import re
from collections.abc import Iterable, Sequence
from hashlib import sha256

from app.transparency.errors import (
    NotANoteKey,
    NotASignedNote,
    NoteNotSigned,
    NoteSignatureWrong,
)
from app.transparency.model import (
    MAX_SIZE,
    Algorithm,
    Holds,
    NoteKey,
    NoteSignature,
    NoteSigner,
    Signed,
    SignedNote,
)
from app.transparency.wire import base64_of, bytes_of

MAX_NOTE_BYTES = 262_144  # 16 post-quantum signatures take half of it
MAX_SIGNATURES = 64
_MAX_VKEY = 1_024
_PUBLIC_BYTES = 32
_TIME_BYTES = 8
_KEY_ID_BYTES = 4
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
# No blank of any kind, no plus, no control; a lone surrogate is no text at all.
_NAME = re.compile(r"[^\s+\x00-\x1f\ud800-\udfff]+")
_KEY_HASH = re.compile(r"[0-9a-f]{8}", re.ASCII)
_DASH = "\u2014 "


# --- keys -------------------------------------------------------------------------------------


def is_key_name(name: str) -> bool:
    """Whether a key may bear this name: something, without blanks of any kind and pluses."""
    return _NAME.fullmatch(name) is not None


def key_id(key: NoteKey) -> bytes:
    """Return the four bytes by which signature lines name the key."""
    preimage = key.name.encode() + b"\n" + bytes([key.algorithm]) + key.public
    return sha256(preimage).digest()[:_KEY_ID_BYTES]


def vkey(key: NoteKey) -> str:
    """Return the key as it is published: `name+hash+base64`."""
    return f"{key.name}+{key_id(key).hex()}+{base64_of(bytes([key.algorithm]) + key.public)}"


def parse_vkey(text: str) -> NoteKey:
    """Return the key of `name+hash+base64`; raises `NotANoteKey`."""
    parts = text.split("+", 2)  # base64 may hold further ones
    if len(parts) != 3 or len(text) > _MAX_VKEY:
        raise NotANoteKey(text, "it does not have three parts, or is very long")
    name, key_hash, encoded = parts
    if not is_key_name(name):
        raise NotANoteKey(text, "the name is empty or holds a blank")
    if not _KEY_HASH.fullmatch(key_hash):
        raise NotANoteKey(text, "the hash is not eight lower-case hexadecimal digits")
    material = bytes_of(encoded)
    if material is None:
        raise NotANoteKey(text, "the key is not base64")
    if not material or material[0] not in tuple(Algorithm) or len(material) != 1 + _PUBLIC_BYTES:
        raise NotANoteKey(text, "it is neither an Ed25519 key nor a witness's key")
    key = NoteKey(name, Algorithm(material[0]), material[1:])
    if key_id(key).hex() != key_hash:
        raise NotANoteKey(text, "the hash does not belong to the name and key")
    return key


# --- reading and writing ----------------------------------------------------------------------


def parse_note(data: bytes) -> SignedNote:
    """Return the parts of a signed note, nothing verified; raises `NotASignedNote`."""
    body, gap, lines = _plain(data).rpartition("\n\n")
    if not gap:
        raise NotASignedNote("no blank line separates text and signatures")
    return SignedNote(body + "\n", _signatures(lines))


def parse_signatures(data: bytes) -> tuple[NoteSignature, ...]:
    """Return the signatures of one or more signature lines; raises `NotASignedNote`."""
    return _signatures(_plain(data))


def _plain(data: bytes) -> str:
    if len(data) > MAX_NOTE_BYTES:
        raise NotASignedNote(f"it has more than {MAX_NOTE_BYTES} bytes")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise NotASignedNote("it is not UTF-8") from None
    if _CONTROL.search(text):
        raise NotASignedNote("it holds a control character")
    return text


def _signatures(text: str) -> tuple[NoteSignature, ...]:
    if not text.endswith("\n"):
        raise NotASignedNote("the last line has no end")
    lines = text[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise NotASignedNote(f"it has more than {MAX_SIGNATURES} signatures")
    return tuple(_signature(line) for line in lines)


def _signature(line: str) -> NoteSignature:
    name, gap, encoded = line.removeprefix(_DASH).partition(" ")
    blob = bytes_of(encoded)
    if not (line.startswith(_DASH) and gap and is_key_name(name)) or blob is None:
        raise NotASignedNote("a signature line is not a dash, a name and base64")
    if len(blob) <= _KEY_ID_BYTES:
        raise NotASignedNote("a signature is empty")
    return NoteSignature(name, blob[:_KEY_ID_BYTES], blob[_KEY_ID_BYTES:])


def write_note(note: SignedNote) -> bytes:
    """Return the bytes of a signed note; raises `NotASignedNote` if no reader would accept it."""
    data = note.text.encode() + b"\n" + write_signatures(note.signatures)
    if parse_note(data) != note:
        raise NotASignedNote("the text does not end in a newline")
    return data


def write_signatures(signatures: Iterable[NoteSignature]) -> bytes:
    """Return signature lines."""
    return "".join(
        f"{_DASH}{each.name} {base64_of(each.key_id + each.signature)}\n" for each in signatures
    ).encode()


# --- signing ----------------------------------------------------------------------------------


def sign_text(text: str, signer: NoteSigner, at: int | None = None) -> NoteSignature:
    """Return the signature of a text.

    A witness's key needs `at`, the time in POSIX seconds up to 2**63 - 1; a plain key takes none.
    """
    if (signer.key.algorithm is Algorithm.COSIGNATURE) != (at is not None):
        raise NotASignedNote("a time belongs to a witness's signature, and to no other")
    if at is not None and not 0 <= at <= MAX_SIZE:
        raise NotASignedNote("the time is out of bounds")
    stamp = b"" if at is None else at.to_bytes(_TIME_BYTES, "big")
    signature = signer.sign(_message(text, at))
    return NoteSignature(signer.key.name, key_id(signer.key), stamp + signature)


def sign_note(text: str, signers: Sequence[NoteSigner]) -> bytes:
    """Return a note of `text`, which ends in a newline, signed by plain keys."""
    return write_note(SignedNote(text, tuple(sign_text(text, signer) for signer in signers)))


def _message(text: str, at: int | None) -> bytes:
    return (text if at is None else f"cosignature/v1\ntime {at}\n{text}").encode()


# --- verifying --------------------------------------------------------------------------------


def signed_by(note: SignedNote, keys: Sequence[NoteKey], holds: Holds) -> tuple[Signed, ...]:
    """Return which of `keys` have signed, each once, in the order of the note.

    Signatures by others are passed over, even under a known name; every signature that names one
    of `keys` must hold, else `NoteSignatureWrong`. Nobody may have signed: that is the caller's
    to judge.
    """
    known: dict[tuple[str, bytes], list[NoteKey]] = {}
    for key in dict.fromkeys(keys):
        known.setdefault((key.name, key_id(key)), []).append(key)
    found: dict[NoteKey, Signed] = {}
    for signature in note.signatures:
        # Four bytes name a key, they do not tell two keys for certain: try each that is meant.
        meant = known.get((signature.name, signature.key_id))
        if meant is None:
            continue
        by = next((s for key in meant if (s := _verified(note.text, signature, key, holds))), None)
        if by is None:
            raise NoteSignatureWrong(signature.name)
        found.setdefault(by.key, by)
    return tuple(found.values())


def open_note(data: bytes, keys: Sequence[NoteKey], holds: Holds) -> tuple[str, tuple[Signed, ...]]:
    """Return a note's text and who of `keys` signed it: one of them at least.

    Raises `NotASignedNote`, `NoteSignatureWrong`, `NoteNotSigned`.
    """
    note = parse_note(data)
    by = signed_by(note, keys, holds)
    if not by:
        raise NoteNotSigned(tuple(each.name for each in note.signatures))
    return note.text, by


def _verified(text: str, line: NoteSignature, key: NoteKey, holds: Holds) -> Signed | None:
    at, signature = None, line.signature
    if key.algorithm is Algorithm.COSIGNATURE:
        at = int.from_bytes(signature[:_TIME_BYTES], "big")
        signature = signature[_TIME_BYTES:]
        if at > MAX_SIZE:
            return None
    return Signed(key, at) if holds(key.public, signature, _message(text, at)) else None
