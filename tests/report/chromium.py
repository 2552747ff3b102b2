"""Drives a real headless Chromium over its debugging pipe, without a driver."""

import base64
import json
import os
import select
import shutil
import subprocess
import sys
import time

FLAGS = """--headless --no-sandbox --disable-gpu --disable-quic --no-first-run
--disable-background-networking --disable-component-update --disable-sync
--disable-extensions --hide-scrollbars --remote-debugging-pipe""".split()


# The browser reads commands from descriptor 3 and answers on 4.
START = """
import fcntl, os, sys
high = [fcntl.fcntl(int(fd), fcntl.F_DUPFD, 10) for fd in sys.argv[1:3]]
os.dup2(high[0], 3)
os.dup2(high[1], 4)
os.execvp(sys.argv[3], sys.argv[3:])
"""


class Chromium:
    """One browser and one page; `events` holds all it reported."""

    def __init__(self, program, profile):
        to_child, ours = os.pipe()
        theirs, from_child = os.pipe()
        pipes = (str(to_child), str(from_child))
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-c",
                START,
                *pipes,
                program,
                *FLAGS,
                f"--user-data-dir={profile}",
                "about:blank",
            ],
            pass_fds=(to_child, from_child),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_child)
        os.close(from_child)
        self._write, self._read, self._buffer = ours, theirs, b""
        self._last, self._session, self.events = 0, None, []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method, **params):
        """Send a command and return its result."""
        self._last += 1
        message = {"id": self._last, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._last:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def open(self, path, width=1280, height=900):
        """Open a file at a width in CSS pixels and wait until it is laid out."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        self.events.clear()
        self.call("Page.navigate", url=path.resolve().as_uri())
        while not any(e.get("method") == "Page.loadEventFired" for e in self.events):
            self.events.append(self._next())

    def run(self, expression):
        """Evaluate JavaScript in the page and return its value."""
        answer = self.call(
            "Runtime.evaluate",
            expression=expression,
            returnByValue=True,
            awaitPromise=True,
        )
        if "exceptionDetails" in answer:
            raise RuntimeError(str(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def screenshot(self, path):
        """Write a picture of the whole page."""
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        made = self.call(
            "Page.captureScreenshot",
            captureBeyondViewport=True,
            clip={
                "x": 0,
                "y": 0,
                "scale": 1,
                **{side: size[side] for side in ("width", "height")},
            },
        )
        path.write_bytes(base64.b64decode(made["data"]))

    def pdf(self, path):
        """Print the page."""
        made = self.call("Page.printToPDF", preferCSSPageSize=True)
        path.write_bytes(base64.b64decode(made["data"]))

    def requests(self):
        """Addresses the page has asked for since it was opened."""
        return [
            event["params"]["request"]["url"]
            for event in self.events
            if event.get("method") == "Network.requestWillBeSent"
        ]

    def complaints(self):
        """Console errors and warnings, exceptions, and what the browser logged."""
        found = []
        for event in self.events:
            params = event.get("params", {})
            if event.get("method") == "Runtime.consoleAPICalled":
                found.append(json.dumps(params["args"]))
            elif event.get("method") == "Runtime.exceptionThrown":
                found.append(json.dumps(params["exceptionDetails"]))
            elif event.get("method") == "Log.entryAdded":
                found.append(params["entry"]["text"])
        return found

    def close(self):
        """End the browser and everything it started."""
        self._session = None
        self.call("Browser.close")
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
        os.close(self._write)
        os.close(self._read)

    def _next(self, patience=20):
        deadline = time.monotonic() + patience
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._read], [], [], 0.5)
            if ready:
                chunk = os.read(self._read, 1 << 20)
                if not chunk:
                    raise RuntimeError("the browser closed its pipe")
                self._buffer += chunk
            elif time.monotonic() > deadline:
                raise TimeoutError("the browser does not answer")
        message, self._buffer = self._buffer.split(b"\0", 1)
        return json.loads(message)


def find():
    """Path of the browser's program, or None."""
    return shutil.which("chromium") or shutil.which("chromium-browser")
