"""The demo's models over 100,000 pictures: how long an answer takes, and what an index misses.

`pairwright serve` answers captions of the snapshot, in all its languages, over HTTP on the
loopback, to clients that ask one question after another. Printed are a table for each run, and as
the last line the figures of README:

    p99_ms_100k             milliseconds within which 99 of 100 answers are there
    p99_ms_100k_rerank      the same where the cross-encoder looks again at the first 32
    recall_at_10_vs_exact   share of the truly nearest ten that the index finds
"""

import argparse
import http.client
import json
import subprocess
import sys
import threading
import time
import urllib.parse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import yaml

from benchmarks import _cost, _crowd

_ENCODER, _RERANKER = Path("models/filter_network"), Path("models/imagebert")
_WARM = 20  # questions before those that count


def main() -> None:
    """Read the command line, make the index, ask, print what it took."""
    parser = argparse.ArgumentParser(
        prog="make bench NAME=search", description=str(__doc__).partition("\n")[0]
    )
    parser.add_argument("--pictures", type=int, default=100_000)
    parser.add_argument("--questions", type=int, default=1000, help="of a run")
    parser.add_argument("--clients", type=int, default=2, help="that ask at once")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each kind")
    asked = parser.parse_args()
    folder = _crowd.made(asked.pictures)
    figures = _indexed(folder)
    texts = _crowd.captions(folder, asked.questions + _WARM)
    rows: list[list[object]] = []
    found: dict[str, list[float]] = {"": [], "_rerank": []}
    with _serving(folder) as port:
        for _ in range(asked.repeats):
            for kind, worst in found.items():
                took = _took(port, texts, asked.clients, bool(kind))
                worst.append(float(np.percentile(took, 99)))
                middle = float(np.percentile(took, 50))
                name = "looked at again" if kind else "by the index"
                rows.append([name, len(took), middle, worst[-1], max(took)])
    print(_cost.table(["run", "questions", "p50 ms", "p99 ms", "longest ms"], rows))
    many = f"{asked.pictures // 1000}k"
    print(
        _cost.last_line(
            {f"p99_ms_{many}{kind}": _spread(values) for kind, values in found.items()}
            | {"recall_at_10_vs_exact": _spread([figures["recall_at_10"]])}
        )
    )


def _indexed(folder: Path) -> dict[str, float]:
    """Figures of the index, which is made once."""
    metrics = folder / "index.json"
    if not metrics.is_file():
        params = folder / "params.yaml"
        params.write_text(yaml.safe_dump({"index": {"nearest": {"kind": "hnsw"}}}))
        command = ["train.index", "--snapshot", folder / "snapshot", "--encoder", _ENCODER]
        command += ["--out", folder / "index", "--metrics", metrics, "--params", params]
        cost = _cost.measured([sys.executable, "-m", *map(str, command)])
        print(f"index: {cost.cpu:.0f} CPU s, {cost.memory:.0f} MB")
    found: dict[str, float] = json.loads(metrics.read_text(encoding="utf-8"))
    return found


@contextmanager
def _serving(folder: Path) -> Iterator[int]:
    """The port at which the service answers."""
    places = {"index": "index", "snapshot": "snapshot", "labels": "labels", "labels-made": "none"}
    command = [str(Path(sys.executable).with_name("pairwright")), "serve", "--port", "0"]
    command += [f"--{name}={folder / place}" for name, place in places.items()]
    command.append(f"--rerank={_RERANKER}")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        if not said:
            raise RuntimeError(f"{' '.join(command)} ended with {process.wait()}")
        yield int(said.strip().rstrip("/").rpartition(":")[2])
        process.terminate()


def _took(port: int, texts: Sequence[str], clients: int, rerank: bool) -> list[float]:
    """Milliseconds from each question to the last byte of its answer."""
    found: list[float] = []

    def ask(own: Sequence[str]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for number, text in enumerate(own):
            query = urllib.parse.urlencode({"text": text, "count": 20, "rerank": int(rerank)})
            begun = time.perf_counter()
            connection.request("GET", f"/search?{query}")
            answer = connection.getresponse()
            body = answer.read()
            took = 1000 * (time.perf_counter() - begun)
            if answer.status != 200:
                raise RuntimeError(f"{text!r} was answered with {answer.status}: {body!r}")
            if number >= _WARM // clients:
                found.append(took)
        connection.close()

    threads = [threading.Thread(target=ask, args=(texts[n::clients],)) for n in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(found) < len(texts) - _WARM:
        raise RuntimeError(f"{len(found)} of {len(texts)} questions were answered; see above")
    return found


def _spread(values: Sequence[float]) -> dict[str, float]:
    return _cost.ratios(values, [1.0] * len(values))


if __name__ == "__main__":
    main()
