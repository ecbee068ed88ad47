"""The dashboard and the examples of manifests/observability, as Grafana and Prometheus will read them."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from locus_e2e import dashboard, metric_table, settings
from locus_e2e.promtool import promtool

FOLDER = settings.ROOT / "manifests" / "observability"
DASHBOARD: dict[str, Any] = json.loads((FOLDER / "dashboard.json").read_text())
# Units of Grafana's that we use (https://github.com/grafana/grafana, packages/grafana-data/src/valueFormats).
_UNITS = {"none", "short", "s", "bytes", "Bps", "ops", "percentunit"}


def test_it_has_what_grafana_asks_of_a_dashboard() -> None:
    """https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/"""
    assert DASHBOARD["uid"] and DASHBOARD["title"] and DASHBOARD["schemaVersion"] >= 36
    # An id would be that of the Grafana that it was made on.
    assert "id" not in DASHBOARD
    (variable,) = DASHBOARD["templating"]["list"]
    assert (variable["name"], variable["type"], variable["query"]) == ("datasource", "datasource", "prometheus")
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)


def test_panels_stand_beside_each_other_and_not_on_each_other() -> None:
    """On Grafana's grid of 24 columns."""
    taken: dict[tuple[int, int], str] = {}
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert (x, y) not in taken, f"{panel['title']} lies on {taken[x, y]}"
                taken[x, y] = panel["title"]


@pytest.mark.parametrize("panel", dashboard.panels(DASHBOARD), ids=lambda panel: panel["title"])
def test_a_panel_says_what_it_shows_in_which_unit_from_the_chosen_prometheus(panel: dict[str, Any]) -> None:
    """Nothing of the machine that it was made on."""
    assert panel["title"] and panel["description"].endswith(".")
    assert panel["fieldConfig"]["defaults"]["unit"] in _UNITS
    chosen = {"type": "prometheus", "uid": "${datasource}"}
    assert [part["datasource"] for part in [panel, *panel["targets"]]] == [chosen] * (1 + len(panel["targets"]))
    letters = [target["refId"] for target in panel["targets"]]
    assert letters == list("ABCDEFGH")[: len(letters)] and letters
    assert all(target["legendFormat"] for target in panel["targets"])


def test_promtool_takes_every_expression(tmp_path: Path) -> None:
    """As rules, which it checks."""
    rules = [
        {"record": f"check:{number}", "expr": expression}
        for number, (_, expression) in enumerate(dashboard.expressions(DASHBOARD))
    ]
    assert len(rules) > 30
    file = tmp_path / "rules.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    promtool("check", "rules", file)


def test_every_part_of_locus_is_on_it() -> None:
    """Whose metrics exist is a rule of tests/tidy."""
    text = (FOLDER / "dashboard.json").read_text()
    documented = metric_table.parse((settings.ROOT / "docs" / "metrics.md").read_text())
    shown = {name for name in documented if name in text}
    for prefix in ("locus_extender_gate_", "locus_extender_cluster_", "locus_meta_front_", "locus_worker_", "process_"):
        assert [name for name in shown if name.startswith(prefix)], prefix


def test_promtool_takes_the_configuration_without_the_operator(tmp_path: Path) -> None:
    """With the rules beside it. Debian's has no discovery by Kubernetes, so that part is looked at here."""
    shutil.copy(FOLDER / "rules.yaml", tmp_path / "rules.yaml")
    configuration = yaml.safe_load((FOLDER / "prometheus.yaml").read_text())
    (job,) = configuration["scrape_configs"]
    assert job.pop("kubernetes_sd_configs") == [{"role": "pod", "namespaces": {"names": ["locus"]}}]
    (tmp_path / "prometheus.yaml").write_text(yaml.safe_dump(configuration))
    promtool("check", "config", tmp_path / "prometheus.yaml")


@pytest.mark.parametrize(
    ("file", "kind", "endpoints"),
    [("pod-monitor", "PodMonitor", "podMetricsEndpoints"), ("service-monitor", "ServiceMonitor", "endpoints")],
)
def test_monitors_ask_the_port_that_has_metrics(file: str, kind: str, endpoints: str) -> None:
    """By its name, which the manifests give to that port of every program."""
    monitor = yaml.safe_load((FOLDER / f"{file}.yaml").read_text())
    assert (monitor["apiVersion"], monitor["kind"]) == ("monitoring.coreos.com/v1", kind)
    (endpoint,) = monitor["spec"][endpoints]
    assert (endpoint["port"], endpoint["path"]) == ("admin", "/metrics")
    assert monitor["spec"]["selector"]["matchLabels"]
