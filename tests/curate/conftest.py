"""A drawn project as the stages before the snapshot leave it, a CLIP of a few thousand weights that
`open_clip` loads like any other, and a browser to open pages in."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from curate.dataset import marks, parents, record, sets, tables
from tests import _frozen

COLOURS = ("red", "green", "blue", "black", "gold", "navy", "teal")
SPLIT_OF = dict(zip(COLOURS, ["train"] * 4 + ["validation", "test", "test"], strict=True))
SNAPSHOT = {
    "name": "drawn-shapes",
    "version": "0.1.0",
    "max_rejected": 0.9,
    "datasheet": {
        "description": "Shapes drawn for a test.",
        "creator": "Pairwright",
        "url": "https://example.org/pairwright",
        "cite_as": "@misc{shapes, title={Shapes}}",
        "date_published": "2025-01-01",
        "licence_urls": {"CC0-1.0": "https://spdx.org/licenses/CC0-1.0.html"},
        "biases": ["Towards circles."],
    },
}

TINY_CLIP: dict[str, Any] = {
    "embed_dim": 16,
    "vision_cfg": {
        "image_size": 32,
        "layers": 2,
        "width": 32,
        "head_width": 16,
        "patch_size": 8,
    },
    "text_cfg": {
        "context_length": 16,
        "vocab_size": 49408,
        "width": 32,
        "heads": 2,
        "layers": 2,
    },
}


class DrawnProject:
    """Eight pairs of seven circles in three splits, and a red square made from the red circle.

    The black circle was dropped; the red one also has a French caption.
    """

    def __init__(self, root: Path, drawn: Callable[..., bytes], write_set: Any) -> None:
        self.root = root
        self.draw = drawn
        self._write_set = write_set
        circles = {colour: drawn("circle", colour) for colour in COLOURS}
        rows = [(data, "en", f"a {colour} circle") for colour, data in circles.items()]
        rows.append((circles["red"], "fr", "un cercle rouge"))
        self.pairs = write_set(Path("data/pool"), rows).to_pylist()
        by_caption = {row["caption"]: row for row in self.pairs}
        self.circles = {colour: by_caption[f"a {colour} circle"] for colour in COLOURS}
        self.write_splits(lambda row: row)
        self.decide("pool", self.pairs, dropped=[self.circles["black"]["uid"]])
        self.write_made([("square", "red", "a red square", self.circles["red"]["uid"])])
        nodes = pa.table({"uid": [self.circles["red"]["uid"]], "node": [0]})
        tables.write(nodes, Path("data/labels/scene/nodes.parquet"), "uid")

    def write_splits(self, change: Callable[[dict[str, str]], dict[str, str] | None]) -> None:
        """Write the table of splits, each row as `change` makes it; None leaves it out."""
        rows = [
            {"image": row["image"], "split": SPLIT_OF[colour], "group": f"group-{colour}"}
            for colour, row in self.circles.items()
        ]
        changed = [row for row in map(change, rows) if row is not None]
        table = pa.Table.from_pylist(changed, record.SPLITS)
        tables.write(table, Path("data/split.parquet"), "image", record.SPLITS)

    def write_made(self, shapes: Collection[tuple[str, ...]]) -> list[dict[str, Any]]:
        """Replace the made set by (shape, colour, caption, parents' uids ...), all of them kept.

        A picture that the pool has not bears the mark of what is made.
        """
        root = Path("data/made/geometric")
        shutil.rmtree(root, ignore_errors=True)
        drawn = [(self.made(s, c), "en", text, uids) for s, c, text, *uids in shapes]
        pairs = self._write_set(root, [(*row[:3], "geometric") for row in drawn])
        of = {record.pair_uid(record.image_name(d), lg, t): uids for d, lg, t, uids in drawn}
        rows = [
            {**row, "parent": of[row["uid"]][0], "recipe": '{"method": "geometric"}'}
            for row in pairs.to_pylist()
        ]
        table = pa.Table.from_pylist(rows, record.PAIRS)
        tables.write(table, root / sets.PAIRS_FILE, "uid", record.PAIRS)
        named = [
            {"uid": uid, "parent": parent, "position": position}
            for uid, uids in of.items()
            for position, parent in enumerate(uids)
        ]
        table = pa.Table.from_pylist(named, record.PARENTS)
        tables.write(table, root / parents.FILE, parents.KEY, record.PARENTS)
        self.decide("made", rows)
        return rows

    def made(self, shape: str, colour: str) -> bytes:
        """A drawn picture as a method leaves it."""
        data = self.draw(shape, colour)
        if record.image_name(data) in {row["image"] for row in self.pairs}:
            return data
        return marks.marked(data, marks.Mark(marks.EDITED, "geometric"))

    def decide(self, name: str, rows: Any, dropped: Collection[str] = ()) -> None:
        """Write the decisions on a set: all kept but some, which rule `clip` dropped."""
        decisions = [
            {
                "uid": row["uid"],
                "kept": row["uid"] not in dropped,
                "reason": "clip",
                "margin": -0.05 if row["uid"] in dropped else 0.1,
                "failed": ["clip"] if row["uid"] in dropped else [],
                "margins": [("clip", -0.05 if row["uid"] in dropped else 0.1)],
            }
            for row in rows
        ]
        table = pa.Table.from_pylist(decisions, record.DECISIONS)
        tables.write(table, Path(f"data/decisions/{name}.parquet"), "uid", record.DECISIONS)

    def freeze(
        self,
        out: str = "data/snapshot",
        blurred: Path | None = None,
        blurred_made: Path | None = None,
        scores: Path | None = None,
        **changes: Any,
    ) -> dict[str, Any]:
        """Run the snapshot stage and return its metrics."""
        values = {**SNAPSHOT, **changes}
        places = {"blurred": blurred, "blurred_made": blurred_made, "scores": scores}
        return _frozen.freeze(values, out, **places)

    def manifest(self) -> list[dict[str, Any]]:
        """The rows of the frozen snapshot."""
        return tables.read(Path("data/snapshot/manifest.parquet")).to_pylist()

    def refused(self) -> list[dict[str, Any]]:
        """The rows that the snapshot refused."""
        return tables.read(Path("data/snapshot/rejected.parquet")).to_pylist()


@pytest.fixture
def drawn_project(
    project: Path, drawn: Callable[..., bytes], write_set: Callable[..., pa.Table]
) -> DrawnProject:
    """A drawn project in the working directory, ready to be frozen."""
    return DrawnProject(project, drawn, write_set)


@pytest.fixture
def finished(drawn_project: DrawnProject, packages: Path) -> DrawnProject:
    """A drawn project in which every stage has run, with a hostile caption."""
    from tests import _report

    return _report.finish(drawn_project, packages)


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
        page: Path,
        script: str,
        width: int = 1280,
        keys: Sequence[str] = (),
        media: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Open a page and evaluate an expression (or promise) in it.

        Args:
            page: the file.
            script: the expression.
            width: of the window in pixels; below 600 it is a phone's.
            keys: pressed one after another first, by their names.
            media: features that the reader's system asks for, `prefers-color-scheme` and so on.

        Returns:
            `value` of the expression, `requests` (URLs the page asked for), `errors` on the
            console, `seconds` until all was loaded and drawn.
        """
        seen = self._look(page.resolve().as_uri(), script, width, keys, media or {})
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


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser; tests that need one are skipped where none is installed, but not in CI."""
    names = ("chromium", "chromium-browser", "google-chrome")
    program = next((path for name in names if (path := shutil.which(name))), None)
    if program is None:
        said = f"none of {', '.join(names)} is installed (apt-get install chromium)"
        if os.environ.get("CI", "").lower() in ("1", "true"):
            pytest.fail(said)
        pytest.skip(said)
    opened = Browser(program, tmp_path_factory.mktemp("browser"))
    yield opened
    opened.close()


@pytest.fixture(scope="session")
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


@pytest.fixture(scope="session")
def tiny_clip(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Gives a folder with a tiny CLIP of seeded random weights, in open_clip's own format."""

    def make(seed: int = 0) -> Path:
        import open_clip
        import torch
        from safetensors.torch import save_file

        folder: Path = tmp_path_factory.getbasetemp() / f"tiny_clip_{seed}"
        if folder.is_dir():
            return folder
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            model = open_clip.CLIP(**TINY_CLIP)
            for value in model.parameters():
                torch.nn.init.normal_(value, std=0.2)
        folder.mkdir()
        save_file(model.state_dict(), folder / "open_clip_model.safetensors")
        config = {"model_cfg": TINY_CLIP, "preprocess_cfg": {"interpolation": "bilinear"}}
        (folder / "open_clip_config.json").write_text(json.dumps(config))
        return folder

    return make
