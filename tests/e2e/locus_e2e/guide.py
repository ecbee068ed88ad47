"""Pages that are followed literally: a block below `<!-- run: NAME -->` is a command, below `<!-- file: NAME -->` a
file, below `<!-- instead: NAME -->` another way to do what the command of that name does."""

import re
from dataclasses import dataclass, field
from pathlib import Path

_MARK = re.compile(
    r"^(?P<indent> *)<!-- (?P<kind>run|file|instead): (?P<name>\S+) -->\n"
    r"(?P=indent)```\w*\n(?P<text>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Guide:
    """What a page tells a reader to do, in its order."""

    # Name -> text.
    files: dict[str, str]
    commands: dict[str, str]
    # Of some of the commands.
    others: dict[str, str] = field(default_factory=dict)

    def script(self, other_way: bool = False) -> str:
        """All commands for one shell, which ends at the first that fails. Says before each which one comes.
        `other_way`: with `others` in the place of those commands."""
        chosen = {**self.commands, **self.others} if other_way else self.commands
        parts = [f"echo '{_announced(name)}'\n{text}" for name, text in chosen.items()]
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
    """Raises ValueError for a mark without a block, for a name that is there twice, and for another way to do what no
    command does."""
    text = page.read_text()
    found: dict[str, dict[str, str]] = {"file": {}, "run": {}, "instead": {}}
    blocks = list(_MARK.finditer(text))
    for block in blocks:
        into = found[block["kind"]]
        if block["name"] in into:
            raise ValueError(f"{page}: {block['name']} is there twice")
        into[block["name"]] = block["text"]
    for name in found["instead"].keys() - found["run"].keys():
        raise ValueError(f"{page}: no command {name} to do otherwise")
    marks = len(re.findall(r"^ *<!-- (?:run|file|instead): \S+ -->$", text, re.MULTILINE))
    if marks != len(blocks):
        raise ValueError(f"{page}: {marks - len(blocks)} marks stand before no block")
    return Guide(found["file"], found["run"], found["instead"])


def _announced(name: str) -> str:
    return f"=== {name}"
