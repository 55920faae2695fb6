"""What the RUNBOOK tells somebody to type is there: commands, options, files, settings, sections."""

from __future__ import annotations

import re
from typing import Any

import pytest
import typer

from agents.cli import app
from agents.settings import Settings
from tests.deploy.manifests import ROOT

PAGES = (ROOT / "deploy" / "RUNBOOK.md", ROOT / "deploy" / "k8s" / "README.md", ROOT / "deploy" / "SIZING.md")
COMPOSE = (ROOT / "docker-compose.yml").read_text("utf-8")
ELSEWHERE = {"deploy/observe/README.md"}  # comes with the metrics


def typed() -> list[list[str]]:
    """Give the words of each `chistovik` command of the RUNBOOK."""
    text = PAGES[0].read_text("utf-8")
    found = re.findall(r"^\$ (?:CHISTOVIK_PREFIX=\S+ )?chistovik (.+?)(?: \|.*)?$", text, re.MULTILINE)
    return [one.split() for one in found]


@pytest.mark.parametrize("words", typed(), ids=" ".join)
def test_a_command_of_the_runbook_has_what_is_typed(words: list[str]):
    command: Any = typer.main.get_command(app)
    while hasattr(command, "commands"):  # a group
        name, *words = words
        command = command.commands[name]
    options = {option for one in command.params for option in one.opts}
    assert {word for word in words if word.startswith("--")} <= options


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_link_leads_somewhere(page):
    text = page.read_text("utf-8")
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)", text):
        aim = (page.parent / target).resolve() if target else page
        if str(aim.relative_to(ROOT)) in ELSEWHERE and not aim.exists():
            continue
        assert aim.exists(), target
        if anchor:
            heads = re.findall(r"^#+ (.*)$", aim.read_text("utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_setting_that_is_named_is_one(page):
    known = set(re.findall(r"CHISTOVIK_[A-Z_]+", COMPOSE)) | set(Settings.__dataclass_fields__)

    assert set(re.findall(r"CHISTOVIK_[A-Z_]+", page.read_text("utf-8"))) <= known
