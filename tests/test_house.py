"""The rules of the house that no other tool checks: errors, rooms, files, locks, containers."""

import ast
import importlib
import pkgutil
import re
import shlex
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import grimp
import pytest
import yaml
from packaging.requirements import Requirement
from pathspec import GitIgnoreSpec

import app
from app.kit.errors import CarbonLabelError

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = ("requirements.lock", "requirements-dev.lock")
BINARY = {".png", ".jpg", ".jpeg", ".webp", ".ttf", ".otf", ".woff2", ".pdf", ".ico", ".gz"}


@cache
def our_files() -> tuple[Path, ...]:
    """Return every file that may be committed: all that .gitignore does not name."""
    ignored = GitIgnoreSpec.from_lines(
        [".git/", *(ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()]
    )
    return tuple(sorted(ROOT / path for path in ignored.match_tree_files(ROOT, negate=True)))


def texts() -> Iterator[tuple[Path, str]]:
    """Give every text file with its content."""
    for path in our_files():
        if path.suffix not in BINARY:
            yield path.relative_to(ROOT), path.read_text(encoding="utf-8")


def read(name: str) -> str:
    """Return a file of the repository."""
    return (ROOT / name).read_text(encoding="utf-8")


# --- code -------------------------------------------------------------------------------------


def all_errors() -> list[type[CarbonLabelError]]:
    """Import every module, and return every error that came with one."""
    for module in pkgutil.walk_packages(app.__path__, "app."):
        if ".migrations." not in module.name:  # Alembic's environment runs when it is imported
            importlib.import_module(module.name)
    found: list[type[CarbonLabelError]] = []
    waiting = [CarbonLabelError]
    while waiting:
        children = waiting.pop().__subclasses__()
        found += children
        waiting += children
    return [error for error in found if error.__module__.startswith("app.")]


def test_every_error_has_a_code_of_its_own() -> None:
    families = {base for error in all_errors() for base in error.__bases__}
    leaves = [error for error in all_errors() if error not in families]
    assert leaves
    without = [error.__qualname__ for error in leaves if "code" not in vars(error)]
    assert without == []
    codes = Counter(error.code for error in all_errors() if "code" in vars(error))
    assert [code for code, times in codes.items() if times > 1] == []
    assert [code for code in codes if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code)] == []


def test_every_error_says_what_it_means() -> None:
    assert [error.__qualname__ for error in all_errors() if not error.__doc__] == []


def test_no_file_is_long() -> None:
    long = {
        str(path): lines
        for path, text in texts()
        if path.suffix == ".py" and (lines := text.count("\n")) > 400
    }
    assert long == {}


def test_there_is_no_utils_room() -> None:
    shelves = {"utils", "util", "helpers", "common", "misc", "base", "core"}
    assert [str(path) for path, _ in texts() if path.suffix == ".py" and path.stem in shelves] == []


