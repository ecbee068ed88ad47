"""Three masters with the embedded journal: the leader is killed, another takes over."""

import contextlib
import functools
import time
from collections.abc import Callable
from pathlib import Path

from locus_e2e import settings
from locus_e2e.alluxio import truth
from locus_e2e.alluxio.cluster import HA_MASTER_HOSTS, AlluxioCluster, Shape
from locus_e2e.alluxio.questions import Sampler
from locus_e2e.alluxio.stack import AlluxioStack
from locus_e2e.processes import Processes
from locus_e2e.waiting import until

FOLDER = "/data"
BLOCK = 64 << 10
# The promise: after the new leader knows its workers.
FRESH_SECONDS = 5.0


def test_answers_never_fail_when_the_leader_is_killed_and_are_fresh_soon_after(
    open_cluster: Callable[[Shape], tuple[AlluxioCluster, Processes, Path]],
    record_property: Callable[[str, object], None],
) -> None:
    """With agents and without; then the second leader, so that the first must be found once more."""
    cluster, processes, folder = open_cluster(Shape(masters=HA_MASTER_HOSTS))
    cluster.driver.call("write", path=f"{FOLDER}/x", size=30 * BLOCK, block=BLOCK)
    data = truth.settled(cluster, FOLDER)
    with contextlib.ExitStack() as ends:
        stacks = {}
        for source in ("both", "alluxio"):
            stack = AlluxioStack(settings.programs(), folder / f"locus-{source}", processes, cluster, source)
            stacks[source] = ends.enter_context(contextlib.closing(stack))
            ends.enter_context(stack.ask.want(FOLDER))
            truth.agrees(stack.ask, FOLDER, data, 15)
        pids = {source: stack.pids() for source, stack in stacks.items()}
        first = cluster.leader()
        _lose(cluster, first, stacks, data, record_property)
        cluster.start(cluster.masters[first])
        second = cluster.leader()
        assert second != first
        cluster.wait_followers(90)
        _lose(cluster, second, stacks, data, record_property)
        assert {source: stack.pids() for source, stack in stacks.items()} == pids


def _lose(
    cluster: AlluxioCluster,
    leader: str,
    stacks: dict[str, AlluxioStack],
    data: truth.Truth,
    record: Callable[[str, object], None],
) -> None:
    with contextlib.ExitStack() as ends:
        samplers = {source: ends.enter_context(Sampler(stack.ask, FOLDER, 0.02)) for source, stack in stacks.items()}
        for sampler in samplers.values():
            until("an answer", 5, sampler.last)
        cluster.kill(cluster.masters[leader])
        killed = time.monotonic()
        cluster.wait_registered(90)
        known = time.monotonic()
        record(f"{leader} lost", f"workers known to the next leader after {known - killed:.1f} s")
        for source, sampler in samplers.items():
            until("a fresh answer", FRESH_SECONDS, functools.partial(_fresh_since, sampler, known))
            record(source, f"fresh {max(0.0, _first_fresh(sampler, killed) - known):.2f} s after that")
    for source, sampler in samplers.items():
        assert sampler.errors == [], source
        wrong = [answer for _, answer in sampler.answers if (answer.state, answer.held) != ("KNOWN", data.held())]
        assert wrong == [], f"{source}: {len(wrong)} of {len(sampler.answers)} answers; the first: {wrong[0]}"
        assert any(answer.stale for _, answer in sampler.answers), f"{source}: no answer was marked stale"


def _fresh_since(sampler: Sampler, since: float) -> bool:
    when, answer = sampler.answers[-1]
    return when > since and not answer.stale


def _first_fresh(sampler: Sampler, killed: float) -> float:
    """When answers became fresh for good."""
    stale = [when for when, answer in sampler.answers if answer.stale and when > killed]
    return max(stale, default=killed)
