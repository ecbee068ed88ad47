"""The extender's web page in headless Chromium, over real Locus and a real scheduler."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from locus_e2e import cache_client, covering, extender, oracle, scenario, settings, spark
from locus_e2e.browser import Browser
from locus_e2e.certificates import Authority
from locus_e2e.cluster import NAMESPACE
from locus_e2e.daemon import Daemon
from locus_e2e.dataset import CachedFile
from locus_e2e.planes import LOCUS_SCHEDULER
from locus_e2e.processes import Processes
from locus_e2e.site import Site
from locus_e2e.waiting import until
from locus_e2e.web_page import Share, WebPage

EVENTS = "alluxio:///warehouse/events"
_PHONE = (360, 740)
# What documents show must load quickly.
_PICTURE_BYTES = 200_000
_SEEN_SECONDS = 20.0


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One for all tests; each has pages of its own."""
    folder = tmp_path_factory.mktemp("browser")
    with Processes(folder) as processes, Browser(processes, folder) as chromium:
        yield chromium


@pytest.fixture
def page_of(browser: Browser) -> Iterator[Callable[..., WebPage]]:
    """Opens an extender's page, page_of(url, width, height, **options), until the test ends. A test fails whose page
    has a script that throws, does what its policy forbids, or asks another server for anything."""
    opened: list[tuple[str, WebPage]] = []

    def open_one(url: str, width: int = 1280, height: int = 900, **options: bool) -> WebPage:
        opened.append((url, WebPage(browser.open(f"{url}/", width, height, **options))))
        return opened[-1][1]

    yield open_one
    for url, web in opened:
        asked = web.page.asked()
        assert asked and [other for other in asked if not other.startswith(f"{url}/")] == []
        assert [one for one in web.page.problems() if "Content Security Policy" in one or "Uncaught" in one] == []
        web.page.close()


def _lone(site: Site, name: str, **annotations: str) -> dict[str, Any]:
    """A pod that reads events alone: its share is all of it."""
    manifest = spark.executor(spark.application(name, (EVENTS,), 1, site.scene.seed), 1, LOCUS_SCHEDULER)
    manifest["metadata"]["annotations"].update({f"locus.dev/{key}": value for key, value in annotations.items()})
    return manifest


def _wait_heat_is_true(site: Site, web: WebPage, inputs: list[str]) -> None:
    """Until each figure of the heat map is what the folders hold."""
    truth = {name: site.stack.coverage([name]) for name in inputs}

    def same() -> bool:
        heat = web.heat()
        assert set(heat) <= set(truth)
        return heat.keys() == truth.keys() and all(
            (heat[name].length, heat[name].nodes) == (held.length, held.nodes) for name, held in truth.items()
        )

    until(f"heat map of {truth}", _SEEN_SECONDS, same, every=0.2)
    for name, held in web.heat().items():
        assert held.totals == {node: truth[name].cached(node) for node in held.totals}


def test_the_heat_map_is_what_the_folders_hold_and_follows_them(
    site_of: Callable[..., Site], page_of: Callable[..., WebPage]
) -> None:
    """Each byte of each input on each node in each tier; a block that is cached later appears without a click."""
    site = site_of(scenario.build(3))
    inputs = [name for app in site.scene.apps for name in app.inputs]
    site.plane.place(site.scene.pods(LOCUS_SCHEDULER))
    web = page_of(site.stack.extender.url())
    web.wait_shown()
    _wait_heat_is_true(site, web, inputs)
    before = web.heat()[EVENTS].totals

    cached = {one.path for one in site.scene.data.plan}
    more = next(path for path in site.scene.data.sizes if path.startswith("/warehouse/events/") and path not in cached)
    targets = {node: worker.target() for node, worker in site.stack.workers.items()}
    cache_client.load(targets, [CachedFile("node-3", more, "SSD")])
    _wait_heat_is_true(site, web, inputs)
    assert web.heat()[EVENTS].totals["node-3"] == before["node-3"] + site.scene.data.sizes[more]


def test_applications_show_what_their_pods_find_on_their_nodes(
    site_of: Callable[..., Site], page_of: Callable[..., WebPage]
) -> None:
    """Placed: by the folders and where the pods went. Predicted: the best that there was for each."""
    site = site_of(scenario.build(3))
    app = site.scene.apps[0]
    coverage = site.stack.coverage(app.inputs)
    placed: list[str] = []
    there = best = to_read = 0
    for number in range(1, 5):
        (binding,) = site.plane.place([spark.executor(app, number, LOCUS_SCHEDULER)])
        share = coverage.length // number
        left = coverage.left(covering.on_nodes(placed), share)
        fastest = max((node.name for node in site.scene.nodes), key=lambda node: left.saved_seconds(node, share))
        there += min(share, left.cached(binding.node))
        best += min(share, left.cached(fastest))
        to_read += share
        placed.append(binding.node)
    web = page_of(site.stack.extender.url())
    web.wait_shown()

    def four_pods() -> Share | None:
        shown = web.applications().get(f"{NAMESPACE}/{app.selector}")
        return shown if shown is not None and shown.pods == 4 else None

    shown = until("four pods", _SEEN_SECONDS, four_pods, every=0.2)
    assert shown.to_read == pytest.approx(to_read, rel=0.01)
    assert shown.placed == pytest.approx(there, rel=0.01)
    assert shown.predicted == pytest.approx(best, rel=0.01)


