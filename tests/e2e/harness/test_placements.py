"""Room, local bytes and the data set, against figures worked out by hand."""

import pytest
from locus_e2e import dataset, locality, rooms, spark
from locus_e2e.cluster import Binding, Node
from locus_e2e.oracle import Coverage


def _binding(pod: str, node: str, version: int) -> Binding:
    return Binding(pod, node, 0.0, 0.0, version)


def test_memory_and_pod_count_bound_the_room_as_cpu_does() -> None:
    """The scarcest counts."""
    assert rooms.capacity(Node("n", "", 9000, 2 * spark.MEMORY_MIB)) == 2
    assert rooms.capacity(Node("n", "", 3500, 9 * spark.MEMORY_MIB)) == 3
    assert rooms.capacity(Node("n", "", 9000, 9 * spark.MEMORY_MIB, pods=1)) == 1


def test_executors_on_a_node_divide_what_lies_there() -> None:
    """Four executors, share 25 each: two on 60 take 25 each, two on 30 get 15 each."""
    coverage = Coverage(100, {"n1": {"MEM": 40, "SSD": 20}, "n2": {"MEM": 30}})
    bindings = [_binding("a", "n1", 1), _binding("b", "n1", 2), _binding("c", "n2", 3), _binding("d", "n2", 4)]
    assert locality.local_bytes(bindings, coverage) == {"a": 25, "b": 25, "c": 15, "d": 15}
    assert locality.local_bytes([_binding("a", "n3", 1)], coverage) == {"a": 0}
    assert locality.local_bytes([], coverage) == {}


@pytest.mark.parametrize("seed", [1, 2, 3, 20261121])
def test_a_data_set_is_large_uneven_and_follows_from_its_seed(seed: int) -> None:
    """At least 200 MB; each node caches about the planned fraction of each table; no file twice."""
    tables = dataset.tables(["a", "b", "c"])
    data = dataset.describe(seed, tables)
    assert data == dataset.describe(seed, tables)
    assert data != dataset.describe(seed + 1000, tables)
    assert data.total_bytes >= 200_000_000
    assert len({file.path for file in data.plan}) == len(data.plan)
    assert {file.tier for file in data.plan} == {"MEM", "SSD"}
    for table in tables:
        root = "/".join(table.folder.split("/")[:3])
        sizes = {path: size for path, size in data.sizes.items() if path.startswith(f"{root}/")}
        for node, fraction in table.fractions.items():
            cached = sum(sizes.get(file.path, 0) for file in data.plan if file.node == node)
            assert cached / sum(sizes.values()) == pytest.approx(fraction, abs=0.12)
