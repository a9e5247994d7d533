"""The work of a producer and a certifier through the API, on the real application."""

import hashlib
import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO
from typing import Any

import httpx
import pytest
import zxingcpp
from PIL import Image

from app.kit.clock import now, stamp
from app.kit.codes import shown
from app.statements.read import read
from tests.installation import unique_example
from tests.web.serving import JSON, Served


def accepted(served: Served) -> str:
    """Hand in and accept fresh oranges through the API; return the footprint's id."""
    handed_in = served.producer.hand_in(unique_example())
    assert handed_in.status_code == 201
    footprint = str(handed_in.json()["id"])
    assert served.certifier.accept(footprint).status_code == 201
    return footprint


def issued(served: Served) -> dict[str, Any]:
    """Issue a label of fresh oranges through the API."""
    answer = served.certifier("POST", "/labels", json={"footprint": accepted(served)})
    assert answer.status_code == 201, answer.text
    label: dict[str, Any] = answer.json()
    return label


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Return the members of a problem that must be this one."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told: dict[str, Any] = answer.json()
    assert told["code"] == code
    assert told["type"] == f"/problems/{code}"
    assert told["status"] == status
    assert answer.headers["cache-control"] == "no-store"
    return told


def test_a_footprint_is_handed_in_once_however_often_it_comes(served: Served) -> None:
    file = unique_example()
    first = served.producer.hand_in(file)
    assert first.status_code == 201
    footprint = first.json()
    assert footprint == {
        "id": footprint["id"],
        "state": "received",
        "producer": "oranges",
        "digest": hashlib.sha256(file).hexdigest(),
        "rule": {"id": "citrus-fruit", "version": "1"},
        "receivedAt": footprint["receivedAt"],
    }
    assert first.headers["location"] == f"/api/v1/footprints/{footprint['id']}"
    again = served.producer.hand_in(file)
    assert again.status_code == 200
    assert again.json() == footprint
    assert served.producer("GET", "/footprints").json() == {"footprints": [footprint]}


def test_the_file_comes_back_byte_for_byte(served: Served) -> None:
    file = json.dumps(json.loads(unique_example()), indent=7).encode() + b"\n\n"
    footprint = served.producer.hand_in(file).json()["id"]
    answer = served.certifier("GET", f"/footprints/{footprint}/file")
    assert answer.content == file
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-disposition"] == f'attachment; filename="{footprint}.json"'


def test_a_label_is_issued_and_everyone_can_scan_it(served: Served) -> None:
    footprint = accepted(served)
    wanted = {"footprint": footprint, "validUntil": stamp(now() + timedelta(days=30))}
    answer = served.certifier("POST", "/labels", json=wanted)
    assert answer.status_code == 201
    label = answer.json()
    assert answer.headers["location"] == f"/api/v1/labels/{label['code']}"
    assert label["url"] == f"https://label.example/l/{label['code']}"
    assert label["productName"] == {"en": "Ehime orange", "zh-CN": "爱媛橙"}
    assert label["text"]["en"] == "0.2956 kgCO2/kg"
    assert label["validUntil"] == wanted["validUntil"]
    assert (label["status"], label["footprint"]) == ("in-force", footprint)
    assert (label["producer"], label["certifier"]) == ("oranges", "demo")
    assert [event["event"] for event in label["events"]] == ["issued"]
    statement = served.http.get(f"/l/{label['code']}/statement").content
    assert hashlib.sha256(statement).hexdigest() == label["digest"]
    assert read(statement).code == label["code"]
    assert served.http.get(f"/l/{label['code']}.json").json()["verdict"] == "valid"
    assert served.producer("GET", f"/labels/{label['code']}").json() == label
    listed = {name: value for name, value in label.items() if name != "events"}
    assert served.producer("GET", "/labels").json() == {"labels": [listed]}
    assert served.producer("GET", f"/footprints/{footprint}").json()["acceptedBy"] == "demo"


def test_a_code_may_be_typed_as_people_type(served: Served) -> None:
    code = served.issued()
    typed = shown(code).lower().replace("0", "o").replace("1", "l")
    assert served.producer("GET", f"/labels/{typed}").json()["code"] == code
    wrong = code[:-1] + ("0" if code[-1] != "0" else "2")
    problem(served.producer("GET", f"/labels/{wrong}"), 404, "code-mistyped")
    problem(served.producer("GET", "/labels/7Q4K2M9XG"), 404, "label-not-found")


