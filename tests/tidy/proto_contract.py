"""What of the contracts in proto/ must stay, as text: proto/baseline/*.txt is what has been published, and each later
.proto file may add to it, and take nothing away.

    proto_contract.py --write     adds what is new to the baselines; refuses when something else has changed
"""

from __future__ import annotations

import dataclasses
import pathlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator

from google.protobuf import descriptor_pb2 as pb

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Package -> its folder. Of the wire, and of configuration files, whose fields people write by name.
CONTRACTS = {"locus.v1": "proto/locus/v1", "locus.config.v1": "proto/config/v1"}
_FIELD = pb.FieldDescriptorProto

# Heading, as in `message locus.v1.Beat` -> entry, as in `1` -> what it is.
Shape = dict[str, dict[str, str]]


def baseline(package: str) -> pathlib.Path:
    return ROOT / "proto" / "baseline" / f"{package}.txt"


def compile_files(root: pathlib.Path, names: list[str]) -> pb.FileDescriptorSet:
    """By protoc; raises CalledProcessError with its words in stderr."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "set"
        subprocess.run(["protoc", f"-I{root}", "-I/usr/include", f"--descriptor_set_out={out}", *names],
                       check=True, capture_output=True, text=True)
        return pb.FileDescriptorSet.FromString(out.read_bytes())


def present(package: str) -> Shape:
    """What the .proto files of the tree say."""
    names = [str(path.relative_to(ROOT)) for path in sorted((ROOT / CONTRACTS[package]).glob("*.proto"))]
    return shape(compile_files(ROOT, names))


def shape(files: pb.FileDescriptorSet) -> Shape:
    found: Shape = {}
    for file in files.file:
        for message in file.message_type:
            _message(f"{file.package}.{message.name}", message, found)
        for enum in file.enum_type:
            _enum(f"{file.package}.{enum.name}", enum, found)
        for service in file.service:
            found[f"service {file.package}.{service.name}"] = {m.name: _method(m) for m in service.method}
    return found


def _message(name: str, message: pb.DescriptorProto, found: Shape) -> None:
    found[f"message {name}"] = {str(field.number): _field(field, message) for field in message.field}
    for nested in message.nested_type:
        _message(f"{name}.{nested.name}", nested, found)
    for enum in message.enum_type:
        _enum(f"{name}.{enum.name}", enum, found)


def _enum(name: str, enum: pb.EnumDescriptorProto, found: Shape) -> None:
    found[f"enum {name}"] = {str(value.number): value.name for value in enum.value}


def _field(field: pb.FieldDescriptorProto, message: pb.DescriptorProto) -> str:
    kind = field.type_name.lstrip(".") or _FIELD.Type.Name(field.type).removeprefix("TYPE_").lower()
    if field.label == _FIELD.LABEL_REPEATED:
        kind = f"repeated {kind}"
    elif field.proto3_optional:
        kind = f"optional {kind}"
    elif field.HasField("oneof_index"):
        kind = f"{kind} of oneof {message.oneof_decl[field.oneof_index].name}"
    return f"{field.name}: {kind}"


def _method(method: pb.MethodDescriptorProto) -> str:
    asked = ("stream " if method.client_streaming else "") + method.input_type.lstrip(".")
    answered = ("stream " if method.server_streaming else "") + method.output_type.lstrip(".")
    return f"{asked} returns {answered}"


def render(contract: Shape) -> str:
    """One line an entry, in the order of names and numbers, so that a change is one line of a diff."""
    lines = ["# Published, and to stay. `tools/dev fix` adds what is new; nothing is ever changed or taken away:",
             "# docs/contributing.md says what to do instead."]
    for heading in sorted(contract):
        lines += ["", heading]
        # `2 = b: string`; methods stay in their order.
        for key in sorted(contract[heading], key=lambda key: int(key) if key.isdigit() else 0):
            lines.append(f"  {key} = {contract[heading][key]}")
    return "\n".join(lines) + "\n"


def parse(text: str) -> Shape:
    """The inverse. Raises ValueError with the line that is wrong."""
    found: Shape = {}
    heading = ""
    for number, line in enumerate(text.splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        if not line.startswith(" "):
            heading = line
            found[heading] = {}
            continue
        key, separator, value = line.strip().partition(" = ")
        if not separator or not heading:
            raise ValueError(f"line {number}: no entry: {line!r}")
        found[heading][key] = value
    return found


def broken(published: Shape, now: Shape) -> Iterator[str]:
    """What a peer, or a configuration file, of the published version would stumble over."""
    for heading, entries in published.items():
        if heading not in now:
            yield f"{heading}: is gone"
            continue
        for key, value in entries.items():
            changed = now[heading].get(key)
            if changed is None:
                yield f"{heading}: {key} = {value} is gone"
            elif changed != value:
                yield f"{heading}: {key} = {value} has become {changed}"


def added(published: Shape, now: Shape) -> list[str]:
    """What is new."""
    found = []
    for heading, entries in now.items():
        known = published.get(heading)
        if known is None:
            found.append(heading)
            continue
        found += [f"{heading}: {key} = {value}" for key, value in entries.items() if key not in known]
    return found


def main() -> int:
    if sys.argv[1:] != ["--write"]:
        print(__doc__, file=sys.stderr)
        return 2
    problems = []
    for package in CONTRACTS:
        path = baseline(package)
        now = present(package)
        published = parse(path.read_text()) if path.exists() else {}
        wrong = list(broken(published, now))
        problems += wrong
        if not wrong:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(render(now))
    for problem in problems:
        print(f"proto: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