def test_a_room_says_what_it_is_and_imports_nothing_by_itself() -> None:
    # Importing one file of a room must not pull in the others: `verify` starts in an instant.
    for path in sorted((ROOT / "app").rglob("__init__.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert ast.get_docstring(tree), f"{path} does not say what the room is for"
        assert len(tree.body) == 1, f"{path} holds code"


@cache
def arrows(*, outside: bool = False) -> grimp.ImportGraph:
    """Return who imports whom inside app, and on request what is imported from outside."""
    return grimp.build_graph("app", cache_dir=None, include_external_packages=outside)


def test_records_stay_in_their_room() -> None:
    tables = [module for module in arrows().modules if module.endswith(".records")]
    assert tables
    for module in tables:
        room = module.removesuffix(".records")
        strangers = [
            importer
            for importer in arrows().find_modules_that_directly_import(module)
            if not importer.startswith((f"{room}.", "app.migrations."))
        ]
        assert strangers == [], f"{module} is imported from outside its room"


# --- the tree ---------------------------------------------------------------------------------

FORBIDDEN = {
    "the address of a package index": (
        r"p[y]pi\.org|python[h]osted|registry\.np[m]js|find-links[ =]/"
    ),
    "a path of somebody's machine": r"/ro[o]t/|/ho[m]e/[a-z]|/wo[r]k/|\.\./sha[r]ed|/User[s]/",
    "a word about how the work was organised": r"(?i)\bissu[e]s? #?\d|\bhelpe[r] session\b",
    "a mark left by a merge": r"(?m)^(<{7}|={7}|>{7})( |$)",
    "a private key": r"BEGIN (ENCRYPTED |EC |RSA )?PRIVATE KE[Y]",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_contains(what: str) -> None:
    pattern = re.compile(FORBIDDEN[what])
    found = [
        f"{path}:{text.count(chr(10), 0, match.start()) + 1}: {match.group()}"
        for path, text in texts()
        for match in pattern.finditer(text)
    ]
    assert found == []


def test_programs_can_be_run() -> None:
    programs = [path for path in our_files() if path.parent.name in {"scripts", ".ci"}]
    started = [path for path in programs if path.read_bytes().startswith(b"#!")]
    assert {path.name for path in started} >= {"start", "check", "lock", "run"}
    assert [path.name for path in started if not path.stat().st_mode & 0o100] == []


# --- packaging --------------------------------------------------------------------------------


def locked(name: str) -> dict[str, str]:
    """Return the packages of a lock with their versions."""
    return dict(re.findall(r"(?m)^([a-z0-9._-]+)==(\S+)", read(name)))


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_hashes(name: str) -> None:
    blocks = re.split(r"(?m)^(?=[a-z0-9])", read(name))
    packages = [block for block in blocks if "==" in block.partition("\n")[0]]
    assert len(packages) == len(locked(name))
    assert [block for block in packages if "--hash=sha256:" not in block] == []


@pytest.mark.parametrize("name", LOCKS)
def test_the_locks_have_all_that_the_project_asks_for(name: str) -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    asked = PROJECT["project"]["dependencies"] + extras["build"]
    if name == "requirements-dev.lock":
        asked = asked + extras["dev"]
    have = locked(name)
    for line in asked:
        wanted = Requirement(line)
        assert wanted.name in have, f"{wanted.name} is not in {name}: run scripts/lock"
        assert wanted.specifier.contains(have[wanted.name]), f"{line}: run scripts/lock"


PARTS = {  # the other name under which a package that we ask for is documented to be used
    "markupsafe": "jinja2",
    "psycopg_pool": "psycopg",
    "pydantic_core": "pydantic",
    "sqlalchemy": "sqlmodel",
    "starlette": "fastapi",
}


def test_all_that_the_code_imports_is_asked_for_by_name() -> None:
    # What another package happened to bring may be gone with that one's next version.
    outside = {
        imported
        for module in arrows(outside=True).modules
        for imported in arrows(outside=True).find_modules_directly_imported_by(module)
        if not imported.startswith("app") and imported not in sys.stdlib_module_names
    }
    brought_by = packages_distributions()
    asked = {Requirement(line).name for line in PROJECT["project"]["dependencies"]}
    names = {
        name: {each.lower() for each in brought_by.get(PARTS.get(name, name), [])}
        for name in outside
    }
    assert {name: by for name, by in names.items() if not by & asked} == {}


def test_tests_run_what_will_be_served() -> None:
    served, tested = (locked(name) for name in LOCKS)
    assert {name: tested.get(name) for name in served} == served


def test_what_builds_the_package_is_locked() -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    building = {Requirement(line).name for line in PROJECT["build-system"]["requires"]}
    assert building == {Requirement(line).name for line in extras["build"]}


def test_what_is_shipped_is_there() -> None:
    for folder in PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]:
        assert any(path.is_relative_to(ROOT / folder) for path in our_files()), folder


# --- containers -------------------------------------------------------------------------------


def dockerfile() -> list[list[str]]:
    """Return the Dockerfile's instructions, each as its words."""
    lines = [line for line in read("Dockerfile").splitlines() if not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [shlex.split(line) for line in joined.splitlines() if line.strip()]


def test_all_that_the_image_copies_is_there_and_reaches_the_builder() -> None:
    let_through = {line[1:] for line in read(".dockerignore").splitlines() if line[:1] == "!"}
    copied: set[str] = set()
    for instruction, *words in dockerfile():
        if instruction == "COPY" and not words[0].startswith("--from"):
            copied |= set(words[:-1])
    assert [name for name in copied if not (ROOT / name).exists()] == []
    assert copied == let_through
    shipped = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert {"app", "README.md", "LICENSE", "pyproject.toml", *shipped} <= copied


def test_the_image_installs_by_hash_and_does_not_run_as_root() -> None:
    lines = dockerfile()
    installs = [line for line in lines if line[0] == "RUN" and "install" in line and "-r" in line]
    assert installs
    assert all("--require-hashes" in line for line in installs)
    assert [words[0] for instruction, *words in lines if instruction == "USER"] == ["carbon-label"]
    bases = [words[0] for instruction, *words in lines if instruction == "FROM"]
    assert [base for base in bases if not re.search(r":\d+\.\d+\.\d+-slim", base)] == []


def test_the_services_hold_no_secret_and_may_do_little() -> None:
    compose = yaml.safe_load(read("compose.yaml"))
    for name, service in compose["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        for key, value in service["environment"].items():
            if re.search("PASSWORD|PASSPHRASE|URL", key):
                assert "${" in value, f"{name}: {key} is written into the file"
                assert ":?" in value, f"{name}: {key} has a default"


def test_the_version_is_the_same_everywhere() -> None:
    version = PROJECT["project"]["version"]
    services = yaml.safe_load(read("compose.yaml"))["services"].values()
    ours = {service["image"] for service in services if "build" in service}
    assert ours == {f"carbon-label:{version}"}


# --- settings ---------------------------------------------------------------------------------


def settings_named() -> set[str]:
    """Return the names of the settings that the service reads."""
    settings = importlib.import_module("app.settings").Settings
    return {f"CARBON_LABEL_{name.upper()}" for name in settings.model_fields}


@pytest.mark.parametrize("name", [".env.example", "docs/operations.md"])
def test_every_setting_is_described_and_no_other(name: str) -> None:
    described = set(re.findall(r"\bCARBON_LABEL_[A-Z_]+\b", read(name)))
    assert described == settings_named()


@pytest.mark.parametrize("name", ["Dockerfile", "compose.yaml", "scripts/start", "README.md"])
def test_only_settings_that_exist_are_named(name: str) -> None:
    named = set(re.findall(r"\bCARBON_LABEL_[A-Z_]+\b", read(name)))
    assert named <= settings_named()
