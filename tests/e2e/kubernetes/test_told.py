"""What a user asks for is obeyed, and what became of it is told on the pod: constraints, events, pipelines of Jobs."""

import random
import re
from collections.abc import Callable
from typing import Any

import pytest
from locus_e2e import cache_client, covering, oracle, scenario, spark
from locus_e2e.dataset import MIB, CachedFile
from locus_e2e.planes import LOCUS_SCHEDULER
from locus_e2e.site import Site
from locus_e2e.waiting import until

EVENTS = "alluxio:///warehouse/events"
_UNITS = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
_EVENT_SECONDS = 10
# A block on a node counts for decisions within this time (docs/operations.md promises it of 99 in 100).
_VISIBLE_SECONDS = 5


def _lone(site: Site, name: str, inputs: tuple[str, ...] = (EVENTS,), **annotations: str) -> dict[str, Any]:
    app = spark.application(name, inputs, 1, site.scene.seed)
    manifest = spark.executor(app, 1, LOCUS_SCHEDULER)
    manifest["metadata"]["annotations"].update({f"locus.dev/{key}": value for key, value in annotations.items()})
    return manifest


def _event(site: Site, pod: str, reason: str) -> str:
    """The text of the pod's event of that reason, which comes soon."""

    def find() -> str | None:
        return next((text for found, text in site.plane.board.events(pod) if found == reason), None)

    return until(f"event {reason} on {pod}", _EVENT_SECONDS, find, every=0.1)


def _bytes(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+) ?(\w+)", text).groups()  # type: ignore[union-attr]
    return float(number) * _UNITS[unit]


def test_each_placed_pod_is_told_the_bytes_that_its_node_holds_for_it(site_of: Callable[..., Site]) -> None:
    """LocalityPlaced, against the folders and the executors that were there before."""
    site = site_of(scenario.build(3))
    app = site.scene.apps[0]
    coverage = site.stack.coverage(app.inputs)
    placed: list[str] = []
    for number in range(1, 5):
        (binding,) = site.plane.place([spark.executor(app, number, LOCUS_SCHEDULER)])
        text = _event(site, binding.pod, "LocalityPlaced")
        told = re.match(r"(.+) of its share of (.+) lie on (\S+)( \(|$)", text)
        assert told, text
        share = coverage.length // number
        left = coverage.left(covering.on_nodes(placed), share)
        assert _bytes(told[1]) == pytest.approx(min(share, left.cached(binding.node)), rel=0.01)
        assert _bytes(told[2]) == pytest.approx(share, rel=0.01)
        assert told[3] == binding.node
        placed.append(binding.node)


def test_a_node_selector_that_excludes_the_best_holder_is_obeyed_and_told(site_of: Callable[..., Site]) -> None:
    """The best of the others gets the pod, and BestHolderNotOffered names the one that was not to be had."""
    site = site_of(scenario.build(5))
    names = [node.name for node in site.scene.nodes]
    coverage = site.stack.coverage([EVENTS])
    (best,) = oracle.good_nodes(coverage, names)
    others = [name for name in names if name != best]
    (second,) = oracle.good_nodes(coverage, others)
    for name in others:
        site.plane.control.api.patch(f"/api/v1/nodes/{name}", {"metadata": {"labels": {"pool": "batch"}}})
    manifest = _lone(site, "choosy")
    manifest["spec"]["nodeSelector"] = {"pool": "batch"}
    (binding,) = site.plane.place([manifest])
    assert binding.node == second
    assert best in _event(site, binding.pod, "BestHolderNotOffered")
    # The same pod without the selector gets it, and there is nothing to be told then.
    (free,) = site.plane.place([_lone(site, "free")])
    assert free.node == best
    _event(site, free.pod, "LocalityPlaced")
    assert "BestHolderNotOffered" not in [reason for reason, _ in site.plane.board.events(free.pod)]


def test_a_bad_value_is_told_on_the_pod_which_runs(site_of: Callable[..., Site]) -> None:
    """LocalityBadAnnotation names what is wrong."""
    site = site_of(scenario.build(5))
    (best,) = oracle.good_nodes(site.stack.coverage([EVENTS]), [node.name for node in site.scene.nodes])
    (binding,) = site.plane.place([_lone(site, "typo", policy="prefre")])
    assert binding.node == best
    assert "policy" in _event(site, binding.pod, "LocalityBadAnnotation")


