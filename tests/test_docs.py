"""The documents agree with the code and with each other."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest

from app.cli.main import main as carbon_label

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "keys").glob("*.md")]
)
READMES = ("README.md", "README.zh-CN.md")

WORDS = {
    "Product": "产品",
    "Declared unit": "声明单位",
    "Stage": "生命周期阶段",
    "Activity": "活动数据",
    "Emission factor": "排放因子",
    "Inventory": "清单",
    "Footprint": "碳足迹",
    "Product category rule": "产品种类规则",
    "Review": "核查",
    "Label": "碳标签",
    "Statement": "标签声明",
    "Code": "标签编码",
    "Withdrawal": "撤回",
    "Suspend": "暂停",
    "Revoke": "撤销",
    "Reissue": "换发",
    "Renew": "续发",
    "Verdict": "判定",
    "Check": "检查项",
    "Print run": "印刷批次",
    "Serial": "序列号",
    "Template": "标签模板",
    "Stock": "标签纸",
    "Checkpoint": "检查点",
}


def read(name: str) -> str:
    """Return a file of the repository."""
    return (ROOT / name).read_text(encoding="utf-8")


def anchors(document: Path) -> set[str]:
    """Return the names under which a document's headings can be linked."""
    text = re.sub(r"(?ms)^```.*?^```", "", document.read_text(encoding="utf-8"))
    headings = re.findall(r"(?m)^#+ (.+?)\s*$", text)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(document: Path) -> None:
    text = re.sub(r"(?ms)^```.*?^```", "", document.read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("http://", "https://")):
            continue
        name, _, anchor = target.partition("#")
        linked = document.parent / name if name else document
        assert linked.exists(), f"{document.name} links {target}"
        if anchor:
            assert anchor in anchors(linked), f"{document.name} links {target}"


@pytest.mark.parametrize("name", READMES)
def test_readme_opens_with_the_two_commands_and_pictures(name: str) -> None:
    opening = read(name)[:2500]
    start, check = opening.index("./scripts/start"), opening.index("./scripts/check")
    label, page = opening.index("docs/pictures/label.png"), opening.index("docs/pictures/page.png")
    assert start < check < label < page


def test_both_readmes_say_the_same() -> None:
    blocks = [re.findall(r"(?ms)^```.*?^```", read(name)) for name in READMES]
    assert len(blocks[0]) == len(blocks[1])
    commands = [re.sub(r"(?m) *# .*$", "", "\n".join(each)) for each in blocks]
    assert commands[0] == commands[1]
    depths = [re.findall(r"(?m)^(#+) ", re.sub(r"(?ms)^```.*?^```", "", read(n))) for n in READMES]
    assert depths[0] == depths[1]


def test_the_glossary_has_every_word_in_both_languages() -> None:
    rows = re.findall(r"(?m)^\| \*\*(.+?)\*\* \| (\S+?) \|", read("docs/language.md"))
    have = dict(rows)
    assert {word: have.get(word) for word in WORDS} == WORDS


def test_the_glossary_has_every_name_of_the_models() -> None:
    named = set(re.findall(r"`([A-Z]\w+)`", read("docs/language.md")))
    missing = [
        f"{path.parent.name}: {node.name}"
        for path in sorted((ROOT / "app").glob("*/model.py"))
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef)
        and not node.name.startswith("_")
        and node.name not in named
    ]
    assert missing == []


def test_the_glossary_names_nothing_that_is_gone() -> None:
    defined = {
        node.name
        for path in (ROOT / "app").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    }
    assert sorted(set(re.findall(r"`([A-Z]\w+)`", read("docs/language.md"))) - defined) == []


def test_every_decision_is_complete_and_listed() -> None:
    records = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
    index = read("docs/adr/README.md")
    assert [int(path.name[:4]) for path in records] == list(range(1, len(records) + 1))
    for path in records:
        text = path.read_text(encoding="utf-8")
        headings = re.findall(r"(?m)^## (.+)$", text)
        assert headings[:3] == ["Context", "Decision", "Consequences"], path.name
        assert re.search(r"(?m)^Status: (accepted|superseded by \d{4})$", text), path.name
        assert f"({path.name})" in index, f"{path.name} is not in the list of decisions"


def test_the_changelog_tells_of_this_version() -> None:
    version = tomllib.loads(read("pyproject.toml"))["project"]["version"]
    headings = re.findall(r"(?m)^## \[(.+?)\]", read("CHANGELOG.md"))
    assert headings[0] == "Unreleased"
    assert version in headings


def commands_named() -> list[tuple[str, str]]:
    """Return each `carbon-label ...` line that a document shows, with the document's name."""
    found = []
    for document in DOCUMENTS:
        text = document.read_text(encoding="utf-8")
        shown = re.findall(r"(?m)^(?:\S*/)?carbon-label ([^#|\n]*)", text)
        shown += re.findall(r"`(?:\./|\.venv/bin/)?carbon-label ([^`\n]*)`", text)
        found += [(document.name, line.strip()) for line in shown]
    return found


def test_every_command_shown_exists() -> None:
    assert commands_named()
    for document, line in commands_named():
        command: click.Command = carbon_label
        context = click.Context(command, info_name="carbon-label")
        words = line.split()
        while words and isinstance(command, click.Group) and not words[0].startswith("-"):
            chosen = command.get_command(context, words[0])
            assert chosen, f"{document}: there is no `carbon-label {line}`"
            command, context = chosen, click.Context(chosen, context, words.pop(0))
        options = {
            name
            for parameter in command.get_params(context)
            for name in [*parameter.opts, *parameter.secondary_opts]
        }
        for word in words:
            if word.startswith("-"):
                assert word.partition("=")[0] in options, f"{document}: carbon-label {line}"


def test_the_pictures_show_what_templates_and_pages_look_like_now() -> None:
    checked = subprocess.run(
        [sys.executable, ROOT / "scripts" / "pictures", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
