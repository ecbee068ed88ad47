"""An application is placed as a whole: bursts, dynamic allocation, copies, drivers, busy nodes."""

import random
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from locus_e2e import covering, scenario, session, spark
from locus_e2e import extender as extenders
from locus_e2e.cluster import Node
from locus_e2e.locality_double import Block
from locus_e2e.planes import LOCUS_SCHEDULER, KubePlane
from locus_e2e.site import Site
from locus_e2e.stage import Stage
from locus_e2e.waiting import until

MIB, GIB = 1 << 20, 1 << 30
INPUT = "alluxio:///warehouse/large"
# Of the bytes that executors can cover at best.
PROMISE = 0.98


def _nodes(count: int, room: int) -> list[Node]:
    return [
        Node(f"n{number:04d}", f"10.0.{number // 250}.{number % 250}", room * spark.CPU_MILLI, room * spark.MEMORY_MIB)
        for number in range(count)
    ]


def _copies(blocks: Sequence[Block]) -> dict[frozenset[str], int]:
    found: dict[frozenset[str], int] = {}
    for block in blocks:
        if block.nodes:
            key = frozenset(block.nodes)
            found[key] = found.get(key, 0) + block.size
    return found


def _cached(blocks: Sequence[Block]) -> dict[str, int]:
    """Bytes on each node."""
    found: dict[str, int] = {}
    for block in blocks:
        for node in block.nodes:
            found[node] = found.get(node, 0) + block.size
    return found


def _executors(name: str, count: int, inputs: tuple[str, ...] = (INPUT,)) -> list[dict[str, Any]]:
    app = spark.application(name, inputs, count, 1)
    return [spark.executor(app, number, LOCUS_SCHEDULER) for number in range(1, count + 1)]


def _uneven(seed: int, holders: Sequence[str], blocks: int) -> list[Block]:
    """Blocks of 128 MiB on nodes of which some are drawn far more often than others; one in ten is not cached."""
    rng = random.Random(seed)
    weights = [rng.paretovariate(2) for _ in holders]
    return [
        Block(rng.randint(64, 128) * MIB, () if rng.random() < 0.1 else tuple(rng.choices(holders, weights)))
        for _ in range(blocks)
    ]


def test_a_burst_of_100_executors_at_1000_nodes_spreads_by_bytes(
    stage_of: Callable[..., Stage], record_property: Callable[[str, object], None]
) -> None:
    """No node gets more than its share and one more, and together they cover what 100 can cover."""
    # Large nodes: what executors request of one moves no other decision, bytes alone do.
    room, count = 64, 100
    nodes = _nodes(1000, room)
    blocks = _uneven(20261127, [node.name for node in nodes[200:260]], 500)
    stage = stage_of(nodes, {INPUT: blocks})

    began = time.monotonic()
    bindings = stage.plane.place(_executors("burst", count))
    record_property("seconds for 100 executors at 1,000 nodes", f"{time.monotonic() - began:.1f}")

    share = sum(block.size for block in blocks) // count
    cached = _cached(blocks)
    placed = covering.on_nodes(one.node for one in bindings)
    assert sum(placed.values()) == count
    over = {node: here for node, here in placed.items() if here > cached.get(node, 0) / share + 1}
    assert over == {}
    reached = covering.covered(_copies(blocks), placed, share)
    best = covering.best_of_single_copies(cached, room, count, share)
    record_property("of the bytes that they can cover", f"{reached / best:.1%}")
    assert reached >= PROMISE * best
    # There was something to get wrong: nodes hold from less than one share to several.
    assert min(cached.values()) < share and max(cached.values()) > 3 * share


