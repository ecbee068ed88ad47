"""BUILD files as data. They are Python by syntax: the standard library parses them."""

from __future__ import annotations

import ast
import dataclasses


@dataclasses.dataclass(frozen=True)
class Target:
    package: str
    rule: str
    name: str
    line: int
    srcs: tuple[str, ...] = ()
    hdrs: tuple[str, ...] = ()
    deps: tuple[str, ...] = ()
    visibility: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return f"//{self.package}:{self.name}"


@dataclasses.dataclass
class Package:
    path: str
    targets: list[Target]
    default_visibility: tuple[str, ...] | None = None
    # Every text in the file that looks like a label, with its line.
    labels: list[tuple[int, str]] = dataclasses.field(default_factory=list)


def _strings(node: ast.expr | None, names: dict[str, ast.expr]) -> tuple[str, ...]:
    """The texts of a list, with names and `+` resolved; what is computed otherwise is left out."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return (node.value,)
    if isinstance(node, (ast.List, ast.Tuple)):
        return tuple(text for element in node.elts for text in _strings(element, names))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _strings(node.left, names) + _strings(node.right, names)
    if isinstance(node, ast.Name) and node.id in names:
        return _strings(names[node.id], names)
    return ()


def absolute(package: str, label: str) -> str:
    """`:x`, `x`, `//p`, `//p:x` in full; labels of other repositories stay."""
    if label.startswith("@"):
        return label
    if label.startswith("//"):
        return label if ":" in label else f"{label}:{label.rpartition('/')[2]}"
    return f"//{package}:{label.lstrip(':')}"


def parse_build(path: str, text: str) -> Package:
    """`path` is the package's folder. Raises SyntaxError for what is no BUILD file."""
    module = ast.parse(text)
    names: dict[str, ast.expr] = {}
    package = Package(path, [])
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith(("//", "@", ":")):
            package.labels.append((node.lineno, node.value))
    for statement in module.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            names[statement.targets[0].id] = statement.value
        if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)):
            continue
        call = statement.value
        if not isinstance(call.func, ast.Name):
            continue
        arguments = {keyword.arg: keyword.value for keyword in call.keywords}
        if call.func.id == "package":
            package.default_visibility = _strings(arguments.get("default_visibility"), names)
        name = _strings(arguments.get("name"), names)
        if name:
            package.targets.append(Target(
                path, call.func.id, name[0], call.lineno,
                srcs=_strings(arguments.get("srcs"), names) + _strings(arguments.get("src"), names),
                hdrs=_strings(arguments.get("hdrs"), names),
                deps=tuple(absolute(path, d) for d in _strings(arguments.get("deps"), names)),
                visibility=_strings(arguments.get("visibility"), names)))
    return package


def closure(targets: dict[str, Target], label: str) -> set[str]:
    """All labels that a target depends on, itself included."""
    seen: set[str] = set()
    waiting = [label]
    while waiting:
        current = waiting.pop()
        if current in seen:
            continue
        seen.add(current)
        if current in targets:
            waiting.extend(targets[current].deps)
    return seen
