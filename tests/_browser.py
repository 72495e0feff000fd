"""A browser to open pages in, and what checks that all can read them."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

_KEYS = {"Tab": 9, "Enter": 13, "ArrowRight": 39, "ArrowDown": 40}  # name -> its code


class Browser:
    """A headless Chromium, driven by the DevTools protocol.

    Args:
        program: path of Chromium.
        profile: an empty folder.
    """

    def __init__(self, program: str, profile: Path) -> None:
        self._process = subprocess.Popen(
            [
                program,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--remote-debugging-port=0",
                f"--user-data-dir={profile}",
                "about:blank",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for line in self._process.stderr:
            if line.startswith("DevTools listening on"):
                self._port = int(line.split(":")[2].split("/")[0])
                return
        raise RuntimeError(f"{program} ended with {self._process.wait()} before it listened")

    def look(
        self,
        page: Path | str,
        script: str,
        width: int = 1280,
        keys: Sequence[str] = (),
        media: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Open a page and evaluate an expression (or promise) in it.

        Args:
            page: the file, or a URL.
            script: the expression.
            width: of the window in pixels; below 600 it is a phone's.
            keys: pressed one after another first, by their names.
            media: features that the reader's system asks for, `prefers-color-scheme` and so on.

        Returns:
            `value` of the expression, `requests` (URLs the page asked for), `errors` on the
            console, `seconds` until all was loaded and drawn.
        """
        url = page if isinstance(page, str) else page.resolve().as_uri()
        seen = self._look(url, script, width, keys, media or {})
        return asyncio.run(asyncio.wait_for(seen, 60))

    def close(self) -> None:
        """End Chromium."""
        self._process.terminate()
        self._process.wait(timeout=30)
        self._process.stderr.close()

    async def _look(
        self, url: str, script: str, width: int, keys: Sequence[str], media: Mapping[str, str]
    ) -> dict[str, Any]:
        from tornado.websocket import websocket_connect

        new = urllib.request.Request(f"http://127.0.0.1:{self._port}/json/new", method="PUT")
        with urllib.request.urlopen(new) as answer:
            target = json.load(answer)["webSocketDebuggerUrl"]
        socket = await websocket_connect(target, max_message_size=1 << 28)
        seen: list[dict[str, Any]] = []
        call = self._caller(socket, seen)
        for domain in ("Network", "Log", "Runtime", "Page"):
            await call(f"{domain}.enable")
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        await call("Emulation.setDeviceMetricsOverride", **size)
        await call("Emulation.setFocusEmulationEnabled", enabled=True)
        features = [{"name": name, "value": value} for name, value in media.items()]
        await call("Emulation.setEmulatedMedia", features=features)
        started = time.perf_counter()
        await call("Page.navigate", url=url)
        while not any(event["method"] == "Page.loadEventFired" for event in seen):
            seen.append(json.loads(await socket.read_message()))
        frame = "new Promise(done => requestAnimationFrame(() => setTimeout(done)))"
        await call("Runtime.evaluate", expression=frame, awaitPromise=True)
        seconds = time.perf_counter() - started
        for key in keys:
            about = {"key": key, "code": key, "windowsVirtualKeyCode": _KEYS[key]}
            await call("Input.dispatchKeyEvent", type="keyDown", **about)
            await call("Input.dispatchKeyEvent", type="keyUp", **about)
        answer = await call(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        await call("Page.close")
        socket.close()
        events = [(event["method"], event["params"]) for event in seen]
        return {
            "value": answer["result"].get("value"),
            "requests": [
                e["request"]["url"] for name, e in events if name == "Network.requestWillBeSent"
            ],
            "seconds": seconds,
            "errors": [
                e for name, e in events if name in ("Log.entryAdded", "Runtime.exceptionThrown")
            ],
        }

    @staticmethod
    def _caller(socket: Any, seen: list[dict[str, Any]]) -> Callable[..., Awaitable[Any]]:
        """A function that sends a command and waits for its answer; events go to `seen`."""
        count = iter(range(1, 1_000_000))

        async def call(method: str, **params: Any) -> Any:
            number = next(count)
            await socket.write_message(
                json.dumps({"id": number, "method": method, "params": params})
            )
            while True:
                message = json.loads(await socket.read_message())
                if message.get("id") == number:
                    assert "error" not in message, message
                    return message["result"]
                seen.append(message)

        return call


def opened(profile: Path) -> Iterator[Browser]:
    """A browser; tests that need one are skipped where none is installed, but not in CI."""
    names = ("chromium", "chromium-browser", "google-chrome")
    program = next((path for name in names if (path := shutil.which(name))), None)
    if program is None:
        said = f"none of {', '.join(names)} is installed (apt-get install chromium)"
        if os.environ.get("CI", "").lower() in ("1", "true"):
            pytest.fail(said)
        pytest.skip(said)
    opened = Browser(program, profile)
    yield opened
    opened.close()


def axe() -> str:
    """The script of axe-core, a checker of accessibility; without it as without a browser."""
    folders = [f"{sys.prefix}/lib/node_modules", *os.environ.get("NODE_PATH", "").split(":")]
    files = [Path(folder, "axe-core/axe.min.js") for folder in folders if folder]
    if found := next((file for file in files if file.is_file()), None):
        return found.read_text(encoding="utf-8")
    said = "axe-core is not installed (make axe)"
    if os.environ.get("CI", "").lower() in ("1", "true"):
        pytest.fail(said)
    pytest.skip(said)
