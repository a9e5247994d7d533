"""Every verdict, their order of gravity, and what an unfinished check hides."""

import json
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.signing.canonical import canonical
from app.signing.did import KeyState
from app.statements.build import Identity
from app.statements.model import Judgement, Outcome, Verdict, is_development_origin
from app.statements.verify import GRAVITY, Issuer, KnownKey, Standing, World, judge, verify
from tests.statements.making import (
    FROM,
    KEY_ID,
    NAMES,
    NOW,
    PUBLIC,
    SIGNER,
    STRANGER,
    UNTIL,
    URL,
    judged,
    reasons,
    resigned,
    signed,
    unsigned,
)

SECOND = timedelta(seconds=1)
FORGED = canonical(resigned(unsigned(), STRANGER))


def outcome(judgement: Judgement, check: str) -> tuple[Outcome, str]:
    return next((made.result, made.reason) for made in judgement.checks if made.check == check)


def test_the_verdicts_in_their_order() -> None:
    assert [verdict.value for verdict in GRAVITY] == [
        "forged",
        "revoked",
        "superseded",
        "suspended",
        "expired",
        "not-yet-valid",
        "valid",
    ]


@pytest.mark.parametrize(
    ("now", "verdict"),
    [
        (FROM - SECOND, Verdict.NOT_YET_VALID),
        (FROM, Verdict.VALID),
        (UNTIL, Verdict.VALID),
        (UNTIL + SECOND, Verdict.EXPIRED),
    ],
)
def test_both_ends_of_the_validity_belong_to_it(now: datetime, verdict: Verdict) -> None:
    assert judged(signed(), now=now).verdict is verdict


@pytest.mark.parametrize(
    ("standing", "verdict"),
    [
        (Standing(), Verdict.VALID),
        (Standing(suspended=True), Verdict.SUSPENDED),
        (Standing(revoked=True), Verdict.REVOKED),
        (Standing(revoked=True, suspended=True), Verdict.REVOKED),
        (Standing(revoked=True, superseded=True, superseded_by="u"), Verdict.SUPERSEDED),
        (Standing(unknown="status-unavailable"), Verdict.UNDETERMINED),
        (Standing(revoked=True, unknown="status-expired"), Verdict.UNDETERMINED),
    ],
)
def test_the_standing_decides(standing: Standing, verdict: Verdict) -> None:
    judgement = judged(signed(), standing=standing)
    assert judgement.verdict is verdict
    assert judgement.superseded_by == ("u" if verdict is Verdict.SUPERSEDED else None)


def test_gravity_goes_before_everything() -> None:
    """Of each pair of flaws at once, the graver one is said."""
    late = UNTIL + SECOND
    early = FROM - SECOND
    revoked, suspended = Standing(revoked=True), Standing(suspended=True)
    superseded = Standing(revoked=True, superseded=True)
    assert judged(FORGED, standing=revoked).verdict is Verdict.FORGED
    assert judged(FORGED, standing=Standing(unknown="status-expired")).verdict is Verdict.FORGED
    assert judged(FORGED, now=late).verdict is Verdict.FORGED
    assert judged(signed(), standing=revoked, now=late).verdict is Verdict.REVOKED
    assert judged(signed(), standing=superseded, now=late).verdict is Verdict.SUPERSEDED
    assert judged(signed(), standing=suspended, now=late).verdict is Verdict.SUSPENDED
    assert judged(signed(), standing=suspended, now=early).verdict is Verdict.SUSPENDED


@pytest.mark.parametrize("unknown", ["issuer-not-known", "issuer-not-resolvable"])
def test_an_issuer_that_is_not_known_leaves_it_open(unknown: str) -> None:
    for standing in (Standing(), Standing(revoked=True)):
        judgement = judged(signed(), issuer=Issuer(unknown=unknown), standing=standing)
        assert judgement.verdict is Verdict.UNDETERMINED
        assert outcome(judgement, "issuer") == (Outcome.ERROR, unknown)
        assert outcome(judgement, "signature") == (Outcome.SKIPPED, "no-key")


def test_a_key_that_the_issuer_does_not_have_is_a_forgery() -> None:
    judgement = judged(signed(), issuer=Issuer({f"{KEY_ID}-2": KnownKey(PUBLIC)}))
    assert judgement.verdict is Verdict.FORGED
    assert outcome(judgement, "issuer") == (Outcome.FAILED, "key-unknown")


def test_a_retired_keys_labels_stay_good() -> None:
    judgement = judged(signed(), issuer=Issuer({KEY_ID: KnownKey(PUBLIC, KeyState.RETIRED)}))
    assert judgement.verdict is Verdict.VALID
    assert reasons(judgement)["issuer"] == "key-retired"


