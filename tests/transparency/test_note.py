from base64 import b64decode, b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.signing.multikey import signature_holds as holds
from app.transparency.errors import (
    NotANoteKey,
    NotASignedNote,
    NoteNotSigned,
    NoteSignatureWrong,
)
from app.transparency.model import Algorithm, NoteKey, NoteSignature, Signed, SignedNote
from app.transparency.note import (
    MAX_NOTE_BYTES,
    is_key_name,
    key_id,
    open_note,
    parse_note,
    parse_signatures,
    parse_vkey,
    sign_note,
    sign_text,
    signed_by,
    vkey,
    write_note,
    write_signatures,
)
from tests.transparency.keys import signer, witness

# The examples of golang.org/x/mod/sumdb/note, whose authors defined the format.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETER_SEED = b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
ENOCH = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
PETER_LINE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotp"
    "RZb6KE6RyyBwJnAM=\n"
)
ENOCH_LINE = (
    "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33"
    "WWd1RvMc+QQ=\n"
)
# The example of C2SP signed-note.
FOO = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
FOO_NOTE = (
    "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONnc"
    "AlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)

LOG, OTHER, WITNESS = signer("example.org/log"), signer("example.org/other"), witness("w.example")
NOTE = "example.org/log\n0\n"


# --- keys ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name", "algorithm"),
    [
        (PETER, "PeterNeumann", Algorithm.ED25519),
        (ENOCH, "EnochRoot", Algorithm.ED25519),
        (FOO, "example.com/foo", Algorithm.ED25519),
        (
            "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
            "sum.golang.org",
            Algorithm.ED25519,
        ),
        (
            "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2",
            "remora.n621.de",
            Algorithm.COSIGNATURE,
        ),
    ],
)
def test_published_keys_are_read_and_written(text: str, name: str, algorithm: Algorithm) -> None:
    key = parse_vkey(text)
    assert (key.name, key.algorithm, len(key.public)) == (name, algorithm, 32)
    assert key_id(key).hex() == text.split("+")[1]
    assert vkey(key) == text


def material(*parts: bytes) -> str:
    return b64encode(b"".join(parts)).decode()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "three parts"),
        ("PeterNeumann+c74f20a3", "three parts"),
        ("P" * 1_000 + PETER, "three parts"),
        (PETER.replace("Peter", ""), "hash does not belong"),
        (PETER.removeprefix("PeterNeumann"), "the name"),
        (PETER.replace("Peter", "Peter "), "the name"),
        (PETER.replace("Peter", "Peter\u2028"), "the name"),
        (PETER.replace("Peter", "Peter\x01"), "the name"),
        (PETER.replace("Peter", "Peter\ud800"), "the name"),
        (PETER.replace("c74f20a3", "C74F20A3"), "eight lower-case"),
        (PETER.replace("c74f20a3", "c74f20a"), "eight lower-case"),
        (PETER.replace("c74f20a3", "c74f20a4"), "hash does not belong"),
        (PETER + " ", "not base64"),
        (PETER.replace("10TW", "10T-"), "not base64"),
        (PETER[: PETER.rindex("+") + 1], "neither"),
        (f"PeterNeumann+c74f20a3+{material(bytes([1]), bytes(31))}", "neither"),
        (f"PeterNeumann+c74f20a3+{material(bytes([1]), bytes(33))}", "neither"),
        (f"PeterNeumann+c74f20a3+{material(bytes([2]), bytes(32))}", "neither"),
    ],
)
def test_what_is_no_key_is_refused(text: str, why: str) -> None:
    with pytest.raises(NotANoteKey, match=why):
        parse_vkey(text)


def test_no_part_of_a_key_is_a_key() -> None:
    for start in range(len(PETER)):
        for end in range(start + 1, len(PETER) + 1):
            if end - start < len(PETER):
                with pytest.raises(NotANoteKey):
                    parse_vkey(PETER[start:end])