def test_a_decision_is_opened_by_keyboard_and_shows_its_terms(
    site_of: Callable[..., Site], page_of: Callable[..., WebPage]
) -> None:
    """Tab and Enter alone. Each stop has a name and shows where one is; the terms are the folders'."""
    site = site_of(scenario.build(5))
    (binding,) = site.plane.place([_lone(site, "asker")])
    site.plane.place([_lone(site, "other")])
    coverage = site.stack.coverage([EVENTS])
    web = page_of(site.stack.extender.url())
    web.wait_shown()
    until("decision", _SEEN_SECONDS, lambda: binding.pod in web.pods(), every=0.2)

    stops = web.tab_to("summary", pod=binding.pod)
    assert stops[0].name == "Skip to the content"
    assert [stop for stop in stops if not stop.name or not stop.outlined or not stop.seen] == []
    web.page.press("Enter")
    terms = until("terms", _SEEN_SECONDS, lambda: web.terms(binding.pod))
    nodes = [node.name for node in site.scene.nodes]
    assert terms.keys() == {node for node in nodes if coverage.cached(node)}
    for node, shown in terms.items():
        assert shown["local"] == shown["left"] == coverage.cached(node)
        assert shown["saved"] == pytest.approx(coverage.saved_seconds(node), abs=0.001)
        assert shown["value"] == pytest.approx(shown["saved"] * shown["headroom"], abs=0.001)
    assert oracle.good_nodes(coverage, nodes) == [node for node, shown in terms.items() if shown["score"] == 10]
    # It stays open, with the focus on it, when there is news.
    site.plane.place([_lone(site, "third")])
    until("third decision", _SEEN_SECONDS, lambda: "third-exec-1" in web.pods(), every=0.2)
    assert web.terms(binding.pod) == terms
    assert web.focus().pod == binding.pod

    web.page.press("Tab", shift=True)
    while web.focus().id != "pod":
        web.page.press("Tab", shift=True)
    web.page.write(f"{NAMESPACE}/other-exec-1")
    web.page.press("Enter")
    until("decisions of one pod", _SEEN_SECONDS, lambda: set(web.pods()) == {"other-exec-1"}, every=0.2)
    web.tab_to("button", identity="find-all")
    web.page.press(" ")
    until("all decisions", _SEEN_SECONDS, lambda: "third-exec-1" in web.pods(), every=0.2)


def test_what_is_degraded_or_gone_is_told_and_forgotten_when_it_is_back(
    site_of: Callable[..., Site], page_of: Callable[..., WebPage]
) -> None:
    """kill -9 of locus-meta, then of the extender; nobody loads the page again."""
    site = site_of(scenario.build(5), extender={"metadata": {"max_age": "1s"}})
    site.plane.place([_lone(site, "before")])
    web = page_of(site.stack.extender.url())
    web.wait_shown()
    _wait_heat_is_true(site, web, [EVENTS])
    assert "metadata" not in web.degraded()

    site.stack.meta.kill()
    until("degraded state", _SEEN_SECONDS, lambda: "metadata" in web.degraded(), every=0.2)
    assert "locus-meta" in web.text("#degraded")
    # What decisions do not use is not shown as if they did.
    until("end of the heat map", _SEEN_SECONDS, lambda: not web.shown("heat"), every=0.2)
    site.stack.meta.start()
    until("end of the degraded state", _SEEN_SECONDS, lambda: "metadata" not in web.degraded(), every=0.2)
    _wait_heat_is_true(site, web, [EVENTS])

    site.stack.extender.kill()
    until("news of the extender's end", _SEEN_SECONDS, lambda: web.shown("away"), every=0.2)
    assert "does not answer" in web.text("#away")
    assert web.heat()[EVENTS].length > 0, "what was known last stays to be seen"
    site.stack.extender.start()
    until("the extender's return", 2 * _SEEN_SECONDS, lambda: not web.shown("away"), every=0.2)
    assert site.plane.place([_lone(site, "after")])[0].node
    _wait_heat_is_true(site, web, [EVENTS])