def test_an_idempotency_key_gives_the_same_label(served: Served) -> None:
    wanted = {"footprint": accepted(served)}
    key = {"idempotency-key": "order-1"}
    first = served.certifier("POST", "/labels", json=wanted, headers=key)
    again = served.certifier("POST", "/labels", json=wanted, headers=key)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    other = {"footprint": accepted(served)}
    answer = served.certifier("POST", "/labels", json=other, headers=key)
    problem(answer, 422, "idempotency-key-reused")
    answer = served.certifier("POST", "/labels", json=wanted)
    told = problem(answer, 409, "footprint-already-labelled")
    assert told["label"] == first.json()["code"]
    answer = served.certifier("POST", "/labels", json=other, headers={"idempotency-key": "a b"})
    assert problem(answer, 422, "request-refused")["flaws"][0]["field"] == "Idempotency-Key"


def test_a_label_is_suspended_reinstated_and_revoked(served: Served) -> None:
    path = f"/labels/{issued(served)['code']}"
    wanted = {"reason": "producer-request", "note": "while the orchard is audited"}
    answer = served.certifier("POST", f"{path}/suspension", json=wanted)
    assert (answer.status_code, answer.json()["status"]) == (201, "suspended")
    assert answer.json()["reason"] == "producer-request"
    again = served.certifier("POST", f"{path}/suspension", json=wanted)
    problem(again, 409, "label-already-suspended")
    answer = served.certifier("DELETE", f"{path}/suspension")
    assert (answer.status_code, answer.json()["status"]) == (200, "in-force")
    assert "reason" not in answer.json()
    problem(served.certifier("DELETE", f"{path}/suspension"), 409, "label-not-suspended")
    answer = served.certifier("POST", f"{path}/revocation", json={"reason": "fraud"})
    assert (answer.status_code, answer.json()["status"]) == (201, "revoked")
    again = served.certifier("POST", f"{path}/revocation", json={"reason": "fraud"})
    told = problem(again, 409, "label-already-revoked")
    assert told["on"] == answer.json()["since"]
    events = served.producer("GET", path).json()["events"]
    assert [(event["event"], event.get("reason")) for event in events] == [
        ("issued", None),
        ("suspended", "producer-request"),
        ("reinstated", None),
        ("revoked", "fraud"),
    ]


def test_a_label_is_reissued(served: Served) -> None:
    old, footprint = issued(served)["code"], accepted(served)
    wanted = {"footprint": footprint, "reason": "error-in-data"}
    key = {"idempotency-key": "correction"}
    answer = served.certifier("POST", f"/labels/{old}/reissue", json=wanted, headers=key)
    assert answer.status_code == 201
    new = answer.json()
    assert new["replaces"] == old
    assert answer.headers["location"] == f"/api/v1/labels/{new['code']}"
    replaced = served.producer("GET", f"/labels/{old}").json()
    assert (replaced["status"], replaced["supersededBy"]) == ("superseded", new["code"])
    assert replaced["reason"] == "error-in-data"
    again = served.certifier("POST", f"/labels/{old}/reissue", json=wanted, headers=key)
    assert (again.status_code, again.json()["code"]) == (200, new["code"])
    another = {"footprint": accepted(served), "reason": "error-in-data"}
    answer = served.certifier("POST", f"/labels/{old}/reissue", json=another)
    assert problem(answer, 409, "label-already-superseded")["supersededBy"] == new["code"]


def test_a_label_is_renewed_and_the_old_one_stays(served: Served) -> None:
    old = issued(served)["code"]
    wanted = {"footprint": accepted(served), "validFrom": stamp(now() + timedelta(days=7))}
    answer = served.certifier("POST", f"/labels/{old}/renewal", json=wanted)
    assert answer.status_code == 201
    assert (answer.json()["renews"], answer.json()["validFrom"]) == (old, wanted["validFrom"])
    assert served.producer("GET", f"/labels/{old}").json()["status"] == "in-force"


