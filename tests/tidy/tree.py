"""The files of the repository as the rules see them."""

from __future__ import annotations

import dataclasses
import functools
import pathlib
import stat
import subprocess

CPP = (".cc", ".h")


@dataclasses.dataclass(frozen=True)
class File:
    """One file of the tree. `path` is relative to the root, with slashes."""

    path: str
    content: bytes
    executable: bool = False
    link: bool = False

    @functools.cached_property
    def text(self) -> str:
        return self.content.decode("utf-8", errors="replace")

    @functools.cached_property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @property
    def is_text(self) -> bool:
        return b"\0" not in self.content[:8192]

    @property
    def is_cpp(self) -> bool:
        return self.path.endswith(CPP)

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0]

    @property
    def top(self) -> str:
        """The first folder: the component."""
        return self.path.partition("/")[0]


class Tree:
    """All files, by path."""

    def __init__(self, files: list[File]):
        self.files = sorted(files, key=lambda f: f.path)
        self.by_path = {f.path: f for f in self.files}
        self.folders = {""}
        for file in self.files:
            folder = file.folder
            while folder:
                self.folders.add(folder)
                folder = folder.rpartition("/")[0]

    def cpp(self) -> list[File]:
        return [f for f in self.files if f.is_cpp]

    def named(self, *names: str) -> list[File]:
        return [f for f in self.files if f.path.rpartition("/")[2] in names]


def read_tree(root: pathlib.Path) -> Tree:
    """What git tracks and what it would add: ignored files are nobody's business."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root, check=True, capture_output=True).stdout
    files = []
    for name in sorted(set(listed.decode().split("\0")) - {""}):
        path = root / name
        try:
            mode = path.lstat().st_mode
        except FileNotFoundError:
            continue  # deleted, but not yet in the index
        if stat.S_ISLNK(mode):
            files.append(File(name, str(path.readlink()).encode(), link=True))
        elif stat.S_ISREG(mode):
            files.append(File(name, path.read_bytes(), executable=bool(mode & stat.S_IXUSR)))
    return Tree(files)