SINCE = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("logged_at", "since", "verdict", "reason"),
    [
        (SINCE - SECOND, SINCE, Verdict.REVOKED, "key-compromised"),
        (SINCE, SINCE, Verdict.FORGED, "key-not-trusted"),
        (SINCE + SECOND, SINCE, Verdict.FORGED, "key-not-trusted"),
        (None, SINCE, Verdict.FORGED, "key-not-trusted"),
        (SINCE, None, Verdict.FORGED, "key-not-trusted"),
        (None, None, Verdict.FORGED, "key-not-trusted"),
    ],
)
def test_a_compromised_key(
    logged_at: datetime | None, since: datetime | None, verdict: Verdict, reason: str
) -> None:
    key = KnownKey(PUBLIC, KeyState.COMPROMISED, since)
    judgement = judged(signed(), issuer=Issuer({KEY_ID: key}), logged_at=logged_at)
    assert judgement.verdict is verdict
    assert outcome(judgement, "issuer") == (Outcome.FAILED, reason)


def test_the_time_of_signing_that_a_document_claims_proves_nothing() -> None:
    key = KnownKey(PUBLIC, KeyState.COMPROMISED, SINCE)  # `created` is long before that
    assert judged(signed(), issuer=Issuer({KEY_ID: key})).verdict is Verdict.FORGED


@pytest.mark.parametrize(
    "origin",
    [
        "http://label.example",
        "http://192.168.1.5:8000",
        "https://192.168.1.5",
        "https://localhost",
        "https://localhost.:8443",
        "https://127.0.0.1.",
        "https://2130706433",
    ],
)
def test_a_development_origin_is_good_for_itself_only(origin: str) -> None:
    url = f"{origin}/l/7Q4K2M9XG"
    assert is_development_origin(url)
    data = signed(identity=Identity(url, FROM, UNTIL))
    assert judged(data, own_origin=origin).verdict is Verdict.VALID
    for other in (None, "https://label.example"):
        judgement = judged(data, own_origin=other)
        assert judgement.verdict is Verdict.UNDETERMINED
        assert outcome(judgement, "issuer") == (Outcome.ERROR, "development-origin")


@pytest.mark.parametrize("url", [URL, "https://1.example/l/x", "https://label.example:8443/l/x"])
def test_an_ordinary_origin_is_none(url: str) -> None:
    assert not is_development_origin(url)


@pytest.mark.parametrize("url", ["https://[::1]:8000/l/x", "https://", "", "https://u@127.0.0.1/"])
def test_an_origin_without_a_name_is_one(url: str) -> None:
    assert is_development_origin(url)


def test_nothing_is_said_of_an_unreadable_document_but_that() -> None:
    judgement = judged(b"{}", standing=Standing(revoked=True))
    assert judgement.verdict is Verdict.FORGED
    assert reasons(judgement) == {"structure": "malformed"}
    assert judgement.verified_at == NOW


# --- the order of gravity, against a second implementation that shares nothing with the first ---

_WHAT_A_CHECK_CAN_YIELD = {
    "structure": {"forged"},
    "issuer": {"forged", "revoked"},
    "signature": {"forged"},
    "stages": {"forged"},
    "dates": {"expired", "not-yet-valid"},
    "status": {"revoked", "superseded", "suspended"},
    "log": {"forged"},
}
_ORDER = ["forged", "revoked", "superseded", "suspended", "expired", "not-yet-valid", "valid"]
_REASONS = {
    "structure": ["malformed", "other-label"],
    "issuer": ["key-unknown", "key-not-trusted", "key-compromised"],
    "signature": ["signature-wrong"],
    "stages": ["sum-wrong"],
    "dates": ["expired", "not-yet-valid"],
    "status": ["revoked", "superseded", "suspended"],
    "log": ["log-contradicts"],
}


def reference(found: list[tuple[str, Outcome, str]]) -> str:
    """Say which verdicts are proved, which could still come, and take the gravest proved."""
    proved = {"valid"}
    open_ones: set[str] = set()
    for check, result, reason in found:
        if result is Outcome.FAILED:
            if reason == "key-compromised":
                proved.add("revoked")
            elif check in {"dates", "status"}:
                proved.add(reason)
            else:
                proved.add("forged")
        if result is Outcome.ERROR:
            open_ones |= _WHAT_A_CHECK_CAN_YIELD[check]
    gravest = min(proved, key=_ORDER.index)
    if any(_ORDER.index(verdict) < _ORDER.index(gravest) for verdict in open_ones):
        return "undetermined"
    return gravest


@st.composite
def checks(draw: st.DrawFn) -> list[tuple[str, Outcome, str]]:
    found = []
    for check, failed in _REASONS.items():
        result = draw(st.sampled_from(Outcome))
        reason = draw(st.sampled_from(failed)) if result is Outcome.FAILED else "some-reason"
        found.append((check, result, reason))
    return found


