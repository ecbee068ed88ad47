"""Colour and bars where the output can show them, plain text where it cannot."""

import os
import sys
from dataclasses import dataclass

_CODES = {"bold": "1", "dim": "2", "green": "32", "yellow": "33", "cyan": "36", "red": "31"}


@dataclass(frozen=True)
class Terminal:
    """What the output can show."""

    colour: bool
    unicode: bool

    @staticmethod
    def of_stdout() -> "Terminal":
        """Colour on a terminal unless NO_COLOR is set (https://no-color.org); block characters in UTF-8."""
        colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        return Terminal(colour, (sys.stdout.encoding or "").lower().replace("-", "") == "utf8")

    def paint(self, text: str, *styles: str) -> str:
        """`text` in the given styles."""
        if not self.colour or not styles:
            return text
        return f"\x1b[{';'.join(_CODES[style] for style in styles)}m{text}\x1b[0m"

    def bar(self, fraction: float, width: int) -> str:
        """A bar, `width` columns wide, filled to `fraction` (0 to 1)."""
        eighths = round(max(0.0, min(1.0, fraction)) * width * 8)
        if not self.unicode:
            return "#" * (eighths // 8) + "." * (width - eighths // 8)
        full, rest = divmod(eighths, 8)
        tip = " ▏▎▍▌▋▊▉"[rest] if rest else ""
        filled = "█" * full + tip
        return self.paint(filled, "green") + self.paint("·" * (width - len(filled)), "dim")

    def rule(self, width: int) -> str:
        """A horizontal line."""
        return self.paint(("─" if self.unicode else "-") * width, "dim")


def mib(size: float) -> str:
    """Bytes for a person."""
    return f"{size / (1 << 20):.1f} MiB"
