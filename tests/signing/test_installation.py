"""The public origin: what may be one, and that it stays what it was at the first start."""

import threading
import time
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from app.signing.installation import (
    NotInstalled,
    OriginFixed,
    OriginNotUsable,
    fix_origin,
    origin_of_installation,
    parse_origin,
)
from app.storage.engine import open_engine, reading, writing

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://label.example", "https://label.example"),
        ("https://Label.Example/", "https://label.example"),
        (" https://label.example:443\n", "https://label.example"),
        ("http://label.example:80", "http://label.example"),
        ("https://label.example:8443", "https://label.example:8443"),
        ("http://192.168.1.5:8000", "http://192.168.1.5:8000"),
        ("HTTPS://XN--FIQS8S.EXAMPLE", "https://xn--fiqs8s.example"),
    ],
)
def test_an_origin_is_scheme_host_and_port(text: str, origin: str) -> None:
    assert parse_origin(text) == origin
    assert parse_origin(origin) == origin


@pytest.mark.parametrize(
    "text",
    [
        "",
        "label.example",
        "ftp://label.example",
        "https://",
        "https://label.example/path",
        "https://label.example?x=1",
        "https://label.example#x",
        "https://user@label.example",
        "https://user:word@label.example",
        "https://label.example:99999",
        "https://label.example:port",
        "https://[::1]:8000",
        "https://[::1",
        "https://中国.example",
        "https://label_x.example",
        "https://label.example\\evil.example",
        "javascript:alert(1)",
    ],
)
def test_what_cannot_be_printed_into_a_code_is_refused(text: str) -> None:
    with pytest.raises(OriginNotUsable, match="CARBON_LABEL_PUBLIC_URL") as refused:
        parse_origin(text)
    assert refused.value.got == text


def test_the_first_start_fixes_the_origin(engine: Engine) -> None:
    with reading(engine) as session, pytest.raises(NotInstalled):
        origin_of_installation(session)
    with writing(engine) as session:
        assert (
            fix_origin(session, None, "http://192.168.1.5:8000", NOW) == "http://192.168.1.5:8000"
        )
    with writing(engine) as session:
        # Later starts may find another address; what is printed stays.
        assert fix_origin(session, None, "http://10.0.0.7:8000", NOW) == "http://192.168.1.5:8000"
        assert fix_origin(session, "http://192.168.1.5:8000/", "", NOW) == "http://192.168.1.5:8000"
    with reading(engine) as session:
        assert origin_of_installation(session) == "http://192.168.1.5:8000"


def test_a_setting_that_differs_later_is_refused(engine: Engine) -> None:
    with writing(engine) as session:
        fix_origin(session, "https://label.example", "", NOW)
    with writing(engine) as session, pytest.raises(OriginFixed) as refused:
        fix_origin(session, "https://other.example", "", NOW)
    assert (refused.value.fixed, refused.value.wanted) == (
        "https://label.example",
        "https://other.example",
    )


def test_a_setting_that_is_no_origin_is_refused_even_then(engine: Engine) -> None:
    with writing(engine) as session:
        fix_origin(session, "https://label.example", "", NOW)
        with pytest.raises(OriginNotUsable):
            fix_origin(session, "label.example", "", NOW)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("wanted", [None, "https://other.example"])
def test_two_first_starts_at_once_agree(database_url: str, wanted: str | None) -> None:
    found: list[str | Exception] = []
    other = open_engine(database_url)

    def start() -> None:
        try:
            with writing(other) as session:
                found.append(fix_origin(session, wanted, "http://10.0.0.7:8000", NOW))
        except OriginFixed as refused:
            found.append(refused)

    first = open_engine(database_url)
    second = threading.Thread(target=start)
    with writing(first) as session:
        fix_origin(session, "https://label.example", "", NOW)
        second.start()
        time.sleep(0.3)  # it has seen no installation by now, and waits for ours
        assert found == []
    second.join(10)
    for opened in (first, other):
        opened.dispose()
    if wanted is None:
        assert found == ["https://label.example"]
    else:
        assert isinstance(found[0], OriginFixed)