def test_a_name_holds_no_blank_and_no_plus() -> None:
    assert is_key_name("192.168.1.5:8000/log")
    assert is_key_name("认证.example/log")
    assert not any(is_key_name(name) for name in ("", " ", "a b", "a+b", "a\u00a0b", "a\nb"))


# --- reading and writing ------------------------------------------------------------------------


def test_the_notes_of_the_specifications_verify() -> None:
    assert open_note(FOO_NOTE.encode(), [parse_vkey(FOO)], holds) == (
        "This is an example message.\n",
        (Signed(parse_vkey(FOO)),),
    )
    both = f"{TEXT}\n{PETER_LINE}{ENOCH_LINE}".encode()
    peter, enoch = parse_vkey(PETER), parse_vkey(ENOCH)
    assert open_note(both, [enoch, peter], holds) == (TEXT, (Signed(peter), Signed(enoch)))
    assert open_note(both, [enoch], holds) == (TEXT, (Signed(enoch),))
    assert write_note(parse_note(both)) == both


def test_our_signature_is_the_published_one_byte_for_byte() -> None:
    peter = signer("PeterNeumann", seed=PETER_SEED)
    assert vkey(peter.key) == PETER
    assert sign_note(TEXT, [peter]) == f"{TEXT}\n{PETER_LINE}".encode()


def test_the_last_blank_line_ends_the_text() -> None:
    text = "one\n\n— not.a.signature AAAA\n\nthree\n\n"
    note = parse_note(sign_note(text, [LOG]))
    assert note.text == text
    assert [each.name for each in note.signatures] == ["example.org/log"]


LINE = write_signatures([sign_text(NOTE, LOG)])
BLOB = LINE.decode().split()[-1]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no blank line"),
        (b"text\n", "no blank line"),
        (b"text\n" + LINE, "no blank line"),
        (b"text\n\n", "no end"),
        (b"text\n\n" + LINE[:-1], "no end"),
        (b"text\n\n" + LINE + b"\n", "no end"),
        (b"text\r\n\n" + LINE, "control character"),
        (b"te\0xt\n\n" + LINE, "control character"),
        (b"te\txt\n\n" + LINE, "control character"),
        (b"te\xffxt\n\n" + LINE, "UTF-8"),
        (b"te\xed\xa0\x80xt\n\n" + LINE, "UTF-8"),
        (b"text\n\n" + LINE.replace("—".encode(), b"-"), "a dash"),
        (b"text\n\n " + LINE, "a dash"),
        (f"text\n\n— example.org/log  {BLOB}\n".encode(), "a dash"),
        (f"text\n\n—  {BLOB}\n".encode(), "a dash"),
        (f"text\n\n— example.org/a+b {BLOB}\n".encode(), "a dash"),
        (f"text\n\n— example.org/log {BLOB} \n".encode(), "a dash"),
        (f"text\n\n— example.org/log {BLOB[:-1]}\n".encode(), "a dash"),
        (f"text\n\n— example.org/log é{BLOB}\n".encode(), "a dash"),
        ("text\n\n— example.org/log\n".encode(), "a dash"),
        ("text\n\n— example.org/log AAAAAAB=\n".encode(), "a dash"),
        ("text\n\n— example.org/log AAAAAA==\n".encode(), "is empty"),
        ("text\n\n— example.org/log \n".encode(), "is empty"),
        (b"text\n\n" + LINE * 65, "more than 64 signatures"),
        (b"x" * MAX_NOTE_BYTES + b"\n\n" + LINE, "more than 262144 bytes"),
    ],
)
def test_what_is_no_note_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(NotASignedNote, match=why):
        parse_note(data)


def test_as_many_signatures_as_anybody_must_accept() -> None:
    assert len(parse_note(b"text\n\n" + LINE * 64).signatures) == 64
    large = write_signatures([NoteSignature("pq.example", b"\0" * 4, bytes(5_000))] * 16)
    assert len(parse_note(b"text\n\n" + large).signatures) == 16


