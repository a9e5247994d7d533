from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.signing.multikey import signature_holds as holds
from app.transparency.checkpoint import (
    checkpoint_text,
    open_checkpoint,
    parse_checkpoint_text,
    sign_checkpoint,
    trust,
    with_cosignatures,
)
from app.transparency.errors import (
    NotACheckpoint,
    NotANoteKey,
    NotASignedNote,
    NoteNotSigned,
    NoteSignatureWrong,
    OriginNotKnown,
    QuorumImpossible,
)
from app.transparency.model import Checkpoint, Signed, TrustedLog
from app.transparency.note import (
    parse_note,
    parse_vkey,
    sign_note,
    sign_text,
    vkey,
    write_signatures,
)
from app.transparency.tree import EMPTY_ROOT
from app.transparency.wire import decimal_of, hash_of
from tests.transparency.keys import signer, witness

VECTORS = Path(__file__).parent.parent / "vectors" / "log"
# What two running logs have published; the second with the cosignatures of witnesses.
GO_KEY = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
GO = (VECTORS / "go-checksum-database.checkpoint.txt").read_bytes()
ARCHE_KEY = (
    "arche2025h1.staging.ct.transparency.dev+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f"
)
REMORA_KEY = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"
ARCHE = (VECTORS / "certificate-log-cosigned.checkpoint.txt").read_bytes()
# The example of C2SP tlog-checkpoint and tlog-cosignature; its keys are not published.
SOFA = (VECTORS / "c2sp-cosigned.checkpoint.txt").read_bytes()

LOG, OTHER = signer("example.org/log"), signer("example.org/other")
ONE, TWO = witness("one.example"), witness("two.example")
HEAD = Checkpoint("example.org/log", 5, bytes(range(32)))
TRUSTED = [TrustedLog("example.org/log", (LOG.key,))]
SIGNED = sign_checkpoint(HEAD, LOG)


# --- checkpoints of others ----------------------------------------------------------------------


def test_a_checkpoint_of_the_go_checksum_database() -> None:
    log = TrustedLog("go.sum database tree", (parse_vkey(GO_KEY),))
    opened = open_checkpoint(GO, [log], [], holds)
    assert opened.checkpoint.size == 30_055_305
    assert opened.by == (Signed(parse_vkey(GO_KEY)),)


def test_a_checkpoint_of_a_certificate_log_with_its_witness() -> None:
    policy = trust([ARCHE_KEY], [REMORA_KEY], 1)
    opened = open_checkpoint(ARCHE, policy.logs, policy.witnesses, holds)
    assert opened.checkpoint.origin == "arche2025h1.staging.ct.transparency.dev"
    assert opened.cosigned == (Signed(parse_vkey(REMORA_KEY), 0x6A122120),)
    with pytest.raises(NoteSignatureWrong, match=r"arche2025h1"):
        open_checkpoint(ARCHE.replace(b"1432088532", b"1432088533"), policy.logs, (), holds)


def test_the_example_of_the_specification_is_read() -> None:
    note = parse_note(SOFA)
    read = parse_checkpoint_text(note.text)
    assert (read.origin, read.size) == ("example.com/behind-the-sofa", 20_852_163)
    assert checkpoint_text(read) == note.text
    assert int.from_bytes(note.signatures[1].signature[:8], "big") == 1_679_315_147


# --- the text -----------------------------------------------------------------------------------

ORIGINS = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=40)


@given(ORIGINS, st.integers(1, 2**63 - 1), st.binary(min_size=32, max_size=32), st.lists(ORIGINS))
def test_every_checkpoint_is_read_back(
    origin: str, size: int, root: bytes, extensions: list[str]
) -> None:
    checkpoint = Checkpoint(origin, size, root, tuple(extensions))
    assert parse_checkpoint_text(checkpoint_text(checkpoint)) == checkpoint


ROOT = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no end"),
        (f"a\n1\n{ROOT}", "no end"),
        ("\n", "fewer than three"),
        ("a\n1\n", "fewer than three"),
        (f"\n1\n{ROOT}\n", "a line is empty"),
        (f"a\n1\n{ROOT}\n\n", "a line is empty"),
        (f"a\n1\n{ROOT}\n\nb\n", "a line is empty"),
        (f"a\n01\n{ROOT}\n", "no size"),
        (f"a\n-1\n{ROOT}\n", "no size"),
        (f"a\n+1\n{ROOT}\n", "no size"),
        (f"a\n1 \n{ROOT}\n", "no size"),
        (f"a\n1_0\n{ROOT}\n", "no size"),
        (f"a\n\u0661\n{ROOT}\n", "no size"),
        (f"a\n9223372036854775808\n{ROOT}\n", "no size"),
        (f"a\n99999999999999999999\n{ROOT}\n", "no size"),
        (f"a\n1\n{ROOT[:-1]}\n", "no hash"),
        (f"a\n1\n{ROOT[:-4]}\n", "no hash"),
        (f"a\n1\nAAAA{ROOT}\n", "no hash"),
        (f"a\n1\n{ROOT[:-2]}J=\n", "no hash"),
        (f"a\n1\n{ROOT.replace('/', '_')}\n", "no hash"),
        (f"a\n0\n{ROOT}\n", "without entries"),
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str, why: str) -> None:
    with pytest.raises(NotACheckpoint, match=why):
        parse_checkpoint_text(text)