def test_a_pod_placed_while_locus_meta_is_down_is_told_so(site_of: Callable[..., Site]) -> None:
    """LocalityDegraded; it ran all the same."""
    # Room for all pods that are placed before, however slow the machine.
    site = site_of(scenario.build(5, room_per_node=100), extender={"metadata": {"max_age": "1s"}})
    site.stack.meta.kill()
    # For as long as its last word counts it is away, from then on that word is too old.
    until(
        "the end of max_age in the extender",
        10,
        lambda: _degraded(site, f"early-{random.getrandbits(32):x}"),
        every=0.2,
    )
    (binding,) = site.plane.place([_lone(site, "alone")])
    assert binding.waited < 5
    assert "the news from locus-meta is too old" in _event(site, binding.pod, "LocalityDegraded")


def _degraded(site: Site, name: str) -> bool:
    site.plane.place([_lone(site, name)])
    return site.stack.extender.metrics().get('locus_extender_degraded_total{reason="metadata_stale"}', 0) > 0


def test_the_second_stage_of_a_pipeline_follows_what_the_first_has_just_written(site_of: Callable[..., Site]) -> None:
    """Pods of two Jobs without a word of Spark. What a pod of the first writes lies on the node where it ran."""
    site = site_of(scenario.build(3))
    count = 3
    first = site.plane.place(_job_pods(site, "extract", ("alluxio:///warehouse/orders",), count))
    rng = random.Random(9)
    written = []
    for number, binding in enumerate(first):
        path = f"/pipeline/stage-1/part-{number}"
        target = site.stack.origin / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(rng.randbytes((8 + number) * MIB))
        written.append(CachedFile(binding.node, path, "MEM"))
    cache_client.load({node: worker.target() for node, worker in site.stack.workers.items()}, written)

    uri = "alluxio:///pipeline/stage-1"
    copies, coverage = site.stack.copies([uri]), site.stack.coverage([uri])
    assert sum(copies.values()) == coverage.length == sum((8 + number) * MIB for number in range(count))
    until("news of what was written", _VISIBLE_SECONDS, lambda: _known(site, uri) == coverage.length)
    second = site.plane.place(_job_pods(site, "report", (uri,), count))
    share = coverage.length // count
    room = {node.name: scenario.ROOM_PER_NODE for node in site.scene.nodes}
    for binding in first:
        room[binding.node] -= 1
    reached = covering.covered(copies, covering.on_nodes(one.node for one in second), share)
    assert reached >= 0.98 * covering.best(copies, room, count, share)
    # The Job is their group, though no annotation says so.
    told = site.stack.locusctl("--json", "explain", f"default/{second[-1].pod}").json()["decisions"][0]
    assert told["group_size"] == count


def _known(site: Site, uri: str) -> int:
    told = site.stack.locusctl("--json", "locality", uri)
    return int(told.json()["inputs"][0]["cached_bytes"]) if told.status == 0 else 0


def _job_pods(site: Site, name: str, inputs: tuple[str, ...], count: int) -> list[dict[str, Any]]:
    """Pods as the Job's controller, which there is none of here, makes them."""
    template = _lone(site, name, inputs)
    del template["metadata"]["labels"], template["metadata"]["name"]
    spec = {"parallelism": count, "completions": count, "template": {"spec": template["spec"]}}
    api = site.plane.control.api
    job = api.post("/apis/batch/v1/namespaces/default/jobs", {"metadata": {"name": name}, "spec": spec})
    owner = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "name": name,
        "uid": job["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }
    api.delete(f"/apis/batch/v1/namespaces/default/jobs/{name}", {"propagationPolicy": "Background"})
    pods = []
    for number in range(count):
        labels = {"batch.kubernetes.io/job-name": name, "batch.kubernetes.io/controller-uid": job["metadata"]["uid"]}
        metadata = {
            **template["metadata"],
            "name": f"{name}-{number}",
            "labels": labels,
            "ownerReferences": [owner],
        }
        pods.append({**template, "metadata": metadata})
    return pods
