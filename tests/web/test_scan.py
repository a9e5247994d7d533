"""The front door of scans, over real HTTP, on both databases."""

import json
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from app.kit.clock import now
from app.kit.codes import LabelCode, check_character
from app.kit.strict_json import parse_strict
from app.labels.find import RowAltered
from app.labels.model import WithdrawalReason
from app.labels.withdraw import reinstate, revoke, suspend
from app.storage.engine import writing
from app.web.answer import takes_gzip, wanted_type
from tests.web.serving import Served

JSON_ONLY = {"accept": "application/json"}


def scan(served: Served, code: str, **headers: str) -> httpx.Response:
    return served.http.get(f"/l/{code}", headers={**JSON_ONLY, **headers})


def test_a_valid_label_answers_with_its_statement_and_every_check(served: Served) -> None:
    label = served.installation.issue()
    answer = scan(served, label.code)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "max-age=30, must-revalidate"
    assert answer.headers["vary"] == "Accept, Accept-Language"
    result = answer.json()
    assert result["verdict"] == "valid"
    assert result["label"] == label.code
    assert result["supersededBy"] is None
    assert result["statement"] == json.loads(label.statement)
    assert label.statement in answer.content  # the very bytes that were signed
    assert {check["check"]: check["result"] for check in result["checks"]} == {
        "structure": "passed",
        "issuer": "passed",
        "signature": "passed",
        "stages": "passed",
        "dates": "passed",
        "status": "passed",
        "log": "skipped",
    }
    assert set(result["checks"][0]) == {"check", "result", "reason", "checkedAt"}


def test_the_statement_is_served_as_it_was_signed(served: Served) -> None:
    label = served.installation.issue()
    for path, headers in (
        (f"/l/{label.code}/statement", {}),
        (f"/l/{label.code}", {"accept": "application/vc"}),
    ):
        answer = served.http.get(path, headers=headers)
        assert answer.content == label.statement
        assert answer.headers["content-type"] == "application/vc"
        assert "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", "text/html"),
        ("*/*", "text/html"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
        ("image/png", "text/html"),
        ("application/*", "text/html"),
        ("application/json", "application/json"),
        ("APPLICATION/JSON; charset=utf-8", "application/json"),
        ("application/json, */*", "application/json"),
        ("text/html;q=0.5, application/json", "application/json"),
        ("application/json;q=0.5, text/html", "text/html"),
        ("application/json;q=0", "text/html"),
        ("application/json;q=rubbish", "text/html"),
        ("application/vc", "application/vc"),
        (",,;;q=,\xff", "text/html"),
    ],
)
def test_the_page_is_for_whoever_does_not_name_another_type(accept: str, kind: str) -> None:
    assert wanted_type(accept.encode("latin-1")) == kind


def test_gzip_goes_only_to_who_takes_it() -> None:
    assert takes_gzip(b"gzip, deflate, br")
    assert takes_gzip(b"deflate, GZIP;q=0.5")
    assert takes_gzip(b"*")
    assert not takes_gzip(b"br")
    assert not takes_gzip(b"gzip;q=0")
    assert not takes_gzip(b"")


def test_the_page_comes_in_the_readers_language(served: Served) -> None:
    code = served.issued()
    chinese = served.http.get(f"/l/{code}", headers={"accept-language": "zh-CN,zh;q=0.9"})
    english = served.http.get(f"/l/{code}?lang=en", headers={"accept-language": "zh-CN"})
    assert chinese.headers["content-type"] == "text/html; charset=utf-8"
    assert chinese.headers["content-language"] == "zh-CN"
    assert "爱媛橙" in chinese.text
    assert "真实有效" in chinese.text
    assert "Genuine and in force" in english.text
    assert "0.2956" in english.text
    assert "default-src 'none'" in english.headers["content-security-policy"]
    assert "set-cookie" not in english.headers


