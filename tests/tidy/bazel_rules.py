"""Bazel's picture of the rooms is the true one."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from bazel_text import Package, Target, closure, parse_build
from cpp_text import includes
from registry import Problem, rule
from room_rules import COMPONENTS
from tree import Tree

# Header prefix -> target of bazel/system that carries its linker flags.
SYSTEM_LIBRARIES = {
    "absl/": "absl",
    "google/protobuf/": "protobuf",
    "grpc/": "grpc",
    "grpcpp/": "grpc",
    "curl/": "curl",
    "httplib.h": "httplib",
    "microhttpd.h": "microhttpd",
    "openssl/": "crypto",
    "pugixml.hpp": "pugixml",
    "nlohmann/": "json",
    "simdjson.h": "simdjson",
    "prometheus/": "prometheus",
    "spdlog/": "spdlog",
    "CLI/": "cli11",
    "yaml-cpp/": "yaml",
    "xxhash.h": "xxhash",
    "catch2/": "catch2",
    "rapidcheck": "rapidcheck",
    "benchmark/": "benchmark",
}
# What these pull in by themselves (bazel/system/BUILD.bazel).
SYSTEM_DEPS = {"grpc": ("absl", "protobuf")}
# locus_test adds them (bazel/defs.bzl).
TEST_MACRO_DEPS = ("//tests/support:catch_main", "@system//:catch2")


def _packages(tree: Tree) -> dict[str, Package]:
    found = {}
    for file in tree.named("BUILD.bazel"):
        if not file.path.startswith("bazel/"):
            try:
                found[file.folder] = parse_build(file.folder, file.text)
            except SyntaxError:
                continue  # build_files_are_read tells
    return found


@rule
def build_files_are_read(tree: Tree) -> Iterator[Problem]:
    for file in tree.named("BUILD.bazel"):
        try:
            parse_build(file.folder, file.text)
        except SyntaxError as error:
            yield Problem(file.path, error.lineno or 1, f"cannot be read: {error.msg}")


def _targets(packages: dict[str, Package]) -> dict[str, Target]:
    found = {}
    for package in packages.values():
        for target in package.targets:
            if target.rule == "locus_test":
                target = dataclasses.replace(target, deps=target.deps + TEST_MACRO_DEPS)
            if target.rule == "locus_proto":
                grpc = "@system//:grpc"
                target = dataclasses.replace(target, deps=target.deps + (grpc, "@system//:protobuf"))
            found[target.label] = target
    return found


@rule
def components_are_private(tree: Tree) -> Iterator[Problem]:
    """Bazel keeps the arrows: a component's targets are for itself and for tests."""
    for folder, package in _packages(tree).items():
        top = folder.partition("/")[0]
        path = f"{folder}/BUILD.bazel"
        if top not in COMPONENTS:
            continue
        for line, label in package.labels:
            other = label.removeprefix("//").partition("/")[0].partition(":")[0]
            if label.startswith("//") and other in COMPONENTS and other != top:
                yield Problem(path, line, f"{label} is of another component: meet in proto/ or common/")
            if label == "//visibility:public":
                yield Problem(path, line, f'a library is for "//{top}:__subpackages__" and "//tests:__subpackages__"')


@rule
def every_source_is_built(tree: Tree) -> Iterator[Problem]:
    """A file that no target names is not compiled, and a test that no target names does not run."""
    packages = _packages(tree)
    for file in tree.cpp():
        folder = file.folder
        while folder and folder not in packages:
            folder = folder.rpartition("/")[0]
        name = file.path.removeprefix(folder + "/")
        package = packages.get(folder)
        if package is None or not any(name in t.srcs + t.hdrs for t in package.targets):
            yield Problem(file.path, 1, "no target of a BUILD.bazel names it: add it, or delete it")
    for folder, package in packages.items():
        for target in package.targets:
            for name in target.srcs + target.hdrs:
                if name.endswith((".cc", ".h", ".proto")) and f"{folder}/{name}" not in tree.by_path:
                    yield Problem(f"{folder}/BUILD.bazel", target.line,
                                  f"{target.name} names {name}, which is not there")


@rule
def includes_are_covered_by_deps(tree: Tree) -> Iterator[Problem]:
    """A target names the target of each own header it includes, and reaches the library of each foreign one."""
    packages = _packages(tree)
    targets = _targets(packages)
    owners: dict[str, set[str]] = {}
    for target in targets.values():
        headers = target.hdrs + tuple(s for s in target.srcs if s.endswith(".h"))
        if target.rule == "locus_proto":
            stem = target.srcs[0].removesuffix(".proto")
            headers = (f"{stem}.pb.h", f"{stem}.grpc.pb.h")
        for header in headers:
            owners.setdefault(f"{target.package}/{header}", set()).add(target.label)
    for target in targets.values():
        if not target.rule.startswith(("locus_library", "locus_binary", "locus_test")):
            continue
        # Generated code pulls its own imports along, as the base of what it declares.
        direct = {target.label, *target.deps}
        direct |= {d for dep in target.deps if dep.startswith("//proto/") for d in closure(targets, dep)}
        reached = closure(targets, target.label)
        build = f"{target.package}/BUILD.bazel"
        for name in target.srcs + target.hdrs:
            file = tree.by_path.get(f"{target.package}/{name}")
            for include in includes(file.text) if file and file.is_cpp else ():
                if include.path in owners and not owners[include.path] & direct:
                    yield Problem(build, target.line,
                                  f"{target.name} includes {include.path}: add {min(owners[include.path])} to deps")
                for prefix, library in SYSTEM_LIBRARIES.items():
                    givers = {library} | {g for g, pulled in SYSTEM_DEPS.items() if library in pulled}
                    if include.path.startswith(prefix) and not {f"@system//:{g}" for g in givers} & reached:
                        yield Problem(build, target.line,
                                      f"{target.name} includes {include.path}: add @system//:{library} to deps")
