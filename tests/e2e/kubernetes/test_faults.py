"""Parts of Locus die in the middle of a burst, and no pod waits for them."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from locus_e2e import oracle, scenario, spark
from locus_e2e.planes import LOCUS_SCHEDULER
from locus_e2e.site import Site
from locus_e2e.waiting import until

PODS = 50
# The promise.
LONGEST_WAIT_SECONDS = 5.0
PODS_A_SECOND = 8
KILL_WORKER_AT, KILL_META_AT, KILL_EXTENDER_AT = 6, 14, 42
AWAY = {"metadata_away", "metadata_stale"}


class _Burst:
    """Creates pods that read the same, each for itself, at a steady rate and does things in between."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._began = time.monotonic()
        self._app = site.scene.apps[0]
        self.names: list[str] = []

    def create_until(self, count: int) -> None:
        """Goes on until `count` pods have been created in all."""
        while len(self.names) < count:
            time.sleep(max(0.0, self._began + len(self.names) / PODS_A_SECOND - time.monotonic()))
            self.create()

    def create(self) -> str:
        """One pod now."""
        number = len(self.names) + 1
        # Executors of one application would share the bytes, and the last of so many would find none left.
        alone = spark.Application(self._app.name, self._app.inputs, 1, f"spark-{number:032x}")
        manifest = spark.executor(alone, number, LOCUS_SCHEDULER)
        self.names.append(self._site.plane.board.create(manifest))
        return self.names[-1]


def _decision(site: Site, pod: str) -> dict[str, Any] | None:
    told = site.stack.locusctl("--json", "explain", f"default/{pod}")
    return told.json()["decisions"][0] if told.status == 0 else None


def _degraded_total(site: Site) -> dict[str, float]:
    found = {}
    for series, value in site.stack.extender.metrics().items():
        if series.startswith("locus_extender_degraded_total{") and value:
            found[series.split('"')[1]] = value
    return found


def _place_one(site: Site, burst: _Burst) -> str:
    name = burst.create()
    site.plane.board.wait_bound([name], LONGEST_WAIT_SECONDS)
    return name


def _scored_again(site: Site, burst: _Burst) -> str | None:
    name = _place_one(site, burst)
    decision = _decision(site, name)
    return name if decision and decision["outcome"] == "scored" else None


def _assert_no_pod_waited(site: Site, names: list[str]) -> None:
    bindings = site.plane.board.wait_bound(names, 60)
    slow = {one.pod: one.waited for one in bindings if one.waited > LONGEST_WAIT_SECONDS}
    assert slow == {}, "by the watch of this test"
    for name in names:
        pod = site.plane.board.pod(name)
        bound = next(one for one in pod["status"]["conditions"] if one["type"] == "PodScheduled")
        assert bound["status"] == "True"
        waited = _time(bound["lastTransitionTime"]) - _time(pod["metadata"]["creationTimestamp"])
        assert waited <= LONGEST_WAIT_SECONDS, f"{name}, by the API server's times"
    print(f"longest wait {max(one.waited for one in bindings):.3f} s")


def _time(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def test_no_pod_of_a_burst_waits_when_worker_meta_and_extender_are_killed(site_of: Callable[..., Site]) -> None:
    """kill -9 of each, one after another; then each comes back, and the others go on with it."""
    # Shorter than the defaults of ten seconds each, so that the burst need not be longer than those.
    site = site_of(
        scenario.build(13, room_per_node=2 * PODS),
        extender={"metadata": {"max_age": "2s"}},
        meta={"workers": {"lost_after": "1s"}},
    )
    stack, burst = site.stack, _Burst(site)

    burst.create_until(KILL_WORKER_AT)
    stack.workers["node-1"].kill()
    burst.create_until(KILL_META_AT)
    site.plane.board.wait_bound(burst.names, LONGEST_WAIT_SECONDS)
    before_meta_died = list(burst.names)
    stack.meta.kill()
    burst.create_until(KILL_EXTENDER_AT)
    site.plane.board.wait_bound(burst.names, LONGEST_WAIT_SECONDS)
    degraded_total = _degraded_total(site)
    decisions = {name: _decision(site, name) for name in burst.names}
    with_extender = list(burst.names)
    stack.extender.kill()
    burst.create_until(PODS)
    _assert_no_pod_waited(site, burst.names)

    # Who was decided how, told before the extender died.
    assert {decisions[name]["outcome"] for name in before_meta_died} == {"scored"}
    outcomes = {name: (one["outcome"], one["reason"]) for name, one in decisions.items()}
    degraded = {name: reason for name, (outcome, reason) in outcomes.items() if outcome == "degraded"}
    assert with_extender[-1] in degraded
    assert set(degraded.values()) <= AWAY
    # No decision is without a word, and the counters agree with the explanations.
    assert {outcome for outcome, _ in outcomes.values()} == {"scored", "degraded"}
    assert sum(degraded_total.values()) == len(degraded)
    assert degraded_total.keys() == set(degraded.values())

    # The extender returns to a world without locus-meta: it says so, and it says what it cannot know.
    stack.extender.start()
    stack.extender.wait_ready("listen")
    alone = _place_one(site, burst)
    assert _decision(site, alone)["reason"] == "metadata_away"
    assert _degraded_total(site) == {"metadata_away": 1}
    unknown = stack.locusctl("explain", f"default/{burst.names[KILL_EXTENDER_AT]}")
    assert unknown.status == 1
    assert "the extender started" in unknown.errors

    # The others return, and nobody has to be told. Blocks survived the worker's end.
    stack.meta.start()
    until("scores after locus-meta's return", 20, lambda: _scored_again(site, burst), every=0.2)
    stack.workers["node-1"].start()
    stack.workers["node-1"].wait_ready("admin")
    coverage = stack.coverage(site.scene.apps[0].inputs)
    best = oracle.good_nodes(coverage, [node.name for node in site.scene.nodes])
    assert best == ["node-1"]

    def on_best() -> bool:
        name = _scored_again(site, burst)
        return name is not None and [one.node for one in site.plane.board.bindings([name])] == best

    until("pod on the node of the returned worker", 20, on_best, every=0.2)


def test_a_lost_worker_stops_counting_and_counts_again_when_it_returns(site_of: Callable[..., Site]) -> None:
    """Within lost_after its blocks draw nobody any more; the second best node does."""
    site = site_of(scenario.build(17, room_per_node=2 * PODS))
    burst = _Burst(site)
    inputs = site.scene.apps[0].inputs
    remaining = [node.name for node in site.scene.nodes if node.name != "node-1"]
    second = oracle.good_nodes(site.stack.coverage(inputs), remaining)

    def node_of_next() -> str:
        name = _place_one(site, burst)
        return site.plane.board.bindings([name])[0].node

    assert node_of_next() == "node-1"
    site.stack.workers["node-1"].kill()
    until("pod on the second best node", 15, lambda: node_of_next() in second, every=0.2)
    site.stack.workers["node-1"].start()
    until("pod on the best node again", 15, lambda: node_of_next() == "node-1", every=0.2)
