"""A real browser for tests: Debian's Chromium, driven over its DevTools pipe (JSON messages, each ended by a NUL).

No driver, no WebSocket library and no port: two pipes are all that is needed.
"""

import base64
import contextlib
import fcntl
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from tests.patience import PATIENCE

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)


class Browser:
    """One Chromium with one page. Use as a context manager; everything it wrote is removed at the end."""

    def __init__(self):
        self._profile = tempfile.mkdtemp(prefix="mtasts-chromium-")
        command_out, command_in = _high(os.pipe())
        event_out, event_in = _high(os.pipe())

        def wire():
            os.dup2(command_out, 3)
            os.dup2(event_in, 4)

        self._process = subprocess.Popen(
            ["chromium", *FLAGS, f"--user-data-dir={self._profile}", "about:blank"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=wire,  # noqa: PLW1509 - only dup2, and the tests start no threads
            pass_fds=(3, 4),
            start_new_session=True,
        )
        os.close(command_out)
        os.close(event_in)
        self._in, self._out = command_in, event_out
        self._buffer = b""
        self._number = 0
        self._session = None
        self.events = []
        try:
            self._session = self.call("Target.attachToTarget", targetId=self._page(), flatten=True)["sessionId"]
            for domain in ("Page", "Runtime", "Log", "Network"):
                self.call(f"{domain}.enable")
            self.call("Page.setLifecycleEventsEnabled", enabled=True)
            # Processor time of the page's own thread, which other work on the machine does not lengthen.
            self.call("Performance.enable", timeDomain="threadTicks")
        except BaseException:
            self.__exit__()
            raise

    def __enter__(self):
        return self

    @property
    def session_id(self):
        """Of the process session that holds the browser and all that it started."""
        return self._process.pid

    def __exit__(self, *_):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, 9)
        self._process.wait()
        os.close(self._in)
        os.close(self._out)
        shutil.rmtree(self._profile, ignore_errors=True)

    def call(self, method, **params):
        """Send a command and wait for its result; events that come meanwhile are kept in `events`."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._in, json.dumps(message).encode() + b"\0")
        while True:
            found = self._read()
            if found.get("id") == self._number:
                assert "error" not in found, found
                return found["result"]
            self.events.append(found)

    def open(self, path, *, width=1280, height=900, dark=False, media="screen"):
        """Show a file in a window of this size and scheme, and wait until it is loaded."""
        self.resize(width, height)
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.call("Emulation.setEmulatedMedia", media=media, features=features)
        self.events.clear()
        loader = self.call("Page.navigate", url=Path(path).resolve().as_uri())["loaderId"]
        # Its own load: that of the page before, such as the empty one at first, may be announced as late as now.
        while not any(_loaded(event, loader) for event in self.events):
            self.events.append(self._read())

    def resize(self, width, height=740):
        """Give the window another size; a narrow one is a phone's."""
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )

    def evaluate(self, expression):
        """The value of a JavaScript expression in the page (the test's own; the pages have none)."""
        found = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def busy(self):
        """Processor seconds that the thread of the page has spent on it, from its navigation on."""
        found = {one["name"]: one["value"] for one in self.call("Performance.getMetrics")["metrics"]}
        return found["TaskDuration"]

    def requests(self):
        """Every URL the page asked for since it was opened."""
        return [e["params"]["request"]["url"] for e in self.events if e.get("method") == "Network.requestWillBeSent"]

    def complaints(self):
        """Console messages, log entries and exceptions since the page was opened."""
        wanted = ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded")
        return [e["params"] for e in self.events if e.get("method") in wanted]

    def screenshot(self, path, *, whole=True):
        """Save a PNG of the page as it is shown."""
        found = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        Path(path).write_bytes(base64.b64decode(found["data"]))

    def pdf(self, path):
        """Save the page as it would be printed."""
        found = self.call("Page.printToPDF", printBackground=False, preferCSSPageSize=True)
        Path(path).write_bytes(base64.b64decode(found["data"]))

    def _page(self):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            targets = self.call("Target.getTargets")["targetInfos"]
            pages = [t["targetId"] for t in targets if t["type"] == "page"]
            if pages:
                return pages[0]
            time.sleep(0.05)
        raise AssertionError("Chromium opened no page")

    def _read(self):
        deadline = time.monotonic() + PATIENCE
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._out], [], [], max(0, deadline - time.monotonic()))
            assert ready, "Chromium said nothing in time"
            chunk = os.read(self._out, 1 << 20)
            assert chunk, "Chromium ended"
            self._buffer += chunk
        message, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(message)


def _loaded(event, loader):
    """Whether this event says that what a navigation loads is there."""
    params = event.get("params", {})
    return (event.get("method"), params.get("name"), params.get("loaderId")) == ("Page.lifecycleEvent", "load", loader)


def _high(pair):
    """The same pipe on descriptors that cannot be the 3 and 4 which Chromium reads."""
    moved = tuple(fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 20) for fd in pair)
    for fd in pair:
        os.close(fd)
    return moved