@pytest.mark.parametrize("by", ["producer", "certifier"])
def test_a_label_is_printed(served: Served, by: str) -> None:
    api = getattr(served, by)
    code = served.issued()
    answer = api("GET", f"/labels/{code}/print")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == f'attachment; filename="label-{code}.pdf"'
    assert answer.content.startswith(b"%PDF-")
    answer = api("GET", f"/labels/{shown(code)}/print?format=svg&language=both")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.text.startswith("<svg ")
    answer = api("GET", f"/labels/{code}/print?format=png&dpi=600&language=en")
    assert answer.headers["content-type"] == "image/png"
    (symbol,) = zxingcpp.read_barcodes(Image.open(BytesIO(answer.content)))
    assert symbol.text == f"HTTPS://LABEL.EXAMPLE/L/{code}"


def test_only_a_valid_label_is_printed(served: Served) -> None:
    code = served.issued()
    served.certifier("POST", f"/labels/{code}/revocation", json={"reason": "fraud"})
    told = problem(served.producer("GET", f"/labels/{code}/print"), 409, "label-not-printable")
    assert told["verdict"] == "revoked"


@pytest.mark.parametrize(
    ("query", "status", "code", "names"),
    [
        ("template=none", 422, "template-not-found", "sticker-30"),
        ("format=gif", 422, "request-refused", "format"),
        ("dpi=72", 422, "request-refused", "dpi"),
        ("language=fr", 422, "request-refused", "language"),
        ("langauge=en", 422, "request-refused", "langauge"),
        ("template=" + "x" * 5000, 422, "request-refused", "template"),
        ("template=../../keys", 422, "template-not-found", "keys"),
    ],
)
def test_what_cannot_be_printed_is_said(
    served: Served, query: str, status: int, code: str, names: str
) -> None:
    label = served.issued()
    answer = served.producer("GET", f"/labels/{label}/print?{query}")
    problem(answer, status, code)
    assert names in answer.text


def test_lists_are_cut_and_newest_first(served: Served) -> None:
    ids = [served.producer.hand_in(unique_example()).json()["id"] for _ in range(3)]
    shortened = served.producer("GET", "/footprints?limit=2").json()["footprints"]
    assert len(shortened) == 2
    assert {footprint["id"] for footprint in shortened} < set(ids)
    told = problem(served.producer("GET", "/footprints?limit=0"), 422, "request-refused")
    assert told["flaws"][0]["field"] == "limit"


def test_answers_may_not_be_kept_or_sniffed(served: Served) -> None:
    answer = served.producer("GET", "/labels")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def at_once(served: Served, times: int, method: str, path: str, **request: Any) -> list[Any]:
    """Send the same request so many times at the same moment, as the certifier."""

    def send(_: int) -> httpx.Response:
        with httpx.Client(base_url=served.base_url) as client:
            headers = {
                "authorization": f"Bearer {served.certifier.token}",
                **request.get("headers", {}),
            }
            return client.request(
                method, f"/api/v1{path}", json=request.get("json"), headers=headers
            )

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(send, range(times)))


def test_of_many_at_once_exactly_one_wins(served: Served) -> None:
    footprint = accepted(served)
    answers = at_once(served, 6, "POST", "/labels", json={"footprint": footprint})
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5
    (label,) = served.certifier("GET", "/labels").json()["labels"]
    path = f"/labels/{label['code']}/revocation"
    answers = at_once(served, 6, "POST", path, json={"reason": "fraud"})
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5


def test_one_key_many_times_at_once_makes_one_label(served: Served) -> None:
    wanted = {"footprint": accepted(served)}
    key = {"idempotency-key": "order-2"}
    answers = at_once(served, 6, "POST", "/labels", json=wanted, headers=key)
    assert {answer.status_code for answer in answers} <= {200, 201}
    assert len({answer.json()["code"] for answer in answers}) == 1


def test_one_file_many_times_at_once_is_kept_once(served: Served) -> None:
    file = unique_example()

    def send(_: int) -> httpx.Response:
        with httpx.Client(base_url=served.base_url) as client:
            headers = {"authorization": f"Bearer {served.producer.token}", **JSON}
            return client.post("/api/v1/footprints", content=file, headers=headers)

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(send, range(6)))
    assert {answer.status_code for answer in answers} <= {200, 201}
    assert len({answer.json()["id"] for answer in answers}) == 1


def test_every_moment_in_an_answer_is_utc(served: Served) -> None:
    text = json.dumps(issued(served))
    moments = re.findall(r'"(\d{4}-[^"]+)"', text)
    assert len(moments) >= 5
    assert [m for m in moments if not re.fullmatch(r"[\d-]{10}T[\d:]{8}Z", m)] == []
