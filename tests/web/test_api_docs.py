"""docs/api.md, run as it stands."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from app.web.problems import STATUS
from tests.footprints.vectors import changed, encoded
from tests.installation import EXAMPLES, ROOT
from tests.web.serving import Served

DOCUMENT = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```", DOCUMENT)


def run(command: list[str], script: str, served: Served, tmp_path: Path) -> str:
    environment = {
        **os.environ,
        "ORIGIN": served.base_url,
        "PRODUCER": served.producer.token or "",
        "CERTIFIER": served.certifier.token or "",
        "TMPDIR": str(tmp_path),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    ran = subprocess.run(
        [*command, script],
        cwd=EXAMPLES.parent,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_the_session_with_curl_works(served: Served, tmp_path: Path) -> None:
    (_tokens, session) = blocks("bash")
    run(["bash", "-euo", "pipefail", "-c"], session, served, tmp_path)
    assert (tmp_path / "label.pdf").read_bytes().startswith(b"%PDF-")
    (label,) = served.producer("GET", "/labels").json()["labels"]
    assert (label["status"], label["reason"]) == ("revoked", "error-in-data")


def test_the_session_in_python_works(served: Served, tmp_path: Path) -> None:
    (session,) = blocks("python")
    said = run([sys.executable, "-c"], session, served, tmp_path)
    new, old = served.producer("GET", "/labels").json()["labels"]
    new, old = (new, old) if "replaces" in new else (old, new)
    assert (old["status"], new["text"]["en"]) == ("superseded", "0.2966 kgCO2/kg")
    assert said.splitlines() == [
        f"{old['url']} 0.2956 kgCO2/kg",
        f"superseded by {new['code']}",
    ]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_problem_shown_is_the_one_given(served: Served) -> None:
    (shown,) = blocks("json")
    assert served.producer.hand_in(encoded(changed(total="0.4"))).json() == json.loads(shown)


def test_every_status_is_explained() -> None:
    explained = set(re.findall(r"\b[45]\d\d\b", DOCUMENT.partition("| status | means |")[2]))
    public = {str(status) for status in STATUS.values()} - {"502"}  # of the public paths only
    assert explained == public