def test_texts_of_pods_are_shown_as_texts_also_on_a_phone(
    site_of: Callable[..., Site], page_of: Callable[..., WebPage]
) -> None:
    """Markup in annotations, names that are too long: nothing of it runs, nothing makes the page wider."""
    site = site_of(scenario.build(5))
    attack = "<img src=/x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
    path = f"alluxio:///{attack.replace(',', '')}/{'long' * 500}"
    (binding,) = site.plane.place([_lone(site, "hostile", inputs=f"{path},{EVENTS}", policy=f"{attack}{'y' * 300}")])
    web = page_of(site.stack.extender.url(), *_PHONE, phone=True)
    web.wait_shown()
    until("both inputs", _SEEN_SECONDS, lambda: len(web.heat()) == 2, every=0.2)
    web.tab_to("summary", pod=binding.pod)
    web.page.press("Enter")
    until("terms", _SEEN_SECONDS, lambda: web.terms(binding.pod))

    assert attack in web.text("#heat")
    assert attack in web.text("#decision-list")
    assert "onerror" in web.text(f"[data-pod='{binding.pod}'] .terms")
    assert web.page.evaluate("document.title") == "Locus"
    assert web.page.evaluate("document.querySelectorAll('img, script:not([src])').length") == 0
    assert web.page.evaluate("innerWidth") == _PHONE[0]
    assert web.overflow() == 0
    # What people touch is large enough to be hit.
    heights = web.page.evaluate("[...document.querySelectorAll('summary, button, input')].map(e => e.offsetHeight)")
    assert min(height for height in heights if height > 0) >= 40


@contextmanager
def _secured(folder: Path, **configuration: Any) -> Iterator[str]:
    """The URL of an extender with a certificate, that no pod has come to and that knows no locus-meta."""
    pair = Authority(folder / "certificates").issue("locus-extender", "DNS:locus-extender,IP:127.0.0.1")
    listen = pair.fields() | configuration.pop("tls", {})
    whole = {"listen": {"tls": listen}, "metadata": {"target": "127.0.0.1:1"}, **configuration}
    with Processes(folder) as processes:
        daemon = Daemon("extender", settings.programs().extender, folder, whole, extender.LISTEN, processes)
        daemon.start()
        yield f"https://{daemon.target()}"


def test_a_token_is_asked_for_and_kept_nowhere(tmp_path: Path, page_of: Callable[..., WebPage]) -> None:
    """An extender that takes tokens alone, and that no pod has come to yet: then the page says what to do."""
    token = "a-token-of-sixteen-or-more"
    (tmp_path / "tokens").write_text(f"{token}\n")
    with _secured(tmp_path, access={"token_file": str(tmp_path / "tokens")}) as url:
        web = page_of(url, any_certificate=True)
        for text, answer in (("", "show a bearer token"), ("wrong-token-of-sixteen", "not one of ours")):
            if text:
                web.tab_to("input", identity="token-text")
                web.page.write(text)
                web.page.press("Enter")
            until(answer, _SEEN_SECONDS, lambda answer=answer: answer in web.text("#refusal"))
            assert not web.shown("content")
            assert web.shown("by-token")
            assert not web.shown("by-certificate")
        web.tab_to("input", identity="token-text")
        web.page.write(token)
        web.page.press("Enter")
        web.wait_shown()
        assert not web.shown("token")
        assert web.shown("empty")
        assert "locusctl doctor cluster" in web.text("#empty")
        assert web.degraded() == ["metadata"]
        assert web.page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]
        assert token not in web.page.evaluate("document.documentElement.outerHTML + location.href")


def test_who_has_no_certificate_is_told_how_to_show_one(tmp_path: Path, page_of: Callable[..., WebPage]) -> None:
    """An extender that takes certificates alone: a token would not help, so none is asked for."""
    with _secured(tmp_path, tls={"client_ca_file": str(Authority(tmp_path / "others").certificate)}) as url:
        web = page_of(url, any_certificate=True)
        until("the refusal", _SEEN_SECONDS, lambda: "show a client certificate" in web.text("#refusal"))
        assert web.shown("by-certificate")
        assert not web.shown("by-token")
        assert not web.shown("content")


def test_pictures_for_the_documents_are_small(
    site_of: Callable[..., Site], page_of: Callable[..., WebPage], tmp_path: Path
) -> None:
    """Desktop, phone, and a decision in the dark; into the folder that LOCUS_PICTURES names, if it does. They are those
    of docs/web-page.md."""
    site = site_of(scenario.build(3))
    site.plane.place(site.scene.pods(LOCUS_SCHEDULER))
    folder = Path(os.environ.get("LOCUS_PICTURES", tmp_path))
    pictures = {
        "web-page.png": {"width": 1080, "height": 1236},
        "web-page-dark.png": {"width": 1200, "height": 620, "dark": True},
        "web-page-phone.png": {"width": _PHONE[0], "height": 1100, "phone": True},
    }
    colours = set()
    for name, options in pictures.items():
        web = page_of(site.stack.extender.url(), **options)
        web.wait_shown()
        until("two applications", _SEEN_SECONDS, lambda web=web: len(web.applications()) == 2, every=0.2)
        colours.add(web.page.evaluate("getComputedStyle(document.body).backgroundColor"))
        assert web.overflow() == 0
        if "dark" in options:
            web.page.evaluate("document.querySelector('#decision-list details').open = true")
            until("terms", _SEEN_SECONDS, lambda web=web: web.terms(web.pods()[0]))
            web.page.evaluate("document.getElementById('decisions').scrollIntoView()")
        web.page.screenshot(folder / name)
        assert 10_000 < (folder / name).stat().st_size < _PICTURE_BYTES
    assert len(colours) == 2, "light and dark"