def test_a_page_that_the_client_has_is_not_sent_again(served: Served) -> None:
    code = served.issued()
    first = served.http.get(f"/l/{code}")
    again = served.http.get(f"/l/{code}", headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304
    assert not again.content
    assert again.headers["cache-control"] == first.headers["cache-control"]
    plain = served.http.get(f"/l/{code}", headers={"accept-encoding": "identity"})
    assert plain.headers["etag"] != first.headers["etag"]
    assert plain.text == first.text
    other = served.http.get(f"/l/{code}", headers={"if-none-match": '"other"'})
    assert other.status_code == 200


def test_withdrawals_show_at_once(served: Served) -> None:
    code = LabelCode(served.issued())
    page_before = served.http.get(f"/l/{code}?lang=en").text

    def verdict() -> str:
        return str(scan(served, code).json()["verdict"])

    with served.installation.at_desk() as (session, desk):
        suspend(session, desk, code, WithdrawalReason.ERROR_IN_DATA, now())
    assert verdict() == "suspended"
    assert served.http.get(f"/l/{code}?lang=en").text != page_before
    with served.installation.at_desk() as (session, desk):
        reinstate(session, desk, code, now())
    assert verdict() == "valid"
    with served.installation.at_desk() as (session, desk):
        revoke(session, desk, code, WithdrawalReason.FRAUD, now())
    assert verdict() == "revoked"
    assert "0.2956 kg" not in served.http.get(f"/l/{code}").text.split("</h1>")[0]


def test_a_reissued_label_leads_to_its_successor(served: Served) -> None:
    old = served.installation.issue()
    new = served.installation.issue(replaces=old.code, reason=WithdrawalReason.ERROR_IN_DATA)
    result = scan(served, old.code).json()
    assert result["verdict"] == "superseded"
    assert result["supersededBy"] == new.url
    assert f"/l/{new.code}" in served.http.get(f"/l/{old.code}").text
    latest = served.http.get(f"/l/{old.code}/latest")
    assert (latest.status_code, latest.headers["location"]) == (307, f"/l/{new.code}")


def test_a_renewal_leaves_the_old_label_valid(served: Served) -> None:
    old = served.installation.issue()
    new = served.installation.issue(renews=old.code)
    assert scan(served, old.code).json()["verdict"] == "valid"
    assert served.http.get(f"/l/{old.code}/latest").headers["location"] == f"/l/{new.code}"


def test_dates_are_judged_on_every_scan(served: Served) -> None:
    past = now() - timedelta(hours=20)  # the register's clock never steps back: the oldest first
    over = served.installation.issue(now=past, valid_until=past + timedelta(hours=1))
    assert scan(served, over.code).json()["verdict"] == "expired"
    later = served.installation.issue(valid_from=now() + timedelta(days=2))
    assert scan(served, later.code).json()["verdict"] == "not-yet-valid"


def test_upper_case_answers_the_same_and_other_spellings_are_redirected(served: Served) -> None:
    code = served.issued()
    upper = served.http.get(f"/L/{code}", headers=JSON_ONLY)
    assert upper.status_code == 200
    assert upper.headers["content-location"] == f"/l/{code}"
    dashed = f"{code[:4]}-{code[4:8]}-{code[8:]}".lower()
    for typed in (code.lower(), dashed, code.replace("0", "o").replace("1", "l")):
        if typed == code:
            continue
        answer = served.http.get(f"/l/{typed}.json?lang=en")
        assert answer.status_code == 308
        assert answer.headers["location"] == f"/l/{code}.json?lang=en"
    assert served.http.get(f"/L/{dashed}").headers["location"] == f"/l/{code}"


@pytest.mark.parametrize("form", ["json", "page"])
def test_a_code_without_a_label_is_unknown_and_a_wrong_one_mistyped(
    served: Served, form: str
) -> None:
    absent = "7Q4K2M9X" + check_character("7Q4K2M9X")
    for typed, reason in ((absent, "no-such-label"), ("7Q4K2M9XH", "mistyped"), ("x", "mistyped")):
        if form == "json":
            answer = scan(served, typed)
            assert answer.json()["verdict"] == "unknown"
            assert answer.json()["checks"][0]["reason"] == reason
            assert set(answer.json()) == {
                "verdict",
                "label",
                "checks",
                "statement",
                "supersededBy",
                "verifiedAt",
            }
        else:
            answer = served.http.get(f"/l/{typed}")
            assert answer.headers["content-type"].startswith("text/html")
        assert answer.status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/l/",
        "/l//",
        "/l/../api/v1/labels",
        "/l/%00",
        "/l/%2e%2e%2f",
        "/l/<script>alert(1)</script>",
        "/l/" + "7" * 5000,
        "/l/%F0%A0%AE%B7",
        "/L/٧٧٧٧٧٧٧٧٧",
    ],
)
def test_odd_paths_are_unknown_and_never_break_the_page(served: Served, path: str) -> None:
    answer = served.http.get(path)
    assert answer.status_code in {401, 404}
    assert "<script" not in answer.text.lower()


def test_only_reading_is_allowed(served: Served) -> None:
    code = served.issued()
    assert served.http.head(f"/l/{code}").status_code == 200
    assert not served.http.head(f"/l/{code}").content
    refused = served.http.post(f"/l/{code}", content=b"x")
    assert refused.status_code == 405
    assert "GET" in refused.headers["allow"]
    assert served.http.options(f"/l/{code}").status_code == 204


