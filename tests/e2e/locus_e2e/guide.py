"""Pages that are followed literally: a block below `<!-- run: NAME -->` is a command, below `<!-- file: NAME -->` a
file."""

import re
from dataclasses import dataclass
from pathlib import Path

_MARK = re.compile(
    r"^(?P<indent> *)<!-- (?P<kind>run|file): (?P<name>\S+) -->\n(?P=indent)```\w*\n(?P<text>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Guide:
    """What a page tells a reader to do, in its order."""

    # Name -> text.
    files: dict[str, str]
    commands: dict[str, str]

    def script(self) -> str:
        """All commands for one shell, which ends at the first that fails. Says before each which one comes."""
        parts = [f"echo '{_announced(name)}'\n{text}" for name, text in self.commands.items()]
        return "\n".join(["set -eu", *parts, f"echo '{_announced('')}'", ""])

    def outputs(self, said: str) -> dict[str, str]:
        """What each command has said, of the output of that shell; the last of them perhaps in part."""
        found = {}
        for name in self.commands:
            _, mark, rest = said.partition(_announced(name) + "\n")
            if mark:
                found[name] = re.split(r"^=== \S*$", rest, maxsplit=1, flags=re.MULTILINE)[0]
        return found


def read(page: Path) -> Guide:
    """Raises ValueError for a mark without a block, and for a name that is there twice."""
    text = page.read_text()
    files: dict[str, str] = {}
    commands: dict[str, str] = {}
    blocks = list(_MARK.finditer(text))
    for block in blocks:
        into = files if block["kind"] == "file" else commands
        if block["name"] in into:
            raise ValueError(f"{page}: {block['name']} is there twice")
        into[block["name"]] = block["text"]
    marks = len(re.findall(r"^ *<!-- (?:run|file): \S+ -->$", text, re.MULTILINE))
    if marks != len(blocks):
        raise ValueError(f"{page}: {marks - len(blocks)} marks stand before no block")
    return Guide(files, commands)


def _announced(name: str) -> str:
    return f"=== {name}"
