"""The extender's web page as a reader finds it: figures are read from its tables, keys are pressed."""

from dataclasses import dataclass

from locus_e2e.browser import Page

# More than there are places to stop at.
_TABS = 200

_HEAT = """(() => {
  const table = document.getElementById("heat");
  const amounts = (place) => Object.fromEntries(
    [...place.querySelectorAll("[data-tier]")].map((one) => [one.dataset.tier, Number(one.value)]));
  const found = {};
  [...table.querySelectorAll("thead .name")].forEach((name, i) => {
    const column = [...table.querySelectorAll("tbody tr")].map((row) => [row, row.querySelectorAll("td")[i]]);
    found[name.textContent] = {
      length: Number(column[0][1].querySelector("[data-length]").value),
      nodes: Object.fromEntries(column.filter(([row]) => row.querySelector("[data-node]"))
        .map(([row, cell]) => [row.querySelector("[data-node]").textContent, amounts(cell)])
        .filter(([, held]) => Object.keys(held).length > 0)),
      totals: Object.fromEntries(column.filter(([row]) => row.querySelector("[data-node]"))
        .map(([row, cell]) => [row.querySelector("[data-node]").textContent,
          Number(cell.querySelector("data")?.value ?? 0)])),
    };
  });
  return found;
})()"""

_TERMS = """(() => {
  const terms = (row) => Object.fromEntries(
    [...row.querySelectorAll("[data-term]")].map((one) => [one.dataset.term, Number(one.value)]));
  return [...document.querySelectorAll("#decision-list [data-pod='%s'] details[open] tbody tr")]
    .map((row) => [row.querySelector("[data-node]").textContent, terms(row)]);
})()"""

_FOCUS = """(() => {
  const element = document.activeElement;
  const style = getComputedStyle(element);
  return {
    tag: element.tagName.toLowerCase(),
    id: element.id,
    name: (element.ariaLabel || element.labels?.[0]?.textContent || element.textContent).trim(),
    pod: element.closest("[data-pod]")?.dataset.pod ?? "",
    outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    seen: element.getBoundingClientRect().right > 0,
  };
})()"""

_SHARES = """[...document.querySelectorAll("#shares tbody tr")].map((row) => {
  const values = [...row.querySelectorAll("data")].map((one) => Number(one.value));
  return [row.querySelector("th").textContent, values];
})"""


@dataclass(frozen=True)
class Held:
    """An input of the heat map: its length, node -> tier -> bytes where there are any, and node -> the sum shown."""

    length: int
    nodes: dict[str, dict[str, int]]
    totals: dict[str, int]


@dataclass(frozen=True)
class Share:
    """An application of the page: its pods, and bytes."""

    pods: int
    to_read: int
    predicted: int
    placed: int


@dataclass(frozen=True)
class Focus:
    """What has the focus, and whether one can see that it has."""

    tag: str
    id: str
    name: str
    pod: str
    outlined: bool
    seen: bool


class WebPage:
    """The page in a tab of its own."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def wait_shown(self) -> None:
        """Until the first answers are there."""
        self.page.wait("!document.getElementById('content').hidden")

    def heat(self) -> dict[str, Held]:
        """The heat map, by input."""
        return {name: Held(**held) for name, held in self.page.evaluate(_HEAT).items()}

    def applications(self) -> dict[str, Share]:
        """The applications, by namespace/name."""
        return {name: Share(*values) for name, values in self.page.evaluate(_SHARES)}

    def degraded(self) -> list[str]:
        """Parts that are called degraded."""
        parts = "[...document.querySelectorAll('#degraded [data-part]')].map((one) => one.dataset.part)"
        return list(self.page.evaluate(parts))

    def pods(self) -> list[str]:
        """Of the decisions listed, newest first."""
        pods = "[...document.querySelectorAll('#decision-list li')].map((one) => one.dataset.pod)"
        return list(self.page.evaluate(pods))

    def terms(self, pod: str) -> dict[str, dict[str, float]]:
        """Node -> term -> figure, of the pod's decisions that are open; all figures in bytes and seconds."""
        return dict(self.page.evaluate(_TERMS % pod))

    def text(self, selector: str) -> str:
        """All text of the first element that matches."""
        return str(self.page.evaluate(f"document.querySelector({selector!r}).textContent"))

    def shown(self, identity: str) -> bool:
        """Whether the element of that id is to be seen."""
        return bool(self.page.evaluate(f"document.getElementById('{identity}').checkVisibility()"))

    def focus(self) -> Focus:
        """Where the keyboard is."""
        return Focus(**self.page.evaluate(_FOCUS))

    def tab_to(self, tag: str, *, identity: str = "", pod: str = "") -> list[Focus]:
        """Presses Tab until such an element has the focus; all stops on the way, that one last."""
        stops: list[Focus] = []
        for _ in range(_TABS):
            self.page.press("Tab")
            stops.append(self.focus())
            at = stops[-1]
            if at.tag == tag and identity in ("", at.id) and pod in ("", at.pod):
                return stops
        raise AssertionError(f"Tab does not lead to {tag} {identity}{pod}: {[(at.tag, at.id) for at in stops]}")

    def overflow(self) -> int:
        """How far the page can be moved sideways, in pixels."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