@pytest.mark.parametrize(
    "checkpoint",
    [
        Checkpoint("", 1, bytes(32)),
        Checkpoint("a\nb", 1, bytes(32)),
        Checkpoint("a", -1, bytes(32)),
        Checkpoint("a", 2**63, bytes(32)),
        Checkpoint("a", 1, bytes(31)),
        Checkpoint("a", 0, bytes(32)),
        Checkpoint("a", 1, bytes(32), ("",)),
        Checkpoint("a", 1, bytes(32), ("b\nc",)),
    ],
)
def test_what_no_reader_would_accept_is_not_signed(checkpoint: Checkpoint) -> None:
    with pytest.raises(NotACheckpoint):
        checkpoint_text(checkpoint)


def test_numbers_and_hashes_have_one_spelling() -> None:
    assert decimal_of("9223372036854775807") == 2**63 - 1
    assert decimal_of("0") == 0
    assert decimal_of("1\n") is None
    assert hash_of(ROOT) is not None
    assert hash_of(ROOT + "\n") is None


# --- signed -------------------------------------------------------------------------------------


def test_a_log_signs_under_its_origin() -> None:
    assert SIGNED.startswith(
        b"example.org/log\n5\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n\n"
    )
    opened = open_checkpoint(SIGNED, TRUSTED, [ONE.key], holds)
    assert opened.checkpoint == HEAD
    assert opened.by == (Signed(LOG.key),)
    assert opened.cosigned == ()
    with pytest.raises(NotACheckpoint, match="does not sign for another log"):
        sign_checkpoint(HEAD, OTHER)


def test_an_empty_log_has_a_checkpoint() -> None:
    empty = Checkpoint("example.org/log", 0, EMPTY_ROOT)
    data = sign_checkpoint(empty, LOG)
    assert open_checkpoint(data, TRUSTED, [], holds).checkpoint == empty


def test_only_a_trusted_log_is_believed() -> None:
    with pytest.raises(OriginNotKnown, match=r"example\.org/log"):
        open_checkpoint(SIGNED, [TrustedLog("example.org/other", (LOG.key,))], [], holds)
    with pytest.raises(OriginNotKnown):
        open_checkpoint(SIGNED, [], [], holds)
    for_another = sign_note(checkpoint_text(HEAD), [OTHER])
    both = [*TRUSTED, TrustedLog("example.org/other", (OTHER.key,))]
    with pytest.raises(NoteNotSigned, match=r"signed by example\.org/other"):
        open_checkpoint(for_another, both, [], holds)
    impostor = signer("example.org/log", seed=b"impostor")
    with pytest.raises(NoteNotSigned):
        open_checkpoint(sign_checkpoint(HEAD, impostor), TRUSTED, [], holds)
    with pytest.raises(NotASignedNote):
        open_checkpoint(b"", TRUSTED, [], holds)
    with pytest.raises(NotACheckpoint):
        open_checkpoint(sign_note("hello\n", [LOG]), TRUSTED, [], holds)


def test_a_log_may_change_its_key() -> None:
    new = signer("example.org/log", seed=b"new")
    policy = trust([vkey(LOG.key), vkey(new.key), vkey(OTHER.key)])
    assert policy.logs == (
        TrustedLog("example.org/log", (LOG.key, new.key)),
        TrustedLog("example.org/other", (OTHER.key,)),
    )
    both = sign_note(checkpoint_text(HEAD), [LOG, new])
    assert len(open_checkpoint(both, policy.logs, [], holds).by) == 2
    assert open_checkpoint(both, TRUSTED, [], holds).by == (Signed(LOG.key),)


def test_a_policy_that_nobody_can_meet_is_refused() -> None:
    log, one, two = vkey(LOG.key), vkey(ONE.key), vkey(TWO.key)
    assert trust([log], [one, two], 2).quorum == 2
    with pytest.raises(QuorumImpossible, match="2 witnesses are named"):
        trust([log], [one, two], 3)
    with pytest.raises(QuorumImpossible):
        trust([log], [], -1)
    with pytest.raises(QuorumImpossible, match="not a witness's"):
        trust([log], [one, vkey(OTHER.key)], 2)
    with pytest.raises(QuorumImpossible, match="named twice"):
        trust([log], [one, one], 2)
    with pytest.raises(NotANoteKey):
        trust([log[:-1]])


def test_cosignatures_are_added_to_a_checkpoint() -> None:
    known = [ONE.key, TWO.key]
    text = checkpoint_text(HEAD)
    stranger = witness("stranger.example")
    answer = write_signatures(
        [sign_text(text, ONE, 100), sign_text(text, stranger, 100), sign_text(text, TWO, 101)]
    )
    data = with_cosignatures(SIGNED, answer, known, holds)
    assert data.startswith(SIGNED)
    opened = open_checkpoint(data, TRUSTED, known, holds)
    assert opened.cosigned == (Signed(ONE.key, 100), Signed(TWO.key, 101))
    assert "stranger" not in data.decode()

    again = with_cosignatures(data, write_signatures([sign_text(text, ONE, 200)]), known, holds)
    opened = open_checkpoint(again, TRUSTED, known, holds)
    assert opened.cosigned == (Signed(TWO.key, 101), Signed(ONE.key, 200))
    assert with_cosignatures(again, answer, [], holds) == again


def test_a_cosignature_over_something_else_is_not_added() -> None:
    answer = write_signatures([sign_text("else\n", ONE, 100)])
    with pytest.raises(NoteSignatureWrong, match=r"one\.example"):
        with_cosignatures(SIGNED, answer, [ONE.key], holds)
    with pytest.raises(NotASignedNote):
        with_cosignatures(SIGNED, b"sorry", [ONE.key], holds)
