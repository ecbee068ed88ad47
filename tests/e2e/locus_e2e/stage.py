"""Locus' extender and a control plane that asks it, with a double in locus-meta's place: any number of nodes, without
their data."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from locus_e2e import extender as extenders
from locus_e2e.cluster import Node
from locus_e2e.control_plane import ControlPlane
from locus_e2e.daemon import Daemon, Settings
from locus_e2e.locality_double import Block, LocalityDouble
from locus_e2e.planes import KubePlane
from locus_e2e.processes import Processes
from locus_e2e.settings import Programs


@dataclass(frozen=True)
class Stage:
    """Everything is ready; no pod exists."""

    extender: Daemon
    double: LocalityDouble
    plane: KubePlane


@contextlib.contextmanager
def open_stage(
    programs: Programs,
    control: ControlPlane,
    folder: Path,
    nodes: Sequence[Node],
    inputs: Mapping[str, Sequence[Block]],
    *,
    loads: Mapping[str, float] | None = None,
    extender: Settings | None = None,
    with_filter: bool = False,
) -> Iterator[Stage]:
    """`inputs`, `loads`: what the double tells; `extender`: added to its configuration. `control` is left as it was
    found."""
    with contextlib.ExitStack() as ends:
        processes = ends.enter_context(Processes(folder))
        double = ends.enter_context(contextlib.closing(LocalityDouble(inputs, loads)))
        settings = extenders.settings(double.target, control.kubeconfig, extenders.lease_name(), extender or {})
        daemon = Daemon("locus-extender", programs.extender, folder, settings, extenders.LISTEN, processes)
        daemon.start()
        daemon.wait_ready("listen")
        extenders.wait_synced(daemon)
        plane = ends.enter_context(contextlib.closing(KubePlane(control, nodes, daemon.url(), with_filter)))
        extenders.wait_nodes(daemon, len(nodes))
        yield Stage(daemon, double, plane)