@pytest.mark.parametrize(
    "note",
    [
        SignedNote("no newline", (sign_text("", LOG),)),
        SignedNote("one\n\nno newline", (sign_text("", LOG),)),
        SignedNote("carriage\r\n", (sign_text("", LOG),)),
        SignedNote("nobody signed\n", ()),
        SignedNote("name\n", (NoteSignature("a b", b"1234", b"5"),)),
        SignedNote("key id\n", (NoteSignature("a", b"123", b"45"),)),
    ],
)
def test_what_no_reader_would_accept_is_not_written(note: SignedNote) -> None:
    with pytest.raises(NotASignedNote):
        write_note(note)


@given(
    st.text(st.characters(exclude_characters="\r", exclude_categories=["Cc", "Cs"])).map(
        lambda text: text + "\n"
    )
)
def test_every_text_is_read_back_from_its_note(text: str) -> None:
    data = sign_note(text, [LOG, OTHER])
    assert open_note(data, [LOG.key, OTHER.key], holds)[0] == text
    assert write_note(parse_note(data)) == data


# --- signing and verifying ----------------------------------------------------------------------


def test_a_signature_by_an_unknown_key_is_passed_over() -> None:
    data = sign_note(NOTE, [OTHER, LOG])
    assert signed_by(parse_note(data), [LOG.key], holds) == (Signed(LOG.key),)
    with pytest.raises(NoteNotSigned, match=r"example\.org/other, example\.org/log") as refused:
        open_note(data, [WITNESS.key], holds)
    assert refused.value.facts() == {"names": ("example.org/other", "example.org/log")}
    assert signed_by(parse_note(data), [], holds) == ()


def test_a_known_name_with_another_key_id_is_unknown_and_so_is_the_id_with_another_name() -> None:
    impostor = signer(LOG.key.name, seed=b"impostor")
    line = sign_text(NOTE, LOG)
    renamed = NoteSignature("example.org/else", line.key_id, line.signature)
    note = SignedNote(NOTE, (sign_text(NOTE, impostor), renamed))
    assert signed_by(note, [LOG.key], holds) == ()
    assert signed_by(SignedNote(NOTE, (*note.signatures, line)), [LOG.key], holds) == (
        Signed(LOG.key),
    )


def test_a_wrong_signature_under_a_known_key_spoils_the_note() -> None:
    line = sign_text(NOTE, LOG)
    forged = NoteSignature(line.name, line.key_id, bytes(64))
    for lines in ((forged,), (line, forged), (forged, line)):
        with pytest.raises(NoteSignatureWrong, match=r"example\.org/log does not hold"):
            signed_by(SignedNote(NOTE, lines), [LOG.key], holds)
    with pytest.raises(NoteSignatureWrong):
        signed_by(SignedNote("another text\n", (line,)), [LOG.key], holds)
    with pytest.raises(NoteSignatureWrong):
        signed_by(
            SignedNote(NOTE, (NoteSignature(line.name, line.key_id, b"short"),)), [LOG.key], holds
        )


def test_the_same_key_counts_once_however_often_it_signs_or_is_named() -> None:
    line = sign_text(NOTE, LOG)
    assert signed_by(SignedNote(NOTE, (line, line)), [LOG.key, LOG.key], holds) == (
        Signed(LOG.key),
    )
    early, late = sign_text(NOTE, WITNESS, 10), sign_text(NOTE, WITNESS, 20)
    assert signed_by(SignedNote(NOTE, (early, late)), [WITNESS.key], holds) == (
        Signed(WITNESS.key, 10),
    )


def test_keys_whose_short_ids_collide_are_both_tried() -> None:
    # 32 bits are found by trying; here by a look at the birthdays of 150 000 keys.
    one, other = colliding_keys()
    assert key_id(one) == key_id(other)
    assert one != other
    note = SignedNote(NOTE, (NoteSignature("x", key_id(one), b"by the other"),))

    def only_the_other(public: bytes, signature: bytes, message: bytes) -> bool:
        return (public, signature, message) == (other.public, b"by the other", NOTE.encode())

    assert signed_by(note, [one, other], only_the_other) == (Signed(other),)
    with pytest.raises(NoteSignatureWrong):
        signed_by(note, [one], only_the_other)


