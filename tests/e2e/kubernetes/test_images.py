"""The container file as text: what it installs is what the programs are linked to, and what its first stage would. The
images that come of it: test_image_builds.py."""

import json
import re
import shlex
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from locus_e2e import manifest_pod, rendered, settings

_FILE = rendered.MANIFESTS / "images" / "Containerfile"
# Beside libraries: the authorities that servers are checked by where no file of others is named.
_DATA = {"ca-certificates"}
_INSTRUCTIONS = {"FROM", "COPY", "RUN", "WORKDIR", "USER", "EXPOSE", "ENTRYPOINT"}


@dataclass
class Stage:
    """From one FROM to the next."""

    name: str
    base: str
    # (instruction, its text), in order.
    lines: list[tuple[str, str]] = field(default_factory=list)

    def all(self, instruction: str) -> list[str]:
        """The texts of one instruction."""
        return [text for word, text in self.lines if word == instruction]


def _stages() -> dict[str, Stage]:
    found: dict[str, Stage] = {}
    stage = None
    for word, text in _instructions(_FILE.read_text()):
        assert word in _INSTRUCTIONS, word
        if word == "FROM":
            base, name = re.fullmatch(r"(\S+) AS (\S+)", text).groups()  # type: ignore[union-attr]
            stage = found[name] = Stage(name, base)
        else:
            assert stage is not None
            stage.lines.append((word, text))
    return found


def _instructions(text: str) -> Iterator[tuple[str, str]]:
    """Comments left out, lines that end in a backslash joined."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    for line in re.sub(r"\\\n", " ", "\n".join(lines)).splitlines():
        word, _, rest = line.partition(" ")
        yield word, " ".join(rest.split())


def _programs() -> dict[str, Path]:
    programs = settings.programs()
    return {
        "locus-meta": programs.meta,
        "locus-extender": programs.extender,
        "locus-worker": programs.worker,
        "locusctl": programs.locusctl,
    }


def _installed(stage: Stage) -> set[str]:
    (line,) = [text for text in stage.all("RUN") if "apt-get install" in text]
    command = next(part for part in line.split("&&") if "apt-get install" in part)
    return {word for word in shlex.split(command)[2:] if not word.startswith("-")}


def _output(*argv: object) -> str:
    return subprocess.run(list(map(str, argv)), capture_output=True, text=True, timeout=60, check=True).stdout


def _libraries(program: Path) -> dict[str, Path]:
    """Name -> file, of all that is loaded."""
    found = re.findall(r"^\s*(\S+) => (/\S+)", _output("ldd", program), re.MULTILINE)
    return {name: Path(path) for name, path in found}


def _needed(program: Path) -> list[str]:
    """Libraries that the program itself names."""
    return re.findall(r"\(NEEDED\).*\[(.+)\]", _output("readelf", "-d", program))


def _packages(libraries: Iterable[Path]) -> dict[Path, str]:
    """Of which package each is."""
    # Debian 12 has one folder under two names; packages know one of them.
    names = {library: (str(library.resolve()), str(library.resolve()).removeprefix("/usr")) for library in libraries}
    asked = [name for both in names.values() for name in both]
    # Its status tells that it does not know every name.
    done = subprocess.run(["dpkg", "-S", *asked], capture_output=True, text=True, check=False, timeout=120)
    owners = {path: owner.partition(":")[0] for owner, path in re.findall(r"^(\S+): (/.+)$", done.stdout, re.MULTILINE)}
    return {library: next(owners[name] for name in both if name in owners) for library, both in names.items()}


def _closure(packages: set[str]) -> set[str]:
    """With all that they depend on."""
    known: set[str] = set()
    todo = set(packages)
    while todo:
        known |= todo
        fields = _output("dpkg-query", "-W", "-f", "${Depends},${Pre-Depends},", *sorted(todo))
        todo = {re.split(r"[ (:]", one.strip())[0] for one in re.split(r"[,|]", fields) if one.strip()} - known
        present = _output("dpkg-query", "-W", "-f", "${Package}\n").split()
        todo &= set(present)
    return known


@pytest.mark.parametrize("name", ["locus-meta", "locus-extender", "locus-worker", "locusctl"])
def test_an_image_has_the_packages_of_its_programs_libraries_and_no_others(name: str) -> None:
    """Those that the program names; what these need follows by their own dependencies."""
    stage, program = _stages()[name], _programs()[name]
    named = _installed(stage)
    libraries = _libraries(program)
    owners = _packages(libraries.values())
    # The loader, which has no file of that name, is part of libc6.
    direct = {owners[libraries[name]] for name in _needed(program) if name in libraries}
    assert named == direct | _DATA
    assert set(owners.values()) <= _closure(named)


def test_images_are_small_and_run_as_nobody_in_particular() -> None:
    """One program each, as the user of the manifests; nothing is fetched from anywhere but Debian."""
    stages = _stages()
    build = stages.pop("build")
    assert stages.keys() == _programs().keys()
    for name, stage in stages.items():
        assert stage.base == build.base == "debian:12-slim"
        assert stage.all("COPY") == [f"--from=build /out/{name} /usr/bin/{name}"]
        assert stage.all("USER") == ["10001:10001"]
        assert json.loads(stage.all("ENTRYPOINT")[0]) == [f"/usr/bin/{name}"]
        (install, *links) = stage.all("RUN")
        assert install.endswith("rm -rf /var/lib/apt/lists/*") and "--no-install-recommends" in install
        assert links == (["ln -s locusctl /usr/bin/kubectl-locus"] if name == "locusctl" else [])
    whole = _FILE.read_text()
    assert not re.search(r"\b(curl|wget|pip|npm|go install)\b", whole.replace("libcurl4", ""))


def test_the_build_stage_makes_what_the_images_take() -> None:
    """From the packages that tools/packages.txt has for building, and no others; Debian has them all."""
    build = _stages()["build"]
    text = " ".join(build.all("RUN"))
    for target in _programs():
        assert f"//:{target}" in text and f"/{target}" in text
    sed = re.search(r"sed '([^']+)' /tmp/packages.txt", text)
    assert sed
    listed = (settings.ROOT / "tools" / "packages.txt").read_text()
    packages = _output("sed", sed[1], settings.ROOT / "tools" / "packages.txt").split()
    _, _, after = listed.partition("\n# Build\n")
    assert packages == after.partition("\n# Demo and tests\n")[0].split()
    assert {"bazel-bootstrap", "g++", "libgrpc++-dev"} <= set(packages) and "maven" in listed
    known = re.findall(r"^Package: (.+)$", _output("apt-cache", "show", "--no-all-versions", *packages), re.MULTILINE)
    assert set(packages) <= set(known)


def test_ports_and_users_are_those_of_the_manifests() -> None:
    """An image that is run by hand says what a pod says."""
    stages = _stages()
    objects = rendered.kustomize("overlays/store")
    for workload in rendered.workloads(objects):
        for container in manifest_pod.containers(workload):
            name = container["image"].partition(":")[0]
            if name not in stages:
                continue
            ports = {str(port["containerPort"]) for port in container.get("ports", [])}
            # The extender's loopback port has no entry in a pod.
            assert ports <= set(" ".join(stages[name].all("EXPOSE")).split())