def test_a_row_altered_behind_our_back_is_never_valid(served: Served) -> None:
    genuine = served.installation.issue()
    with served.installation.at_desk() as (session, desk):
        revoke(session, desk, genuine.code, WithdrawalReason.FRAUD, now())
    with writing(served.installation.engine) as session:
        session.connection().execute(
            text("UPDATE label SET status = 0 WHERE code = :code"), {"code": genuine.code}
        )
    result = scan(served, genuine.code).json()
    assert result["verdict"] == "undetermined"
    assert {"check": "status", "result": "error", "reason": "row-altered"}.items() <= next(
        check for check in result["checks"] if check["check"] == "status"
    ).items()
    page = served.http.get(f"/l/{genuine.code}?lang=en")
    assert "Genuine and in force" not in page.text
    statement = served.http.get(f"/l/{genuine.code}/statement")
    assert statement.headers["cache-control"] == "no-store"


def test_flipped_bytes_of_a_stored_statement_are_a_forgery(served: Served) -> None:
    label = served.installation.issue()
    forged = label.statement.replace(b"0.2956", b"0.0956")
    with writing(served.installation.engine) as session:
        session.connection().execute(
            text("UPDATE label SET statement = :forged WHERE code = :code"),
            {"forged": forged, "code": label.code},
        )
    assert scan(served, label.code).json()["verdict"] == "forged"
    assert "0.0956" not in served.http.get(f"/l/{label.code}").text


def test_a_genuine_statement_under_another_code_is_a_forgery(served: Served) -> None:
    first, second = served.installation.issue(), served.installation.issue()
    with writing(served.installation.engine) as session:
        session.connection().execute(
            text("UPDATE label SET statement = :other WHERE code = :code"),
            {"other": second.statement, "code": first.code},
        )
    assert scan(served, first.code).json()["verdict"] == "forged"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_without_its_database_the_service_says_that_it_cannot_confirm(served: Served) -> None:
    code = served.issued()
    assert scan(served, code).json()["verdict"] == "valid"
    path = Path(served.installation.url.removeprefix("sqlite:///"))
    with sqlite3.connect(path) as database:
        database.execute("ALTER TABLE label RENAME TO hidden")
    for headers in ({}, JSON_ONLY):
        answer = served.http.get(f"/l/{code}", headers=headers)
        assert answer.status_code == 503
        assert answer.headers["cache-control"] == "no-store"
        assert int(answer.headers["retry-after"]) > 0
    assert answer.json()["verdict"] == "undetermined"


def test_the_time_of_a_check_is_when_it_was_made(served: Served) -> None:
    yesterday = now() - timedelta(days=1)
    label = served.installation.issue(now=yesterday)
    checks = {check["check"]: check for check in scan(served, label.code).json()["checks"]}
    signed = datetime.fromisoformat(checks["signature"]["checkedAt"])
    judged = datetime.fromisoformat(checks["dates"]["checkedAt"])
    assert signed == label.issued_at
    assert judged - signed >= timedelta(hours=23)


@pytest.mark.parametrize(
    "altered",
    [b'{},"verdict":"valid"', b"", b"null", b'{"a":1,"a":2}', b"\xff", b"[1]"],
    ids=["closing-brace", "empty", "null", "twice", "no-utf-8", "list"],
)
def test_altered_bytes_cannot_add_a_word_to_the_answer(served: Served, altered: bytes) -> None:
    label = served.installation.issue()
    with writing(served.installation.engine) as session:
        session.connection().execute(
            text("UPDATE label SET statement = :altered WHERE code = :code"),
            {"altered": altered, "code": label.code},
        )
    result = parse_strict(scan(served, label.code).content, 100_000)  # refuses a key twice
    assert result["verdict"] == "forged"
    assert served.http.get("/").status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        "issued_at = 'garbage'",
        "valid_until = '2099-01-01T00:00:00Z'",
        "status_reason = '<x>'",
        "status = 99",
        "digest = 'x'",
        "url = 'https://other.example/l/7Q4K2M9XG'",
        "status_index = status_index + 1",
        "renews = code",
    ],
)
def test_no_column_of_a_row_can_be_changed_unnoticed(served: Served, change: str) -> None:
    label = served.installation.issue()
    with writing(served.installation.engine) as session:
        session.connection().execute(text(f"UPDATE label SET {change}"))  # noqa: S608 - ours
    assert scan(served, label.code).json()["verdict"] == "undetermined"
    home = served.http.get("/")
    assert home.status_code == 200
    assert label.code not in home.text
    with served.installation.at_desk() as (session, desk), pytest.raises(RowAltered):
        revoke(session, desk, label.code, WithdrawalReason.FRAUD, now())


def test_a_label_has_no_other_documents(served: Served) -> None:
    code = served.issued()
    assert served.http.get(f"/l/{code}/").headers["location"] == f"/l/{code}"
    answer = served.http.get(f"/l/{code}/nothing", headers=JSON_ONLY)
    assert answer.status_code == 404
    assert answer.json()["label"] == code
    assert answer.json()["checks"][0]["reason"] == "no-such-document"
    page = served.http.get(f"/l/{code}/nothing")
    assert page.status_code == 404
    assert f"/l/{code}" in page.text
