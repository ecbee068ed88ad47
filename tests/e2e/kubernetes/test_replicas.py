"""Two locus-metas: placement goes on as before when one of them dies, whichever it is, and when both are upgraded."""

import contextlib
from collections.abc import Callable
from typing import Any

import grpc
from locus_e2e import oracle, scenario, spark
from locus_e2e.daemon import Daemon
from locus_e2e.planes import LOCUS_SCHEDULER
from locus_e2e.ready_service import ReadyService
from locus_e2e.site import Site
from locus_e2e.waiting import until

PODS = 30
AT_MOST_SECONDS = 10.0


class _Placing:
    """Pods one after another, each alone with the same input, and what was decided for them."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._count = 0

    def one(self) -> tuple[str, dict[str, Any]]:
        """Node and decision of one more pod."""
        self._count += 1
        app = self._site.scene.apps[0]
        alone = spark.Application(app.name, app.inputs, 1, f"spark-{self._count:032x}")
        name = self._site.plane.board.create(spark.executor(alone, self._count, LOCUS_SCHEDULER))
        node = self._site.plane.board.wait_bound([name], AT_MOST_SECONDS)[0].node
        told = self._site.stack.locusctl("--json", "explain", f"default/{name}")
        assert told.status == 0, told.errors
        return node, told.json()["decisions"][0]


def _heard(site: Site) -> set[float]:
    return {worker.metrics("admin")["locus_worker_report_targets_heard"] for worker in site.stack.workers.values()}


def test_the_death_of_either_of_two_metas_costs_no_pod_its_locality(site_of: Callable[..., Site]) -> None:
    """Each of six pods after each kill -9 is scored, and lands where the folders say."""
    site = site_of(scenario.build(19, room_per_node=2 * PODS), metas=2)
    stack, placing = site.stack, _Placing(site)
    best = oracle.good_nodes(stack.coverage(site.scene.apps[0].inputs), [node.name for node in site.scene.nodes])
    assert _heard(site) == {2}
    assert placing.one()[0] in best

    for dying in stack.metas:
        dying.kill()
        for _ in range(6):
            node, decision = placing.one()
            assert (decision["outcome"], node in best) == ("scored", True), (dying.name, decision)
        # Workers say who hears them, and are told so by the counters.
        until("workers without one locus-meta", AT_MOST_SECONDS, lambda: _heard(site) == {1})
        assert {worker.metrics("admin")["locus_worker_reporting"] for worker in stack.workers.values()} == {1}
        dying.start()
        dying.wait_ready("admin")
        until("workers that reach both", AT_MOST_SECONDS, lambda: _heard(site) == {2})
    assert _degraded(site) == {}


def _serving(meta: Daemon) -> bool:
    """What grpc.health.v1 says, whose messages have no file here: status 1 is SERVING."""
    with grpc.insecure_channel(meta.target(), options=[("grpc.enable_http_proxy", 0)]) as channel:
        call = channel.unary_unary("/grpc.health.v1.Health/Check")
        return bool(call(b"", timeout=AT_MOST_SECONDS, wait_for_ready=True) == b"\x08\x01")


def _degraded(site: Site) -> dict[str, float]:
    return {
        series: value
        for series, value in site.stack.extender.metrics().items()
        if series.startswith("locus_extender_degraded_total{") and value
    }


def test_an_upgrade_of_both_metas_costs_no_pod_its_locality(site_of: Callable[..., Site]) -> None:
    """One after the other is restarted, as a Deployment does: the second when the new first is ready. The extender asks
    those that are ready, by a Service. Workers come late, and yet nobody asks a locus-meta that has not heard them."""
    with contextlib.closing(ReadyService()) as service:
        site = site_of(
            scenario.build(29, room_per_node=3 * PODS),
            metas=2,
            extender={"metadata": {"target": service.target}},
            meta={"readiness": {"settle": "3s"}},
            worker={"report": {"reconnect_max": "2s"}},
        )
        stack, placing = site.stack, _Placing(site)
        service.select(stack.metas)
        best = oracle.good_nodes(stack.coverage(site.scene.apps[0].inputs), [node.name for node in site.scene.nodes])
        until("metadata", 3 * AT_MOST_SECONDS, lambda: b"metadata: connected" in stack.extender.get("/readyz").data)
        placed = [placing.one()]
        for meta in stack.metas:
            assert meta.stop() == 0
            placed.append(placing.one())
            meta.start()
            waits = meta.get("/readyz", "admin")
            assert waits.status == 503 and b"workers may still come" in waits.data, waits.data
            assert not _serving(meta)

            def ready(meta: Daemon = meta) -> bool:
                placed.append(placing.one())
                return meta.get("/readyz", "admin").status == 200

            until(f"readiness of {meta.name}", 2 * AT_MOST_SECONDS, ready)
            assert meta.metrics("admin")['locus_meta_workers{state="live"}'] == len(stack.workers)
            until("health", AT_MOST_SECONDS, lambda meta=meta: _serving(meta))
        placed.append(placing.one())
        assert len(placed) > 6
        lost = [(node, told) for node, told in placed if told["outcome"] != "scored" or node not in best]
        assert lost == []
        assert _degraded(site) == {}


def test_what_changes_while_one_meta_is_away_is_known_to_both_afterwards(site_of: Callable[..., Site]) -> None:
    """The one that was away is told everything when it returns; both then say the same."""
    site = site_of(scenario.build(23, room_per_node=PODS), metas=2)
    stack = site.stack
    first, second = stack.metas
    (path, *_) = site.scene.apps[0].inputs
    second.kill()
    assert stack.locusctl("evict", path).status == 0
    second.start()
    second.wait_ready("admin")

    def known(meta: Daemon) -> tuple[int, int]:
        told = stack.locusctl("--json", "locality", path, meta=meta)
        return told.status, told.json()["inputs"][0]["cached_bytes"] if told.output else -1

    # The input is known, and nothing of it is cached: to each of them.
    until("nothing cached, at both", AT_MOST_SECONDS, lambda: known(first) == known(second) == (0, 0))