@session.every_version
def test_copies_on_several_nodes_are_read_by_one_executor_each(stage_of: Callable[..., Stage]) -> None:
    """The two fullest nodes hold the same blocks: one of them is enough, whatever the version of the scheduler."""
    nodes = _nodes(5, 4)
    first, twin, third, fourth, _ = (node.name for node in nodes)
    blocks = [
        *[Block(64 * MIB, (first, twin))] * 12,
        *[Block(64 * MIB, (third,))] * 8,
        *[Block(64 * MIB, (fourth,))] * 4,
    ]
    stage = stage_of(nodes, {INPUT: blocks})
    # Without the sample of blocks nobody knows that the copies are the same.
    _look(stage.extender, INPUT)
    until("sample of the blocks", 10, lambda: stage.extender.metrics().get("locus_extender_samples_bytes", 0) > 0)
    share = sum(block.size for block in blocks) // 6
    placed = covering.on_nodes(one.node for one in stage.plane.place(_executors("twins", 6)))
    reached = covering.covered(_copies(blocks), placed, share)
    best = covering.best(_copies(blocks), dict.fromkeys((node.name for node in nodes), 4), 6, share)
    assert best == sum(block.size for block in blocks)
    assert reached >= PROMISE * best, placed


def _look(extender: Any, uri: str) -> None:
    answer = extender.get(f"/v1/locality?input={uri}")
    assert answer.status == 200, answer.data


@pytest.mark.parametrize("lost_from", ["node-1", "node-2"])
def test_the_replacement_of_a_killed_executor_goes_where_its_share_was_freed(
    site_of: Callable[..., Site], lost_from: str
) -> None:
    """The others stay, and what they read stays theirs."""
    scene = scenario.build(3)
    site = site_of(scene)
    app = scene.apps[0]
    bindings = []
    for number in range(1, app.executors + 1):
        bindings += site.plane.place([spark.executor(app, number, LOCUS_SCHEDULER)])
    copies, share = site.stack.copies(app.inputs), site.stack.coverage(app.inputs).length // app.executors
    before = covering.covered(copies, covering.on_nodes(one.node for one in bindings), share)

    lost = next(one for one in bindings if one.node == lost_from)
    rest = [one.node for one in bindings if one is not lost]
    worth = {
        node.name: covering.covered(copies, covering.on_nodes([*rest, node.name]), share) for node in scene.nodes
    }
    assert max(worth, key=lambda node: worth[node]) == lost_from
    site.plane.board.delete(lost.pod)
    extenders.wait_pods(site.stack.extender, len(rest))
    (replacement,) = site.plane.place([spark.executor(app, app.executors + 1, LOCUS_SCHEDULER)])
    assert replacement.node == lost_from
    assert covering.covered(copies, covering.on_nodes([*rest, replacement.node]), share) == before


