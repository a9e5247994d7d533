"""Bad input: refused with the field and the mend, and nothing is stored."""

import json
import tracemalloc
from typing import Any

import httpx
import pytest

from app.footprints.file import MAX_BYTES
from tests.footprints.vectors import vectors
from tests.installation import unique_example
from tests.web.serving import JSON, Served

MEBIBYTE = 1 << 20


def stored(served: Served) -> list[Any]:
    found: list[Any] = served.certifier("GET", "/footprints").json()["footprints"]
    return found


def test_every_bad_footprint_file_is_refused_with_its_flaws(served: Served) -> None:
    tried = 0
    for vector in vectors():
        answer = served.producer.hand_in(vector.data)
        told = answer.json()
        if len(vector.data) > MAX_BYTES:
            assert answer.status_code == 413, vector.name
            continue
        assert (answer.status_code, told["code"]) == (422, "footprint-refused"), vector.name
        got = [(flaw["field"], flaw["code"]) for flaw in told["flaws"]]
        assert sorted(got) == sorted(vector.flaws), vector.name
        assert any(vector.says in flaw["message"] for flaw in told["flaws"]), vector.name
        assert all(ord(character) >= 32 for flaw in told["flaws"] for character in flaw["message"])
        tried += 1
    assert tried > 90
    assert stored(served) == []


