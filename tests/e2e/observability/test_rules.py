"""The rules of manifests/observability, judged by Debian's promtool."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from devkit import prometheus_rule
from locus_e2e import settings
from locus_e2e.alert_cases import CASES, Series
from locus_e2e.promtool import promtool

FOLDER = settings.ROOT / "manifests" / "observability"
RULES = FOLDER / "rules.yaml"


def _rules(kind: str) -> dict[str, dict[str, Any]]:
    groups = yaml.safe_load(RULES.read_text())["groups"]
    return {rule[kind]: rule for group in groups for rule in group["rules"] if kind in rule}


ALERTS = _rules("alert")


def test_promtool_takes_the_rules() -> None:
    """With its lint of duplicates as an error."""
    promtool("check", "rules", "--lint=all", "--lint-fatal", RULES)


def test_the_prometheus_rule_says_the_same() -> None:
    """Word for word: it is made of the other."""
    assert (FOLDER / "prometheus-rule.yaml").read_text() == prometheus_rule.render(RULES.read_text()), (
        "run tools/dev fix"
    )
    made = yaml.safe_load((FOLDER / "prometheus-rule.yaml").read_text())
    assert (made["apiVersion"], made["kind"]) == ("monitoring.coreos.com/v1", "PrometheusRule")
    assert made["spec"] == yaml.safe_load(RULES.read_text())


def test_every_alert_is_tested() -> None:
    """And nothing else."""
    assert set(CASES) == set(ALERTS)
    assert all(case.quiet for case in CASES.values())


def _told(series: Series) -> list[dict[str, str]]:
    # promtool wants one at least.
    return [{"series": name, "values": values} for name, values in (series or {"nobody": "0x10"}).items()]


@pytest.mark.parametrize("name", sorted(ALERTS))
def test_an_alert_fires_when_it_should_and_not_otherwise(name: str, tmp_path: Path) -> None:
    """With what a person reads then."""
    case, alert = CASES[name], ALERTS[name]
    expected = {
        "exp_labels": {**case.fires.labels, **alert["labels"]},
        "exp_annotations": {**alert["annotations"], "summary": case.fires.summary},
    }
    fires = [{"eval_time": case.fires.at, "alertname": name, "exp_alerts": [expected]}]
    tests = [{"interval": "1m", "input_series": _told(case.fires.series), "alert_rule_test": fires}]
    for quiet in case.quiet:
        silent = [{"eval_time": quiet.at, "alertname": name, "exp_alerts": []}]
        tests.append({"interval": "1m", "input_series": _told(quiet.series), "alert_rule_test": silent})
    file = tmp_path / "test.yaml"
    file.write_text(yaml.safe_dump({"rule_files": [str(RULES)], "evaluation_interval": "1m", "tests": tests}))
    promtool("test", "rules", file)


def test_the_rules_that_record_give_what_their_comments_say(tmp_path: Path) -> None:
    """Computed by hand from series that grow evenly."""
    bucket = 'locus_extender_call_duration_seconds_bucket{verb="filter",le='
    series = {
        'locus_extender_decisions_total{outcome="scored",instance="a"}': "0+60x70",
        'locus_extender_decisions_total{outcome="scored",instance="b"}': "0+120x70",
        'locus_extender_degraded_total{reason="metadata_away"}': "0+45x70",
        "locus_extender_predicted_local_bytes_total": "0+30x70",
        "locus_extender_placed_share_bytes_total": "0+40x70",
        f'{bucket}"0.01"}}': "0+98x70",
        f'{bucket}"0.02"}}': "0+100x70",
        f'{bucket}"+Inf"}}': "0+100x70",
        'locus_worker_hits_total{instance="w"}': "0+10x70",
        'locus_worker_misses_total{instance="w"}': "0+10x70",
        'locus_worker_alluxio_hits_total{instance="w"}': "0+60x70",
        'locus_worker_alluxio_misses_total{instance="w"}': "0x70",
        'locus_worker_used_bytes{tier="MEM",instance="w"}': "10x70",
        'locus_worker_used_bytes{tier="MEM",instance="v"}': "20x70",
        'locus_worker_capacity_bytes{tier="MEM",instance="w"}': "50x70",
        'locus_worker_capacity_bytes{tier="MEM",instance="v"}': "50x70",
    }
    expected = {
        'outcome:locus_extender_decisions:rate5m{outcome="scored"}': 3,
        "cluster:locus_extender_degraded:ratio_rate5m": 0.25,
        "cluster:locus_extender_local_bytes:ratio_rate1h": 0.75,
        'verb:locus_extender_call_duration_seconds:p99_rate5m{verb="filter"}': 0.015,
        "cluster:locus_worker_hits:ratio_rate5m": 0.875,
        'tier:locus_worker_used:ratio{tier="MEM"}': 0.3,
    }
    assert {name.partition("{")[0] for name in expected} == set(_rules("record"))
    asked = []
    for name, value in expected.items():
        # The name alone is what it is kept under; rounded, as promtool compares to the last digit.
        plain, _, labels = name.partition("{")
        sample = {"labels": f"{{{labels}" if labels else "{}", "value": value}
        asked.append({"expr": f"round({plain}, 0.0001)", "eval_time": "65m", "exp_samples": [sample]})
    tests = [{"interval": "1m", "input_series": _told(series), "promql_expr_test": asked}]
    file = tmp_path / "test.yaml"
    file.write_text(yaml.safe_dump({"rule_files": [str(RULES)], "evaluation_interval": "1m", "tests": tests}))
    promtool("test", "rules", file)


@pytest.mark.parametrize("name", sorted(ALERTS))
def test_an_alert_says_what_is_wrong_what_to_do_and_where_to_read_on(name: str) -> None:
    """The section of docs/alerts.md is there, and speaks of nothing else."""
    alert = ALERTS[name]
    assert alert["labels"]["severity"] in ("critical", "warning", "info")
    assert set(alert["annotations"]) == {"summary", "description", "runbook"}
    assert " Next: " in f' {alert["annotations"]["description"]}'
    assert alert["annotations"]["runbook"] == f"docs/alerts.md#{name.lower()}"
    page = (settings.ROOT / "docs" / "alerts.md").read_text()
    sections = [line.removeprefix("### ") for line in page.splitlines() if line.startswith("### ")]
    assert sections.count(name) == 1
    assert set(sections) == set(ALERTS)
