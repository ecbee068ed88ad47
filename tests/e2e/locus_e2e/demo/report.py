"""The demo's tables. Pure: from placements to lines of text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from locus_e2e import locality, spark
from locus_e2e.cluster import Binding
from locus_e2e.demo.terminal import Terminal, mib
from locus_e2e.oracle import Coverage
from locus_e2e.scenario import application_of

_BAR = 14
_POD = 22
_COLUMN = 38
_WIDTH = _POD + 2 + 2 * (_COLUMN + 2)


@dataclass(frozen=True)
class Placement:
    """One application's pods in one run: where they are and what they can read there."""

    nodes: Mapping[str, str]
    local: Mapping[str, float]

    @property
    def total(self) -> float:
        """Local bytes of all its pods."""
        return sum(self.local.values())


def placement(
    app: spark.Application, apps: Sequence[spark.Application], bindings: Sequence[Binding], coverage: Coverage
) -> Placement:
    """Of the pods of one application among all bindings of a run."""
    own = [binding for binding in bindings if application_of(apps, binding.pod) == app]
    return Placement({one.pod: one.node for one in own}, locality.local_bytes(own, coverage))


def what_lies_where(
    terminal: Terminal, apps: Sequence[spark.Application], covers: Sequence[Coverage], nodes: Sequence[str]
) -> list[str]:
    """For each application, how much of its input each node caches."""
    lines = [terminal.paint("What the nodes cache, read from the workers' folders", "bold")]
    for app, coverage in zip(apps, covers):
        lines.append(
            f"  {app.name}, {app.executors} executors, reads {mib(coverage.length)} of {', '.join(app.inputs)}"
        )
        for node in nodes:
            tiers = coverage.nodes.get(node, {})
            detail = ", ".join(f"{tier} {mib(size)}" for tier, size in sorted(tiers.items())) or "nothing"
            fraction = coverage.cached(node) / coverage.length
            lines.append(f"    {node}  {terminal.bar(fraction, 2 * _BAR)} {fraction:4.0%}  {detail}")
    return lines


def side_by_side(
    terminal: Terminal,
    apps: Sequence[spark.Application],
    covers: Sequence[Coverage],
    without: Sequence[Binding],
    with_locus: Sequence[Binding],
) -> list[str]:
    """Each pod in both runs, then totals."""
    head = f"{'executor':<{_POD}}  {'without Locus':<{_COLUMN}}  {'with Locus':<{_COLUMN}}"
    lines = [terminal.paint(head.rstrip(), "bold"), terminal.rule(_WIDTH)]
    sums = [0.0, 0.0]
    for app, coverage in zip(apps, covers):
        share = coverage.length / app.executors
        runs = [placement(app, apps, bindings, coverage) for bindings in (without, with_locus)]
        for number in range(1, app.executors + 1):
            pod = f"{app.name}-exec-{number}"
            cells = [_cell(terminal, run.nodes[pod], run.local[pod], share) for run in runs]
            lines.append(f"{pod:<{_POD}}  {cells[0]}  {cells[1]}".rstrip())
        lines.append(_total(terminal, app.name, [run.total for run in runs], coverage.length))
        lines.append(terminal.rule(_WIDTH))
        sums = [total + run.total for total, run in zip(sums, runs)]
    lines.append(_total(terminal, "both applications", sums, sum(coverage.length for coverage in covers)))
    return lines


def legend(room_per_node: int) -> list[str]:
    """How to read side_by_side."""
    return [
        "Bytes are those that an executor can read on its own node. Each executor reads an equal share of its",
        "application's input; executors on the same node divide what lies there. The bar and the percentage are of",
        f"that share, in the totals of the whole input. A node has room for {room_per_node} executors.",
    ]


def _cell(terminal: Terminal, node: str, local: float, whole: float) -> str:
    fraction = local / whole
    return f"{node:<7}{terminal.bar(fraction, _BAR)} {fraction:4.0%} {mib(local):>10} "


def _total(terminal: Terminal, name: str, sums: Sequence[float], whole: float) -> str:
    cells = [_cell(terminal, "total", total, whole) for total in sums]
    return f"{terminal.paint(f'{name:<{_POD}}', 'bold')}  {cells[0]}  {cells[1]}".rstrip()