@given(checks())
@settings(max_examples=500)
def test_the_verdict_is_the_references(found: list[tuple[str, Outcome, str]]) -> None:
    judgement = judge(found, NOW, "successor")
    assert judgement.verdict.value == reference(found)
    assert [(c.check, c.result, c.reason) for c in judgement.checks] == found
    assert (judgement.superseded_by is not None) == (judgement.verdict is Verdict.SUPERSEDED)


@pytest.mark.parametrize(
    ("status", "dates", "signature", "verdict"),
    [
        ("passed", "passed", "passed", "valid"),
        ("error", "passed", "passed", "undetermined"),
        ("error", "failed", "passed", "undetermined"),  # it may be worse than expired
        ("passed", "error", "passed", "undetermined"),
        ("failed", "error", "passed", "revoked"),  # no date could make it worse
        ("failed", "failed", "passed", "revoked"),
        ("failed", "passed", "error", "undetermined"),  # it may be forged
        ("failed", "passed", "failed", "forged"),
        ("error", "error", "failed", "forged"),
        ("skipped", "passed", "passed", "valid"),
    ],
)
def test_what_an_unfinished_check_hides(
    status: str, dates: str, signature: str, verdict: str
) -> None:
    found = [
        ("signature", Outcome(signature), "signature-wrong"),
        ("dates", Outcome(dates), "expired"),
        ("status", Outcome(status), "revoked"),
    ]
    assert judge(found, NOW).verdict.value == verdict


# --- hostile bytes ------------------------------------------------------------------------------

WHOLE = signed()


@given(st.integers(0, len(WHOLE) * 8 - 1))
@settings(max_examples=600)
@example(0)
@example(len(WHOLE) * 8 - 1)
def test_no_flipped_bit_is_valid(bit: int) -> None:
    data = bytearray(WHOLE)
    data[bit // 8] ^= 1 << bit % 8
    assert judged(bytes(data)).verdict is Verdict.FORGED


@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255))
@settings(max_examples=600)
def test_no_changed_byte_is_valid(place: int, by: int) -> None:
    data = bytearray(WHOLE)
    data[place] ^= by
    assert judged(bytes(data)).verdict is Verdict.FORGED


@given(st.integers(0, len(WHOLE) - 1), st.binary(max_size=4))
def test_nothing_cut_off_or_added_is_valid(place: int, more: bytes) -> None:
    assert judged(WHOLE[:place] + more).verdict is Verdict.FORGED
    if more.strip():  # blanks around JSON change nothing of what it says
        assert judged(WHOLE + more).verdict is Verdict.FORGED


@given(st.binary(max_size=300) | st.text(max_size=100).map(str.encode))
def test_no_bytes_at_all_raise(data: bytes) -> None:
    assert judged(data).verdict is Verdict.FORGED


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@given(st.data())
@settings(max_examples=300)
def test_no_other_value_in_any_place_raises_or_is_valid(data: st.DataObject) -> None:
    document = json.loads(WHOLE)
    place: Any = document
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        inner = place[key]
        if not isinstance(inner, dict | list) or data.draw(st.booleans()):
            break
        place = inner
    before = json.dumps(document)
    place[key] = data.draw(JSON)
    if json.dumps(document) != before:
        text = json.dumps(document).encode()
        assert judged(text).verdict is Verdict.FORGED
        # Even when the certifier signs it, it does not raise.
        try:
            honest = canonical(resigned(document))
        except Exception:  # noqa: BLE001 - it has no canonical form, so nobody can sign it
            return
        assert isinstance(judged(honest).verdict, Verdict)


@pytest.mark.parametrize("name", NAMES)
def test_every_order_of_keys_and_every_blank_says_the_same(name: str) -> None:
    document = json.loads(signed(name))
    backwards = dict(reversed(document.items()))
    assert judged(json.dumps(backwards, indent=3).encode()).verdict is Verdict.VALID
    assert judged(json.dumps(document, ensure_ascii=False).encode()).verdict is Verdict.VALID
    assert judged(b"\n " + signed(name) + b"\r\n").verdict is Verdict.VALID


def test_all_combinations_of_flaws_yield_the_gravest() -> None:
    times = [(NOW, "valid"), (UNTIL + SECOND, "expired"), (FROM - SECOND, "not-yet-valid")]
    standings = [
        (Standing(), "valid"),
        (Standing(suspended=True), "suspended"),
        (Standing(revoked=True), "revoked"),
        (Standing(revoked=True, superseded=True), "superseded"),
    ]
    documents = [(WHOLE, "valid"), (FORGED, "forged")]
    for (data, a), (now, b), (standing, c) in product(documents, times, standings):
        world = World(now, Issuer({KEY_ID: KnownKey(PUBLIC)}), standing)
        assert verify(data, world).verdict.value == min((a, b, c), key=_ORDER.index)


def test_the_signer_of_these_tests_is_the_right_one() -> None:
    assert SIGNER.key_id == STRANGER.key_id == KEY_ID
