"""No annotation, however wrong, keeps a pod from its node."""

from collections.abc import Callable
from typing import Any

from locus_e2e import oracle, scenario, spark
from locus_e2e.planes import LOCUS_SCHEDULER
from locus_e2e.site import Site

EVENTS = "alluxio:///warehouse/events"

# annotations -> what explain says: outcome and reason.
USELESS: dict[str, tuple[dict[str, str], tuple[str, str]]] = {
    "unknown": ({"inputs": "alluxio:///no/such/folder"}, ("abstained", "input_unknown")),
    "malformed": ({"inputs": "alluxio:/one-slash,://,%%%"}, ("abstained", "input_unknown")),
    "foreign": ({"inputs": "hdfs://namenode:8020/warehouse/events"}, ("abstained", "input_unknown")),
    "climbing": ({"inputs": "alluxio:///warehouse/../warehouse/events"}, ("abstained", "input_unknown")),
}
# Values that count as absent, beside an input that is good.
HARMLESS: dict[str, dict[str, str]] = {
    "share": {"share": "-5 bananas"},
    "policy": {"policy": "must"},
    "layout": {"layout": "\u2603"},
    "max-wait": {"max-wait": "9999999999999999999h"},
}
# Nothing in it that could be an input: as if there were no annotation, or told as degraded; never a wait.
EMPTY = {"empty": "", "commas": " , ,, ", "long": "x" * 200_000, "odd": "\t\u0000".replace("\u0000", "\u0001")}


def _pod(name: str, annotations: dict[str, str]) -> dict[str, Any]:
    manifest = spark.executor(spark.application(name, (), 1, 0), 1, LOCUS_SCHEDULER)
    manifest["metadata"]["annotations"] = {f"locus.dev/{key}": value for key, value in annotations.items()}
    return manifest


def _explain(site: Site, pod: str) -> dict[str, Any]:
    told = site.stack.locusctl("--json", "explain", f"default/{pod}")
    assert told.status == 0, told.errors
    return dict(told.json()["decisions"][0])


def test_inputs_that_lead_nowhere_give_no_preference_and_a_reason(site_of: Callable[..., Site]) -> None:
    """Unknown, malformed, of another system: placed at once, and explained."""
    site = site_of(scenario.build(37, room_per_node=20))
    for name, (annotations, outcome) in USELESS.items():
        (binding,) = site.plane.place([_pod(name, annotations)])
        assert binding.waited < 5
        decision = _explain(site, binding.pod)
        assert (decision["outcome"], decision["reason"]) == outcome, name
        assert decision["warnings"] or any(
            one["problem"] or one["state"] == "UNKNOWN" for one in decision["input_details"]
        )


def test_values_that_mean_nothing_count_as_absent(site_of: Callable[..., Site]) -> None:
    """The good input beside them still draws the pod; the bad value is counted and told."""
    site = site_of(scenario.build(41, room_per_node=20))
    best = oracle.good_nodes(site.stack.coverage([EVENTS]), [node.name for node in site.scene.nodes])
    for name, annotations in HARMLESS.items():
        (binding,) = site.plane.place([_pod(name, {"inputs": EVENTS, **annotations})])
        assert binding.node in best, name
        decision = _explain(site, binding.pod)
        assert decision["outcome"] == "scored"
        assert any(name in warning for warning in decision["warnings"]), decision["warnings"]
        counted = site.stack.extender.metrics()[f'locus_extender_bad_annotations_total{{annotation="{name}"}}']
        assert counted >= 1


def test_a_good_input_counts_beside_bad_ones(site_of: Callable[..., Site]) -> None:
    """The list is not thrown away for one of its elements."""
    site = site_of(scenario.build(43, room_per_node=20))
    best = oracle.good_nodes(site.stack.coverage([EVENTS]), [node.name for node in site.scene.nodes])
    (binding,) = site.plane.place([_pod("mixed", {"inputs": f"alluxio:///no/such, {EVENTS},hdfs://nn/x"})])
    assert binding.node in best
    assert _explain(site, binding.pod)["outcome"] == "scored"


def test_texts_that_hold_no_input_never_keep_a_pod_waiting(site_of: Callable[..., Site]) -> None:
    """Empty, separators alone, far too long, control characters."""
    site = site_of(scenario.build(47, room_per_node=20))
    for name, inputs in EMPTY.items():
        (binding,) = site.plane.place([_pod(name, {"inputs": inputs})])
        assert binding.waited < 5, name
    assert site.stack.extender.get("/healthz").status == 200
