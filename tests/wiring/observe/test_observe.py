"""What the dashboards draw and the alerts watch exists, is explained, and is well formed."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from agents.generate import ROOT
from agents.observe.backlog import SIZES, Backlog, StageCollector, memory
from agents.observe.dashboards import DASHBOARDS
from agents.observe.grafana import DATASOURCE, grafana
from agents.observe.metrics import Metrics

if TYPE_CHECKING:
    from pathlib import Path

OBSERVE = ROOT / "deploy" / "observe"
RULES = (OBSERVE / "rules.yml").read_text(encoding="utf-8")
README = (OBSERVE / "README.md").read_text(encoding="utf-8")
NAME = re.compile(r"(?<![\w:])((?:chistovik|process|python)_[a-z_]+)")
RECORDED = re.compile(r"\b((?:stage|topic):[a-z_]+(?::[a-z0-9_]+)*)")
STRING = re.compile(r'"[^"]*"')
EXPRESSIONS = [
    (f"{board.name}: {panel.title}", expression)
    for board in DASHBOARDS
    for panel in board.panels
    for expression, _ in panel.lines
]
promtool = pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not here")


class Well:
    """A stage that shows every figure there is."""

    name = "clean"

    def problem(self) -> str | None:
        return None

    def backlog(self) -> list[Backlog]:
        return [Backlog("pages", 0, 3, 1.0)]

    def sizes(self) -> dict[str, float]:
        return dict.fromkeys(SIZES, 1.0)


def group(folder: Path, *, limit: str = "1000") -> Path:
    (folder / "memory.current").write_text("600\n")
    (folder / "memory.max").write_text(f"{limit}\n")
    (folder / "memory.stat").write_text("anon 400\ninactive_file 100\n")
    return folder


@pytest.fixture(scope="module")
def labels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """Every series' name that a worker can show, with its labels and those that Prometheus adds."""
    metrics = Metrics()
    metrics.describe(version="1", extractor="blocks")
    metrics.registry.register(StageCollector([Well()]))
    families = [*metrics.registry.collect(), *memory(group(tmp_path_factory.mktemp("group")))]
    found: dict[str, set[str]] = {}
    for family in families:
        for sample in family.samples:
            found.setdefault(sample.name, {"job", "instance", "service"}).update(sample.labels)
    return found


def recorded() -> set[str]:
    return set(re.findall(r"record: (\S+)", RULES))


def unknown(expression: str, known: set[str]) -> set[str]:
    bare = STRING.sub('""', expression)
    return {name for name in NAME.findall(bare) if name not in known} | (set(RECORDED.findall(bare)) - recorded())


@pytest.mark.parametrize(("where", "expression"), EXPRESSIONS)
def test_every_metric_of_a_panel_exists(where: str, expression: str, labels: dict[str, set[str]]) -> None:
    assert unknown(expression, set(labels)) == set(), where


@pytest.mark.parametrize(("where", "expression"), EXPRESSIONS)
def test_every_label_of_a_panel_is_one_of_its_metric(where: str, expression: str, labels: dict[str, set[str]]) -> None:
    for name, chosen in re.findall(r"((?:chistovik|process)_[a-z_]+)\{([^}]*)\}", expression):
        assert set(re.findall(r"(\w+)\s*[!=]", chosen)) <= labels[name], where
    own = {label for name in NAME.findall(STRING.sub('""', expression)) for label in labels[name]}
    for by in re.findall(r"by \(([^)]*)\)", expression):
        assert set(by.replace(" ", "").split(",")) <= own, where


def test_every_metric_of_a_rule_exists(labels: dict[str, set[str]]) -> None:
    expressions = re.findall(r"expr: (\|\n(?:\s{10,}.*\n)+|.*\n)", RULES)
    assert len(expressions) == RULES.count("expr:")
    assert [unknown(one, set(labels)) for one in expressions if unknown(one, set(labels))] == []


