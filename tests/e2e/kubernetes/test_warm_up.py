"""Pods that had to be placed away from their input: with warm_up the next ones find it where those were."""

import random
import re
from collections.abc import Callable

import pytest
from locus_e2e import covering, rooms, scenario, spark
from locus_e2e.dataset import MIB
from locus_e2e.planes import LOCUS_SCHEDULER
from locus_e2e.site import Site
from locus_e2e.waiting import WaitedTooLong, until

COLD = "alluxio:///warehouse/cold"
_FILES = 9
_EXECUTORS = 4
_LOAD_SECONDS = 20
# From the last placement to a load it takes less than a second where nothing is to be waited for.
_NOTHING_SECONDS = 4
_EVENT_SECONDS = 10


def _write_cold(site: Site) -> int:
    """An input that is cached nowhere; its bytes."""
    rng = random.Random(11)
    total = 0
    for number in range(_FILES):
        target = site.stack.origin / f"warehouse/cold/part-{number}"
        target.parent.mkdir(parents=True, exist_ok=True)
        content = rng.randbytes((3 + number) * MIB)
        target.write_bytes(content)
        total += len(content)
    return total


def _place(site: Site, name: str) -> list[str]:
    """Places an application that reads the input; the nodes of its executors."""
    app = spark.application(name, (COLD,), _EXECUTORS, site.scene.seed)
    pods = [spark.executor(app, number, LOCUS_SCHEDULER) for number in range(1, _EXECUTORS + 1)]
    return [binding.node for binding in site.plane.place(pods)]


def _cached(site: Site) -> dict[str, int]:
    coverage = site.stack.coverage([COLD])
    return {node: coverage.cached(node) for node in coverage.nodes if coverage.cached(node)}


def _known(site: Site) -> int:
    told = site.stack.locusctl("--json", "locality", COLD)
    return int(told.json()["inputs"][0]["cached_bytes"]) if told.status == 0 else 0


def test_by_default_nothing_is_loaded(site_of: Callable[..., Site]) -> None:
    """However short its settle time is."""
    site = site_of(scenario.build(5), extender={"warm_up": {"settle": "0s"}})
    _write_cold(site)
    _place(site, "cold-report")
    with pytest.raises(WaitedTooLong):
        until("load that nobody asked for", _NOTHING_SECONDS, lambda: _cached(site), every=0.2)
    assert not [name for name in site.stack.extender.metrics() if "warm_up" in name]


def test_an_input_that_is_cached_nowhere_is_loaded_where_its_pods_were_placed(site_of: Callable[..., Site]) -> None:
    """By one of two extenders, each file onto one of the nodes; the next application of the input lands there."""
    site = site_of(scenario.build(5), extender={"warm_up": {"enabled": True, "settle": "1s"}})
    extenders = [site.stack.extender, site.stack.add_extender("locus-extender-2")]
    site.stack.wait_extender(extenders[1])
    length = _write_cold(site)
    nodes = set(_place(site, "cold-report"))
    assert len(nodes) > 1

    until("input on the nodes of its pods", _LOAD_SECONDS, lambda: sum(_cached(site).values()) == length, every=0.2)
    assert set(_cached(site)) == nodes
    copies = site.stack.copies([COLD])
    assert {len(holders) for holders in copies} == {1}

    def told(name: str) -> float:
        return sum(extender.metrics().get(f"locus_extender_warm_up_{name}", 0.0) for extender in extenders)

    until("end of the loads", _LOAD_SECONDS, lambda: told('loads_ended_total{end="done"}') == len(nodes))
    assert told("loads_started_total") == len(nodes)
    assert told("fetched_bytes_total") == length
    assert told('judged_total{outcome="loading"}') == 1

    until("news of what was loaded", _LOAD_SECONDS, lambda: _known(site) == length)
    site.plane.clear()
    again = _place(site, "cold-again")
    share = length // _EXECUTORS
    room = {node.name: rooms.capacity(node) for node in site.scene.nodes}
    reached = covering.covered(copies, covering.on_nodes(again), share)
    assert reached >= 0.98 * covering.best(copies, room, _EXECUTORS, share)
    assert reached > 0.5 * length
    for number in range(1, _EXECUTORS + 1):
        _expect_placed_locally(site, f"cold-again-exec-{number}")

    # Enough of it is there: nothing is loaded for these.
    until("judgement of the second one", _LOAD_SECONDS, lambda: told('judged_total{outcome="local"}') == 1)
    assert told("loads_started_total") == len(nodes)


def _expect_placed_locally(site: Site, pod: str) -> None:
    """LocalityPlaced, with some bytes."""

    def find() -> str | None:
        return next((text for reason, text in site.plane.board.events(pod) if reason == "LocalityPlaced"), None)

    text = until(f"event LocalityPlaced on {pod}", _EVENT_SECONDS, find, every=0.1)
    assert re.match(r"[1-9][\d.]* [KMG]iB of its share of ", text), text