def test_fifty_megabytes_are_refused(served: Served) -> None:
    answer = served.producer("POST", "/footprints", content=b" " * (50 * MEBIBYTE), headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (413, "document-too-large")
    assert answer.json()["size"] == 50 * MEBIBYTE
    assert answer.json()["limit"] == MAX_BYTES
    assert stored(served) == []


def test_a_body_of_unknown_length_is_not_kept_in_memory(served: Served) -> None:
    chunk = b" " * MEBIBYTE
    tracemalloc.start()
    try:
        chunks = (chunk for _ in range(50))
        answer = served.producer("POST", "/footprints", content=chunks, headers=JSON)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (answer.status_code, answer.json()["code"]) == (413, "document-too-large")
    assert answer.json()["size"] < 3 * MEBIBYTE  # refused as soon as it was too large
    assert peak < 15 * MEBIBYTE  # of client and server together
    assert stored(served) == []


def test_the_largest_file_is_still_read(served: Served) -> None:
    file = unique_example()
    assert served.producer.hand_in(file + b" " * (MAX_BYTES - len(file))).status_code == 201
    assert served.producer.hand_in(file + b" " * (MAX_BYTES - len(file) + 1)).status_code == 413


def test_small_bodies_stay_small(served: Served) -> None:
    body = b'{"footprint": "F0123456789abcdef"' + b" " * 65536 + b"}"
    answer = served.certifier("POST", "/labels", content=body, headers=JSON)
    assert (answer.status_code, answer.json()["limit"]) == (413, 65536)


@pytest.mark.parametrize(
    "content_type",
    [None, "text/plain", "application/x-www-form-urlencoded", "application/json; charset=gbk"],
)
def test_a_body_must_say_that_it_is_json_but_a_footprint_file_need_not(
    served: Served, content_type: str | None
) -> None:
    headers = {} if content_type is None else {"content-type": content_type}
    answer = served.certifier("POST", "/labels", content=b"{}", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (415, "content-type-not-json")
    utf8 = {"content-type": 'Application/JSON; Charset="UTF-8"'}
    assert served.certifier("POST", "/labels", content=b"{}", headers=utf8).status_code == 422
    file = served.producer("POST", "/footprints", content=unique_example(), headers=headers)
    assert file.status_code == 201


def flaws(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 422, answer.text
    told = answer.json()
    assert told["code"] == "request-refused"
    assert all(flaw["message"] for flaw in told["flaws"])
    return {flaw["field"]: flaw["code"] for flaw in told["flaws"]}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, {"level": "key-missing", "verifiedOn": "key-missing"}),
        ([], {"": "wrong-shape"}),
        (None, {"": "wrong-shape"}),
        (
            {"level": "total", "verifiedOn": "2026-02-30", "extra": 1},
            {"level": "level-unknown", "verifiedOn": "not-a-time", "extra": "key-unknown"},
        ),
        (
            {"level": 1, "verifiedOn": 20260101},
            {"level": "level-unknown", "verifiedOn": "not-a-time"},
        ),
        (
            {"level": "limited", "verified_on": "2026-01-01"},
            {"verifiedOn": "key-missing", "verified_on": "key-unknown"},
        ),
    ],
)
def test_every_field_of_an_acceptance_is_named(
    served: Served, body: object, expected: dict[str, str]
) -> None:
    footprint = served.producer.hand_in(unique_example()).json()["id"]
    path = f"/footprints/{footprint}/acceptance"
    answer = served.certifier("POST", path, content=json.dumps(body), headers=JSON)
    assert flaws(answer) == expected
    assert stored(served)[0]["state"] == "received"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"footprint": "F1"}, {"footprint": "not-a-footprint-id"}),
        ({"footprint": "F0123456789abcde\0"}, {"footprint": "not-a-footprint-id"}),
        (
            {"footprint": "F0123456789abcdef", "validFrom": "tomorrow", "validUntil": 7},
            {"validFrom": "not-a-time", "validUntil": "not-a-time"},
        ),
        (
            {"footprint": "F0123456789abcdef", "validFrom": "9999-12-31T23:59:59Z"},
            {"validFrom": "time-out-of-range"},
        ),
        (
            {"footprint": "F0123456789abcdef", "validUntil": "2026-01-01T00:00:00"},
            {"validUntil": "not-a-time"},  # of which place?
        ),
    ],
)
def test_every_field_of_an_order_is_named(
    served: Served, body: dict[str, object], expected: dict[str, str]
) -> None:
    assert flaws(served.certifier("POST", "/labels", json=body)) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"reason": "because"}, {"reason": "reason-unknown"}),
        ({"reason": "fraud", "note": "a\u202eb"}, {"note": "hidden-character"}),
        ({"reason": "fraud", "note": "x" * 1001}, {"note": "text-too-long"}),
        ({"reason": "fraud", "note": "  "}, {"note": "text-blank"}),
        ({"reason": "fraud", "note": ["x"]}, {"note": "not-a-text"}),
    ],
)
def test_every_field_of_a_withdrawal_is_named(
    served: Served, body: dict[str, object], expected: dict[str, str]
) -> None:
    code = served.issued()
    for act in ("suspension", "revocation"):
        assert flaws(served.certifier("POST", f"/labels/{code}/{act}", json=body)) == expected
    assert served.certifier("GET", f"/labels/{code}").json()["status"] == "in-force"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"reason": "fraud", "reason": "fraud"}',
        b'{"reason": NaN}',
        b'{"reason": "\\ud800"}',
        b"[" * 1000,
        b'{"reason": "fraud"} {}',
    ],
)
def test_a_body_has_one_meaning(served: Served, body: bytes) -> None:
    code = served.issued()
    answer = served.certifier("POST", f"/labels/{code}/revocation", content=body, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (422, "not-strict-json")
    assert served.certifier("GET", f"/labels/{code}").json()["status"] == "in-force"


def test_what_the_day_or_the_rule_forbids_is_said(served: Served) -> None:
    footprint = served.producer.hand_in(unique_example()).json()["id"]
    path = f"/footprints/{footprint}/acceptance"
    answer = served.certifier("POST", "/labels", json={"footprint": footprint})
    assert (answer.status_code, answer.json()["code"]) == (409, "footprint-not-accepted")
    wanted = {"level": "limited", "verifiedOn": "2199-01-01"}
    answer = served.certifier("POST", path, json=wanted)
    assert (answer.status_code, answer.json()["code"]) == (422, "verified-in-the-future")
    assert served.certifier.accept(footprint).status_code == 201
    answer = served.certifier.accept(footprint)
    assert (answer.status_code, answer.json()["code"]) == (409, "footprint-already-accepted")
    for dates, field in (
        ({"validFrom": "2001-01-01T00:00:00Z"}, "validFrom"),
        ({"validUntil": "2199-01-01T00:00:00Z"}, "validUntil"),
        ({"validUntil": "2001-01-01T00:00:00Z"}, "validUntil"),
    ):
        answer = served.certifier("POST", "/labels", json={"footprint": footprint, **dates})
        assert (answer.status_code, answer.json()["code"]) == (422, "label-order-refused")
        assert [flaw["field"] for flaw in answer.json()["flaws"]] == [field]
    assert served.certifier("GET", "/labels").json() == {"labels": []}


@pytest.mark.parametrize("footprint", ["F1", "%00", "F0123456789abcde%00", "中文", "x" * 4000])
def test_an_id_that_is_none_is_not_found(served: Served, footprint: str) -> None:
    for path in ("", "/file"):
        answer = served.producer("GET", f"/footprints/{footprint}{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "footprint-not-found")
    answer = served.certifier.accept(footprint)
    assert answer.status_code == 404
