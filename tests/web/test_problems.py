import importlib
import json
import logging
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import app
from app.footprints.file import FootprintRefused
from app.kit.clock import now
from app.kit.errors import CarbonLabelError, Flaw
from app.labels.withdraw import LabelAlreadySuperseded
from app.parties.tokens import TokenNotAccepted
from app.printing.errors import FormatNotOffered
from app.signing.key_file import KeyFileUnusable
from app.storage.failure import StorageUnavailable
from app.web.problems import (
    STATUS,
    MethodNotOffered,
    Problem,
    problem_of,
    problem_type,
    problems,
    status_of,
    title_of,
)

# They stand above or beside the web, which may not import them; what they raise ends a command
# or keeps the service from starting, so no request ever meets it.
NEVER_ANSWERED = ("app.cli.", "app.migrations.", "app.main")


def all_errors() -> Iterator[type[CarbonLabelError]]:
    for module in pkgutil.walk_packages(app.__path__, "app."):
        if not module.name.startswith(NEVER_ANSWERED):
            importlib.import_module(module.name)
    waiting = [CarbonLabelError]
    while waiting:
        children = waiting.pop().__subclasses__()
        waiting += children
        yield from (
            error
            for error in children
            if error.__module__.startswith("app.")
            and not error.__module__.startswith(NEVER_ANSWERED)
        )


def test_every_error_has_a_status_of_its_own_or_of_its_family() -> None:
    found = list(all_errors())
    assert len(found) > 50
    without = [error.__qualname__ for error in found if not set(error.__mro__) & set(STATUS)]
    assert without == []
    assert CarbonLabelError not in STATUS  # the root would hide whatever was forgotten


def test_the_table_names_only_statuses_that_are_errors() -> None:
    assert {*STATUS.values()} <= {401, 403, 404, 405, 409, 413, 415, 422, 500, 502, 503}


def test_every_title_is_a_short_fact() -> None:
    for error in all_errors():
        title = title_of(error)
        assert 10 < len(title) <= 100, f"{error.__qualname__}: {title}"
        assert not title.endswith(".")


def members(problem: Problem) -> dict[str, object]:
    response = problem.response("/api/v1/labels/中文 ?")
    assert response.media_type == "application/problem+json"
    document: dict[str, object] = json.loads(bytes(response.body))
    assert document["type"] == problem_type(problem.code)
    assert document["status"] == response.status_code
    assert document["instance"] == "/api/v1/labels/%E4%B8%AD%E6%96%87%20%3F"
    return document


def test_values_at_fault_are_told_in_the_spelling_of_the_api() -> None:
    told = members(problem_of(LabelAlreadySuperseded("7Q4K2M9XG", "00000000")))
    assert told["label"] == "7Q4K2M9XG"
    assert told["supersededBy"] == "00000000"
    assert told["status"] == 409


def test_every_flaw_is_told_once() -> None:
    flaws = [Flaw(f"stages[{i}].value", "not-a-decimal", "Write it as a text.") for i in range(3)]
    told = members(problem_of(FootprintRefused(flaws)))
    assert told["flaws"] == [
        {"field": flaw.field, "code": flaw.code, "message": flaw.message} for flaw in flaws
    ]
    assert "stages" not in str(told["detail"])


def test_who_is_not_known_is_told_how_to_come_in() -> None:
    problem = problem_of(TokenNotAccepted())
    assert problem.status == 401
    assert problem.headers["www-authenticate"].startswith("Bearer ")


def test_who_finds_the_database_closed_is_told_when_to_come_again() -> None:
    problem = problem_of(StorageUnavailable())
    assert problem.status == 503
    assert int(problem.headers["retry-after"]) > 0


def test_other_methods_are_named() -> None:
    assert problem_of(MethodNotOffered("PUT", ["GET", "POST"])).headers["allow"] == "GET, POST"


def test_what_is_ours_to_mend_stays_here_and_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        told = members(problem_of(KeyFileUnusable(Path("secret-name.pem"), "the passphrase")))
    assert told["status"] == 500
    assert told["code"] == "key-file-unusable"
    assert "secret" not in json.dumps(told)
    assert "passphrase" not in json.dumps(told)
    assert "secret-name.pem" in caplog.text


def test_an_error_nobody_mapped_is_ours_to_mend() -> None:
    class NewFact(CarbonLabelError):
        """Something new."""

        code = "new-fact"

    assert status_of(NewFact) == 500
    assert problem_of(NewFact("secret")).detail != "secret"


def test_facts_of_any_type_can_be_told() -> None:
    error = FormatNotOffered("gif", ("pdf", "svg"))
    vars(error).update(at=now(), title="not the problem's title", file=Path("template.toml"))
    told = members(problem_of(error))
    assert told["offered"] == ["pdf", "svg"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT.*", str(told["at"]))
    assert told["title"] == title_of(FormatNotOffered)


def test_the_schema_groups_errors_by_status() -> None:
    documented = problems(LabelAlreadySuperseded, TokenNotAccepted, FootprintRefused)
    assert list(documented) == [401, 409, 422]
    (media,) = documented[409]["content"]
    assert media == "application/problem+json"
    assert list(documented[409]["content"][media]["examples"]) == ["label-already-superseded"]