def _driver(app: spark.Application, inputs: tuple[str, ...]) -> dict[str, Any]:
    """As Spark makes it in cluster mode; placed by the stock scheduler."""
    manifest = spark.executor(app, 0, "default-scheduler")
    manifest["metadata"]["name"] = f"{app.name}-driver"
    labels = manifest["metadata"]["labels"]
    labels["spark-role"] = "driver"
    del labels["spark-exec-id"], labels["spark-exec-resourceprofile-id"]
    manifest["metadata"]["annotations"] = {"locus.dev/inputs": ",".join(inputs)}
    manifest["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "10m", "memory": "16Mi"}}
    return manifest


@pytest.mark.parametrize("by", ["selector", "owner"])
def test_a_drivers_annotations_count_for_its_executors(site_of: Callable[..., Site], by: str) -> None:
    """Found by spark-app-selector, or by owner reference alone; the executors carry no word of data."""
    scene = scenario.build(5)
    site = site_of(scene)
    wanted = scene.apps[0]
    app = spark.application("driven", (), wanted.executors, 1)
    driver = site.plane.board.create(_driver(app, wanted.inputs))
    uid = site.plane.board.pod(driver)["metadata"]["uid"]
    extenders.wait_pods(site.stack.extender, 1)

    pods = [spark.executor(app, number, LOCUS_SCHEDULER) for number in range(1, app.executors + 1)]
    if by == "owner":
        owner = {"apiVersion": "v1", "kind": "Pod", "name": driver, "uid": uid, "controller": True}
        for pod in pods:
            pod["metadata"]["ownerReferences"] = [owner]
            pod["metadata"]["labels"] = {}
    bindings = site.plane.place(pods)
    copies, share = site.stack.copies(wanted.inputs), site.stack.coverage(wanted.inputs).length // app.executors
    room = {node.name: scenario.ROOM_PER_NODE for node in scene.nodes}
    reached = covering.covered(copies, covering.on_nodes(one.node for one in bindings), share)
    assert reached >= PROMISE * covering.best(copies, room, app.executors, share)
    told = site.stack.locusctl("--json", "explain", f"default/{bindings[-1].pod}")
    assert told.json()["decisions"][0]["inputs"] == list(wanted.inputs)


def test_a_busy_holder_loses_against_an_idle_one_with_half_its_bytes_and_wins_when_its_load_falls(
    stage_of: Callable[..., Stage],
) -> None:
    """Loads as the nodes report them: 0.95 against 0.2, then 0.1."""
    nodes = _nodes(5, 20)
    full, half = nodes[1].name, nodes[3].name
    blocks = [*[Block(128 * MIB, (full,))] * 8, *[Block(128 * MIB, (half,))] * 4]
    stage = stage_of(nodes, {INPUT: blocks}, loads={full: 0.95, half: 0.2})
    numbers = iter(range(1, 100))

    def node_of_next() -> str:
        # The only executor of its application: others of the same would share the bytes.
        return _place_one(stage.plane, f"lone-{next(numbers)}")

    assert [node_of_next() for _ in range(3)] == [half] * 3
    stage.double.set_load(full, 0.1)
    until("pod on the node that is no longer busy", 5, lambda: node_of_next() == full, every=0.1)
    assert [node_of_next() for _ in range(3)] == [full] * 3
    stage.double.set_load(full, 0.95)
    until("pod on the other node", 5, lambda: node_of_next() == half, every=0.1)


def _place_one(plane: KubePlane, name: str) -> str:
    (binding,) = plane.place(_executors(name, 1))
    plane.board.delete(binding.pod)
    return binding.node


def test_a_plan_without_pods_comes_true(site_of: Callable[..., Site]) -> None:
    """`locusctl plan` beside what the scheduler does, and beside placements drawn here."""
    scene = scenario.build(3)
    site = site_of(scene)
    app = scene.apps[1]
    told = site.stack.locusctl(
        "--json", "plan", "--inputs", ",".join(app.inputs), "--executors", str(app.executors)
    )  # fmt: skip
    assert told.status == 0, told.errors
    plan = told.json()
    copies, share = site.stack.copies(app.inputs), site.stack.coverage(app.inputs).length // app.executors
    assert plan["share_bytes"] == pytest.approx(share, abs=1)
    planned = {place["node"]: place["executors"] for place in plan["places"]}
    assert sum(planned.values()) + plan["elsewhere"] == app.executors
    assert plan["local_bytes"] == pytest.approx(covering.covered(copies, planned, share), rel=0.001)

    # One for each place that the nodes have; six on three nodes are two each when each gets one in turn.
    places = [node.name for node in scene.nodes for _ in range(scenario.ROOM_PER_NODE)]
    rng = random.Random(1)
    draws = [
        covering.covered(copies, covering.on_nodes(rng.sample(places, app.executors)), share) for _ in range(1000)
    ]
    mean = sum(draws) / len(draws)
    deviation = (sum((draw - mean) ** 2 for draw in draws) / len(draws)) ** 0.5
    # The plan's own figure is the mean of 64 draws.
    assert plan["random_bytes"] == pytest.approx(mean, abs=4 * deviation / 8)
    in_turn = covering.covered(copies, {node.name: 2 for node in scene.nodes}, share)
    assert plan["one_per_node_bytes"] == pytest.approx(in_turn, rel=0.001)
    assert plan["local_bytes"] > 1.1 * max(plan["random_bytes"], plan["one_per_node_bytes"])

    bindings = site.plane.place([spark.executor(app, number, LOCUS_SCHEDULER) for number in range(1, 7)])
    reached = covering.covered(copies, covering.on_nodes(one.node for one in bindings), share)
    assert reached == pytest.approx(plan["local_bytes"], rel=0.05)