def colliding_keys() -> tuple[NoteKey, NoteKey]:
    seen: dict[bytes, NoteKey] = {}
    number = 0
    while True:
        key = NoteKey("x", Algorithm.ED25519, number.to_bytes(32, "big"))
        if key_id(key) in seen:
            return seen[key_id(key)], key
        seen[key_id(key)] = key
        number += 1


def test_a_cosignature_is_over_the_time_and_the_text() -> None:
    line = sign_text(NOTE, WITNESS, 1_679_315_147)
    assert line.signature[:8] == (1_679_315_147).to_bytes(8, "big")
    message = b"cosignature/v1\ntime 1679315147\n" + NOTE.encode()
    assert holds(WITNESS.key.public, line.signature[8:], message)
    assert signed_by(SignedNote(NOTE, (line,)), [WITNESS.key], holds) == (
        Signed(WITNESS.key, 1_679_315_147),
    )
    later = (1_679_315_148).to_bytes(8, "big") + line.signature[8:]
    moved = NoteSignature(line.name, line.key_id, later)
    with pytest.raises(NoteSignatureWrong):
        signed_by(SignedNote(NOTE, (moved,)), [WITNESS.key], holds)


def test_our_cosignature_is_the_one_of_another_implementation_byte_for_byte() -> None:
    # From the tests of sigsum.org/sigsum-go, made with the seed 0x11 00 … and the time 1234.
    key = signer("example.org/witness", Algorithm.COSIGNATURE, seed=b"\x11")
    text = "example.org/log\n10\nHA5HAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
    line = write_signatures([sign_text(text, key, 1_234)])
    assert line.decode() == (
        "— example.org/witness ys8uUAAAAAAAAATSftMzceM8zssdZ9jin9SjwIxzx9iADMf63VqirX2hafol9RsqNqbo"
        "fIz0LVRqHXI2kpEBSki5RTXFtxz1vo9+Cg==\n"
    )
    assert parse_signatures(line) == (sign_text(text, key, 1_234),)


def test_a_time_belongs_to_a_witness_and_has_bounds() -> None:
    for by, at in ((LOG, 1), (WITNESS, None)):
        with pytest.raises(NotASignedNote, match="a time belongs"):
            sign_text(NOTE, by, at)
    for at in (-1, 2**63):
        with pytest.raises(NotASignedNote, match="out of bounds"):
            sign_text(NOTE, WITNESS, at)
    last = sign_text(NOTE, WITNESS, 2**63 - 1)
    assert signed_by(SignedNote(NOTE, (last,)), [WITNESS.key], holds)[0].at == 2**63 - 1
    text = f"cosignature/v1\ntime {2**63}\n{NOTE}".encode()
    beyond = (2**63).to_bytes(8, "big") + WITNESS.sign(text)
    line = NoteSignature(WITNESS.key.name, key_id(WITNESS.key), beyond)
    with pytest.raises(NoteSignatureWrong):
        signed_by(SignedNote(NOTE, (line,)), [WITNESS.key], holds)


def test_one_key_in_both_roles_is_told_apart_by_its_id() -> None:
    log, cosigner = signer("x.example"), witness("x.example")
    assert log.key.public == cosigner.key.public
    plain, timed = sign_text(NOTE, log), sign_text(NOTE, cosigner, 7)
    swapped = NoteSignature("x.example", timed.key_id, (7).to_bytes(8, "big") + plain.signature)
    assert signed_by(SignedNote(NOTE, (plain, timed)), [cosigner.key], holds) == (
        Signed(cosigner.key, 7),
    )
    with pytest.raises(NoteSignatureWrong):
        signed_by(SignedNote(NOTE, (swapped,)), [cosigner.key], holds)
