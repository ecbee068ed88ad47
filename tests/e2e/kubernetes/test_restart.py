"""The scheduler finds a restarted extender again."""

from collections.abc import Callable

from locus_e2e import oracle, scenario, spark
from locus_e2e.planes import LOCUS_SCHEDULER
from locus_e2e.site import Site


def test_a_restarted_extender_is_used_again_by_the_running_scheduler(site_of: Callable[..., Site]) -> None:
    """SIGTERM ends it with status 0; on the same port it is asked from its first second on.

    Where the first question about an input finds no answer within its budget, as on a busy machine, that pod goes
    anywhere; the second one finds the answer in memory.
    """
    site = site_of(scenario.build(29))
    inputs = site.scene.apps[1].inputs
    best = oracle.good_nodes(site.stack.coverage(inputs), [node.name for node in site.scene.nodes])

    def place(number: int) -> str:
        # Of an application of its own: nobody has taken a share yet.
        app = spark.application(f"lone-{number}", inputs, 1, site.scene.seed)
        (binding,) = site.plane.place([spark.executor(app, 1, LOCUS_SCHEDULER)])
        return binding.node

    assert place(1) in best
    address = site.stack.extender.url()
    assert site.stack.extender.stop() == 0
    place(2)
    site.stack.extender.start()
    site.stack.extender.wait_ready("listen")
    assert site.stack.extender.url() == address
    place(3)
    told = site.stack.locusctl("--json", "decisions")
    assert [one["pod"]["name"] for one in told.json()["decisions"]] == ["lone-3-exec-1"]
    assert place(4) in best


def test_every_server_ends_with_status_0_when_told_to(site_of: Callable[..., Site]) -> None:
    """SIGTERM, while streams between them are open."""
    site = site_of(scenario.build(31))
    servers = [site.stack.extender, site.stack.meta, *site.stack.workers.values()]
    assert {server.name: server.stop() for server in servers} == {server.name: 0 for server in servers}
