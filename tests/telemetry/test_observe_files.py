"""Alert rules and the dashboard: they ask for metrics and labels that exist, and each alert has its page."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.telemetry.metrics import METRICS

DOCS = Path(__file__).parents[2] / "docs"
OBSERVE = DOCS / "observe"
RULES: list[dict[str, Any]] = yaml.safe_load((OBSERVE / "alerts.yml").read_text())["groups"][0]["rules"]
DASHBOARD: dict[str, Any] = json.loads((OBSERVE / "dashboard.json").read_text())
PANELS = [(panel["title"], target["expr"]) for panel in DASHBOARD["panels"] for target in panel["targets"]]
LABELS = {metric.name: {"job", "instance", *metric.labels} for metric in METRICS}
#: Name of a metric, and what stands in braces behind it.
_ASKED = re.compile(r"\b(eco_[a-z_]+?)(?:_bucket)?\b(\{[^}]*\})?")


def faults(expression: str) -> list[str]:
    """What an expression asks for and the bot does not have."""
    found = []
    for name, chosen in _ASKED.findall(expression):
        if name not in LABELS:
            found.append(f"no metric {name}")
        chosen_by = re.findall(r"(\w+)\s*(?:=~|!=|=)", chosen)
        found += [f"{name} has no label {label}" for label in chosen_by if label not in LABELS.get(name, {label})]
    grouped = [label.strip() for group in re.findall(r"by \(([^)]*)\)", expression) for label in group.split(",")]
    known = set.union({"le"}, *(LABELS.get(name, set()) for name, _ in _ASKED.findall(expression)))
    return [*found, *(f"no label {label} to group by" for label in grouped if label not in known)]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_an_alert_asks_for_what_there_is_and_has_its_page(rule: dict[str, Any]) -> None:
    """With a summary, a description, and what to do in docs/ALERTS.md."""
    assert [] == faults(rule["expr"])
    notes = rule["annotations"]
    assert notes["summary"].endswith(".")
    assert notes["description"].endswith((".", ")"))
    assert f"docs/ALERTS.md#{rule['alert'].lower()}" == notes["runbook_url"]
    page = (DOCS / "ALERTS.md").read_text().split(f"\n## {rule['alert']}\n")[1].split("\n## ")[0]
    assert "**It means**" in page
    assert "**Do this.**" in page


def test_every_page_belongs_to_an_alert() -> None:
    """None is left of an alert that is gone."""
    pages = re.findall(r"^## (\w+)$", (DOCS / "ALERTS.md").read_text(), re.M)
    assert [rule["alert"] for rule in RULES] == pages


@pytest.mark.parametrize(("title", "expression"), PANELS, ids=[f"{title}: {ask[:40]}" for title, ask in PANELS])
def test_a_panel_asks_for_what_there_is(title: str, expression: str) -> None:
    """Its metrics and labels exist."""
    assert [] == faults(expression)
    assert title


def test_the_dashboard_shows_every_metric() -> None:
    """What is measured can be seen."""
    asked = {name for _, expression in PANELS for name, _ in _ASKED.findall(expression)}
    assert set(LABELS) == asked


def test_a_fault_would_be_found() -> None:
    """A metric, a label and a group that do not exist."""
    assert ["no metric eco_gone", "eco_backups_total has no label kind", "no label party to group by"] == faults(
        'sum by (party) (eco_gone) + eco_backups_total{kind="x"}'
    )


def test_prometheus_takes_the_rules() -> None:
    """`promtool` checks and tests them, on a machine that has it; elsewhere they are read as YAML alone."""
    promtool = shutil.which("promtool")
    commands = (["check", "rules", "alerts.yml"], ["test", "rules", "alerts_test.yml"]) if promtool else ()
    for command in commands:
        ran = subprocess.run([str(promtool), *command], cwd=OBSERVE, capture_output=True, text=True, check=False)
        assert 0 == ran.returncode, ran.stdout + ran.stderr
    assert "eco-bot" == yaml.safe_load((OBSERVE / "alerts.yml").read_text())["groups"][0]["name"]
