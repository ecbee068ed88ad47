"""Python classes of proto/locus/v1, made by Debian's protoc when a run starts: no generated file is kept."""

import importlib
import subprocess
import sys
from pathlib import Path
from types import ModuleType

from locus_e2e.settings import ROOT

_PLUGIN = "/usr/bin/grpc_python_plugin"
_FILES = ("types", "cache", "locality", "report")


def generate(folder: Path) -> None:
    """Generates into `folder` and makes it importable. Once for a process."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [ROOT / "proto" / "locus" / "v1" / f"{name}.proto" for name in _FILES]
    subprocess.run(
        [
            "protoc",
            f"-I{ROOT}",
            f"--python_out={folder}",
            f"--grpc_out={folder}",
            f"--plugin=protoc-gen-grpc={_PLUGIN}",
            *files,
        ],
        check=True,
    )
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()


def module(name: str) -> ModuleType:
    """A generated module, such as `cache_pb2` or `cache_pb2_grpc`; after generate()."""
    return importlib.import_module(f"proto.locus.v1.{name}")
