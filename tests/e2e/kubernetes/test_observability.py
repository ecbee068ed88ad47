"""What every program tells of itself, in each way in which it runs: docs/metrics.md says it all, promtool has nothing
to say, and a real Prometheus gets it, with rules, alerts and dashboard on top."""

import contextlib
import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from locus_e2e import exposition, metric_table, session, settings
from locus_e2e.control_plane import ControlPlane
from locus_e2e.dashboard import expressions
from locus_e2e.everything import FOLDER_OF_MASTER, Everything, open_everything
from locus_e2e.prometheus import Prometheus
from locus_e2e.promtool import promtool
from locus_e2e.waiting import WaitedTooLong, until

pytestmark = session.newest_version

OBSERVABILITY = settings.ROOT / "manifests" / "observability"
# Until what was done shows in metrics, on a busy machine.
_EXPECTED_SECONDS = 30


@pytest.fixture(scope="module")
def everything(run_folder: Path, control: ControlPlane) -> Iterator[Everything]:
    """All programs, each asked something."""
    folder = run_folder / "everything"
    folder.mkdir()
    with open_everything(settings.programs(), control, folder) as started:
        both = started.daemons["meta before a master"][0]
        both.wait_ready("admin")
        uri = f"alluxio://{FOLDER_OF_MASTER}"
        command = [str(settings.programs().locusctl), "--meta", both.target(), "locality", uri]
        asked = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
        assert asked.returncode == 0, asked.stderr
        until("placed application", _EXPECTED_SECONDS, lambda: "local_ratio{" in started.exposed("extender"), every=0.2)
        yield started


def _exposed(everything: Everything) -> dict[str, exposition.Family]:
    """Of all programs together."""
    found: dict[str, exposition.Family] = {}
    for name in everything.daemons:
        for metric, family in exposition.families(everything.exposed(name)).items():
            known = found.setdefault(metric, exposition.Family(family.kind))
            assert known.kind == family.kind, f"{metric} has two types"
            known.samples += family.samples
            for label, values in family.labels.items():
                known.labels.setdefault(label, set()).update(values)
    return found


def test_what_is_exposed_is_what_the_page_says(everything: Everything) -> None:
    """Names, types, labels and their values; nothing undocumented, nothing documented that does not exist."""
    documented = metric_table.parse((settings.ROOT / "docs" / "metrics.md").read_text())
    exposed = _exposed(everything)
    assert sorted(set(exposed) - set(documented)) == [], "not in docs/metrics.md"
    assert sorted(set(documented) - set(exposed)) == [], "in docs/metrics.md, and exposed by nobody"
    problems = []
    for name, family in exposed.items():
        row = documented[name]
        if (family.kind, set(family.labels)) != (row.kind, set(row.labels)):
            exposed_as = f"{family.kind} {sorted(family.labels)}"
            problems.append(f"{name}: {exposed_as}, documented as {row.kind} {sorted(row.labels)}")
        for label, values in row.labels.items():
            if values is not None and not family.labels.get(label, set()) <= values:
                problems.append(f"{name}: {label} has {sorted(family.labels[label] - values)}, which is not documented")
    assert problems == []


def test_a_build_tells_its_name_and_version(everything: Everything) -> None:
    """As --version does."""
    for name, component in (("extender", "locus-extender"), ("agent", "locus-worker"), ("meta", "locus-meta")):
        labels = exposition.families(everything.exposed(name))["locus_build_info"].labels
        assert labels["component"] == {component}
        assert len(labels["version"]) == 1 and "" not in labels["version"]


@pytest.mark.parametrize(
    "name",
    [
        "extender",
        "meta",
        "meta before a master",
        "meta with a front alone",
        "worker",
        "worker with all ports",
        "agent",
        "worker of a master",
    ],
)
def test_promtool_has_nothing_to_say_about(everything: Everything, name: str) -> None:
    """Names, units, help texts, types."""
    assert name in everything.daemons
    promtool("check", "metrics", text=everything.exposed(name))


@pytest.fixture(scope="module")
def prometheus(everything: Everything, run_folder: Path) -> Iterator[Prometheus]:
    """A real one, that has scraped all of them before and after something has happened, and evaluated the rules."""
    targets = {name: daemon.target(field) for name, (daemon, field) in everything.daemons.items()}
    folder = run_folder / "prometheus"
    started = Prometheus(folder, targets, OBSERVABILITY / "rules.yaml")
    try:
        everything.stir()
        yield started
    finally:
        started.close()


def _without_data(prometheus: Prometheus, expressions: Mapping[str, str]) -> dict[str, str]:
    """Of the expressions by name those that give none, though they were waited for: a rate looks back at two scrapes,
    and what was recorded at what was there when the rules were evaluated."""
    silent = dict(expressions)

    def all_speak() -> bool:
        for name in [name for name, expression in silent.items() if prometheus.query(expression)]:
            del silent[name]
        return not silent

    with contextlib.suppress(WaitedTooLong):
        until("data", _EXPECTED_SECONDS, all_speak, every=0.5)
    return silent


def test_prometheus_scrapes_every_program(prometheus: Prometheus, everything: Everything) -> None:
    """All targets are up, and stay so."""
    assert prometheus.targets() == dict.fromkeys(everything.daemons, "up")


def test_prometheus_evaluates_every_rule(prometheus: Prometheus) -> None:
    """Without an error. What records has a value, as something of everything happens here."""
    rules = prometheus.rules()
    assert {rule["type"] for rule in rules} == {"recording", "alerting"}
    assert {rule["name"]: rule.get("lastError", "") for rule in rules if rule["health"] != "ok"} == {}
    recorded = {rule["name"]: rule["name"] for rule in rules if rule["type"] == "recording"}
    assert _without_data(prometheus, recorded) == {}


def test_alerts_of_a_stack_that_is_well_are_silent(prometheus: Prometheus) -> None:
    """But for those about what this one lacks on purpose: an Alluxio worker beside the agent, workers of the master,
    under-stores that answer."""
    lacking = {
        "LocusAlluxioWorkerDown",
        "LocusPictureStale",
        "LocusUnderStoreUnreachable",
        "LocusWorkersLost",
        "LocusWorkersUnmatched",
    }
    # Of a machine that is busy with the test itself; they would fire after minutes.
    busy = {"LocusDegraded", "LocusExtenderSlow"}
    told = {alert["labels"]["alertname"]: alert["state"] for alert in prometheus.alerts()}
    assert set(told) - lacking - busy == set()
    assert "firing" not in [told.get(name) for name in busy]


def test_every_expression_of_the_dashboard_gives_data(prometheus: Prometheus) -> None:
    """Those that count what has not happened give 0."""
    document: dict[str, Any] = json.loads((OBSERVABILITY / "dashboard.json").read_text())
    asked = {f"{title}: {expression}": expression for title, expression in expressions(document)}
    assert len(asked) > 30
    assert _without_data(prometheus, asked) == {}