def test_every_metric_that_is_ours_is_explained_to_who_runs_it(labels: dict[str, set[str]]) -> None:
    families = {re.sub(r"_(bucket|sum|count)$", "", name) for name in labels if name.startswith("chistovik_")}
    assert {name for name in families if f"`{name}`" not in README and name not in README} == set()


def test_every_alert_has_its_section_and_its_test() -> None:
    alerts = re.findall(r"alert: (\S+)", RULES)
    tests = (OBSERVE / "rules.test.yml").read_text(encoding="utf-8")
    sections = {line.removeprefix("### ").strip() for line in README.splitlines() if line.startswith("### ")}
    assert len(alerts) > 10
    assert sections == set(alerts)
    for alert in alerts:
        assert f"runbook: deploy/observe/README.md#{alert.lower()}" in RULES
        assert tests.count(alert) >= 2, alert  # once where it is silent, once where it fires


def test_dashboards_are_what_grafana_takes() -> None:
    uids = set()
    for board in DASHBOARDS:
        made = grafana(board)
        uids.add(made["uid"])
        taken: set[tuple[int, int]] = set()
        for panel in made["panels"]:
            place = panel["gridPos"]
            cells = {(x, place["y"]) for x in range(place["x"], place["x"] + place["w"])}
            assert not cells & taken
            assert max(x for x, _ in cells) < 24
            taken |= cells
            assert panel["datasource"] == DATASOURCE
            assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])
        assert len({panel["id"] for panel in made["panels"]}) == len(made["panels"])
        assert orjson.loads((OBSERVE / f"dashboards/{board.name}.json").read_bytes()) == made
    assert len(uids) == len(DASHBOARDS)
    assert f"uid: {DATASOURCE['uid']}" in (OBSERVE / "grafana/datasources/prometheus.yml").read_text(encoding="utf-8")


def _promtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["promtool", *arguments], cwd=OBSERVE, capture_output=True, text=True, check=False)


@promtool
@pytest.mark.parametrize(
    "arguments",
    [("check", "config", "prometheus.yml"), ("check", "rules", "rules.yml"), ("test", "rules", "rules.test.yml")],
)
def test_promtool_finds_nothing_to_say(arguments: tuple[str, ...]) -> None:
    done = _promtool(*arguments)
    assert done.returncode == 0, done.stdout + done.stderr


@promtool
@pytest.mark.parametrize(("where", "expression"), EXPRESSIONS)
def test_every_expression_of_a_panel_can_be_read(where: str, expression: str, tmp_path: Path) -> None:
    rules: Any = {"groups": [{"name": "panels", "rules": [{"record": "panel", "expr": expression}]}]}
    (tmp_path / "panel.yml").write_bytes(orjson.dumps(rules))  # JSON is YAML
    done = _promtool("check", "rules", str(tmp_path / "panel.yml"))
    assert done.returncode == 0, f"{where}: {done.stdout}{done.stderr}"


def sizes(folder: Path) -> dict[str, float]:
    return {family.name: family.samples[0].value for family in memory(folder)}


def test_memory_is_what_a_kill_goes_by(tmp_path: Path) -> None:
    assert sizes(group(tmp_path)) == {
        "chistovik_memory_working_set_bytes": 500,
        "chistovik_memory_limit_bytes": 1000,
    }


def test_memory_without_a_limit_has_none(tmp_path: Path) -> None:
    assert sizes(group(tmp_path, limit="max")) == {"chistovik_memory_working_set_bytes": 500}


def test_memory_of_an_older_control_group(tmp_path: Path) -> None:
    folder = tmp_path / "memory"
    folder.mkdir()
    (folder / "memory.usage_in_bytes").write_text("600\n")
    (folder / "memory.limit_in_bytes").write_text("9223372036854771712\n")
    (folder / "memory.stat").write_text("cache 1\ntotal_inactive_file 50\n")
    assert sizes(tmp_path) == {"chistovik_memory_working_set_bytes": 550}


def test_where_there_is_no_control_group_nothing_is_said(tmp_path: Path) -> None:
    assert sizes(tmp_path) == {}
