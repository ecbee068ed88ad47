"""Pods that do not speak to Locus are none of its business."""

from collections.abc import Callable

from locus_e2e import oracle, scenario, session, spark
from locus_e2e.planes import LOCUS_SCHEDULER
from locus_e2e.site import Site

pytestmark = session.every_version


def test_pods_without_annotations_get_no_scores_and_a_place(site_of: Callable[..., Site]) -> None:
    """Seen on the wire: an empty list, and from the filter the names as they came."""
    site = site_of(scenario.build(19), recorded=True)
    plain = spark.application("plain", (), 3, site.scene.seed)
    bindings = site.plane.place([spark.executor(plain, number, LOCUS_SCHEDULER) for number in (1, 2, 3)])
    assert len(bindings) == 3
    for binding in bindings:
        (filtered,) = site.proxy.calls(binding.pod, "filter")
        assert filtered.status == 200
        assert filtered.answer["NodeNames"] == filtered.arguments["NodeNames"]
        assert not filtered.answer.get("FailedNodes") and not filtered.answer.get("FailedAndUnresolvableNodes")
        assert not filtered.answer.get("Error")
        (prioritized,) = site.proxy.calls(binding.pod, "prioritize")
        assert (prioritized.status, prioritized.reply.strip()) == (200, b"[]")
    # Not even a record.
    told = site.stack.locusctl("explain", f"default/{bindings[0].pod}")
    assert told.status == 1


def test_only_nodes_with_a_score_above_zero_are_in_the_reply(site_of: Callable[..., Site]) -> None:
    """A listed zero would draw the scheduler's tie-breaker to that node."""
    site = site_of(scenario.build(23), recorded=True)
    app = site.scene.apps[0]
    (binding,) = site.plane.place([spark.executor(app, 1, LOCUS_SCHEDULER)])
    (call,) = site.proxy.calls(binding.pod, "prioritize")
    scores = {entry["Host"]: entry["Score"] for entry in call.answer}
    assert scores
    assert set(scores) <= set(call.arguments["NodeNames"])
    assert all(isinstance(score, int) and 1 <= score <= 10 for score in scores.values())
    coverage = site.stack.coverage(app.inputs)
    best = oracle.good_nodes(coverage, call.arguments["NodeNames"])
    assert [host for host, score in scores.items() if score == 10] == best
    (filtered,) = site.proxy.calls(binding.pod, "filter")
    assert filtered.answer["NodeNames"] == filtered.arguments["NodeNames"]
