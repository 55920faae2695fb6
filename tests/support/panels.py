"""Asks a running Prometheus what every panel of the dashboards would show: python -m tests.support.panels http://localhost:9090."""

from __future__ import annotations

import json
import math
import re
import sys
from dataclasses import dataclass, field
from urllib.parse import urlencode
from urllib.request import urlopen

from agents.observe.dashboards import DASHBOARDS
from tests.support.patience import SECONDS


@dataclass
class Shown:
    """What one line of a panel shows now: legend → value."""

    board: str
    panel: str
    optional: bool
    expression: str
    values: dict[str, float] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to be seen."""
        return not [value for value in self.values.values() if math.isfinite(value)]


def query(server: str, expression: str) -> list[tuple[dict[str, str], float]]:
    """Evaluate an expression now; labels and values."""
    with urlopen(f"{server}/api/v1/query?{urlencode({'query': expression})}", timeout=SECONDS) as answer:
        found = json.load(answer)
    assert found["status"] == "success", found
    return [(one["metric"], float(one["value"][1])) for one in found["data"]["result"]]


def legend(form: str, labels: dict[str, str]) -> str:
    """Name a line as Grafana does."""
    return re.sub(r"\{\{(\w+)\}\}", lambda found: labels.get(found[1], ""), form)


def shown(server: str) -> list[Shown]:
    """Ask for every line of every panel."""
    return [
        Shown(
            board.name,
            panel.title,
            panel.optional,
            expression,
            {legend(form, labels): value for labels, value in query(server, expression)},
        )
        for board in DASHBOARDS
        for panel in board.panels
        for expression, form in panel.lines
    ]


def main() -> None:
    """Print what is shown; exit code 1 where a panel that should not be is empty."""
    every = shown(sys.argv[1])
    for one in every:
        values = ", ".join(f"{name}={value:.4g}" for name, value in one.values.items()) or "EMPTY"
        sys.stdout.write(f"{one.board:10}{one.panel:34}{values}\n")
    sys.exit(any(one.is_empty and not one.optional for one in every))


if __name__ == "__main__":
    main()
