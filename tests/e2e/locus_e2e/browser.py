"""Headless Chromium, driven by its DevTools protocol over a pipe: messages are JSON, each ended by a NUL."""

import base64
import json
import os
import select
import shutil
import time
from pathlib import Path
from typing import Any, Self

from locus_e2e.processes import Process, Processes
from locus_e2e.waiting import until

_ANSWER_SECONDS = 30.0
_START_SECONDS = 60.0
# Of a slow machine, for what the page does by itself.
_WAIT_SECONDS = 20.0

# Key -> what the protocol calls it, the code that pages of old look at, and the text that it writes.
_KEYS = {"Tab": ("Tab", 9, ""), "Enter": ("Enter", 13, "\r"), " ": ("Space", 32, " ")}

Message = dict[str, Any]


class BrowserError(Exception):
    """The browser refused a command, or a script in the page threw."""


class Browser:
    """One Chromium with a profile of its own. It reaches what this machine reaches, and asks nobody by itself."""

    def __init__(self, processes: Processes, folder: Path) -> None:
        """`folder`: for its profile and its pipes, of this browser alone."""
        program = shutil.which("chromium")
        assert program is not None, "chromium is missing: tools/packages.txt names it"
        commands, answers = folder / "commands", folder / "answers"
        for pipe in (commands, answers):
            os.mkfifo(pipe)
        # For reading too: without a reader the call would wait for one.
        self._to = os.open(commands, os.O_RDWR)
        self._from = os.open(answers, os.O_RDONLY | os.O_NONBLOCK)
        self._rest = b""
        self._last = 0
        self._events: list[Message] = []
        self._process: Process = processes.start(
            "chromium",
            # The protocol is spoken on descriptors 3 and 4.
            ["/bin/sh", "-c", f'exec "$@" 3<"{commands}" 4>"{answers}"', "sh", program, *_flags(folder / "profile")],
            environment={**os.environ, "HOME": str(folder)},
        )
        self.call("Browser.getVersion", seconds=_START_SECONDS)

    def open(
        self,
        url: str,
        width: int,
        height: int,
        *,
        dark: bool = False,
        phone: bool = False,
        any_certificate: bool = False,
    ) -> "Page":
        """A new page of that size in CSS pixels. `any_certificate`: also of an authority that nobody knows."""
        target = self.call("Target.createTarget", {"url": "about:blank"})["targetId"]
        session = self.call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        page = Page(self, target, session)
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.call(f"{domain}.enable")
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": phone}
        page.call("Emulation.setDeviceMetricsOverride", size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        page.call("Emulation.setScrollbarsHidden", {"hidden": True})
        page.call("Emulation.setEmulatedMedia", {"features": [scheme]})
        page.call("Security.setIgnoreCertificateErrors", {"ignore": any_certificate})
        told = page.call("Page.navigate", {"url": url})
        if "errorText" in told:
            raise BrowserError(f"{url}: {told['errorText']}")
        page.wait("document.readyState === 'complete'")
        return page

    def call(
        self, method: str, parameters: Message | None = None, session: str | None = None,
        seconds: float = _ANSWER_SECONDS,
    ) -> Message:
        """One command and its answer."""
        self._last += 1
        message: Message = {"id": self._last, "method": method, "params": parameters or {}}
        if session is not None:
            message["sessionId"] = session
        self._send(json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + seconds
        while (answer := self._receive(deadline, method)).get("id") != self._last:
            self._events.append(answer)
        if "error" in answer:
            raise BrowserError(f"{method}: {answer['error']}")
        return dict(answer["result"])

    def events(self, session: str) -> list[Message]:
        """What it told of a page without being asked, since its start."""
        return [event for event in self._events if event.get("sessionId") == session]

    def close(self) -> None:
        """Ends it."""
        self._process.stop()
        os.close(self._to)
        os.close(self._from)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _send(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._to, data) :]

    def _receive(self, deadline: float, what: str) -> Message:
        while b"\0" not in self._rest:
            left = deadline - time.monotonic()
            if left <= 0:
                raise BrowserError(f"{what}: no answer; log: {self._process.log}")
            # Until it has opened its end there is nothing to wait for, and its end shows as readiness.
            if not select.select([self._from], [], [], min(left, 0.5))[0]:
                self._process.check()
                continue
            chunk = os.read(self._from, 1 << 20)
            if not chunk:
                self._process.check()
                time.sleep(0.02)
            self._rest += chunk
        line, _, self._rest = self._rest.partition(b"\0")
        return dict(json.loads(line))


class Page:
    """One tab."""

    def __init__(self, browser: Browser, target: str, session: str) -> None:
        self._browser = browser
        self._target = target
        self._session = session

    def call(self, method: str, parameters: Message | None = None) -> Message:
        """A command of the protocol to this page."""
        return self._browser.call(method, parameters, self._session)

    def evaluate(self, script: str) -> Any:
        """The value of an expression in the page, as JSON has it; promises are waited for."""
        said = self.call("Runtime.evaluate", {"expression": script, "returnByValue": True, "awaitPromise": True})
        if "exceptionDetails" in said:
            raise BrowserError(f"{script}: {said['exceptionDetails']}")
        return said["result"].get("value")

    def wait(self, script: str, seconds: float = _WAIT_SECONDS) -> Any:
        """Until the expression is true; its value."""
        return until(f"{script} in the page", seconds, lambda: self.evaluate(script), every=0.05)

    def press(self, key: str, *, shift: bool = False) -> None:
        """Tab, Enter or the space bar."""
        code, number, text = _KEYS[key]
        event = {"key": key, "code": code, "windowsVirtualKeyCode": number, "modifiers": 8 if shift else 0}
        self.call("Input.dispatchKeyEvent", {"type": "keyDown" if text else "rawKeyDown", "text": text, **event})
        self.call("Input.dispatchKeyEvent", {"type": "keyUp", **event})

    def write(self, text: str) -> None:
        """Into what has the focus."""
        self.call("Input.insertText", {"text": text})

    def screenshot(self, file: Path) -> None:
        """What one sees of it, as PNG."""
        file.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", {"format": "png"})["data"]))

    def problems(self) -> list[str]:
        """What a developer would see in the console: errors and what the page's policy has stopped."""
        self.evaluate("0")
        found = []
        for event in self._browser.events(self._session):
            if event["method"] == "Runtime.exceptionThrown":
                found.append(json.dumps(event["params"]["exceptionDetails"]))
            if event["method"] == "Log.entryAdded" and event["params"]["entry"]["level"] == "error":
                found.append(f"{event['params']['entry']['text']} {event['params']['entry'].get('url', '')}")
        return found

    def asked(self) -> list[str]:
        """Addresses that it has asked for anything."""
        self.evaluate("0")
        return [
            event["params"]["request"]["url"]
            for event in self._browser.events(self._session)
            if event["method"] == "Network.requestWillBeSent"
        ]

    def close(self) -> None:
        """Closes the tab."""
        self._browser.call("Target.closeTarget", {"targetId": self._target})


def _flags(profile: Path) -> list[str]:
    flags = [
        "--headless=new",
        "--remote-debugging-pipe",
        f"--user-data-dir={profile}",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-default-apps",
        "--disable-dev-shm-usage",
        "--disable-extensions",
        "--disable-gpu",
        "--disable-sync",
        "--force-color-profile=srgb",
        "--lang=en-GB",
        "about:blank",
    ]
    # Its sandbox refuses to be root; the page under test is ours.
    return ["--no-sandbox", *flags] if os.geteuid() == 0 else flags
