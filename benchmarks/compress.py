"""The demo's model shrunk for a small device, against itself as it was trained.

Both are made by `train.compress` and measured by `train.measure_compressed`, in turn; recall once,
since it is the same each time, time in several interleaved runs. Printed are a table, and as the
last line the ratios:

    size                 bytes of the model as it was over those of the small one
    latency              CPU milliseconds of an answer, likewise
    recall_points_lost   points of recall at 10 that the small one finds less
"""

import argparse
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import _cost

_AS_TRAINED = ("whole", "eager")
_QUALITY = "recall_at_10"


def main() -> None:
    """Read the command line, make and measure both, print what they take."""
    parser = argparse.ArgumentParser(
        prog="make bench NAME=compress", description=str(__doc__).partition("\n")[0]
    )
    parser.add_argument("--variant", default="pruned", help="key of section compress")
    parser.add_argument("--form", default="onnx_int8", help="file of train/devices/forms/")
    parser.add_argument("--repeats", type=int, default=5, help="interleaved runs of each")
    asked = parser.parse_args()
    runs: dict[tuple[str, str], list[dict[str, Any]]]
    runs = {_AS_TRAINED: [], (asked.variant, asked.form): []}
    with TemporaryDirectory() as scratch:
        for variant, _ in runs:
            _make(variant, Path(scratch))
        for number in range(asked.repeats):
            for side, found in runs.items():
                found.append(_measure(*side, Path(scratch), quality=number == 0))
    before, after = runs.values()
    rows: list[list[object]] = [
        [", ".join(side), one["bytes"] / 2**20, one["p50_ms"], one["p99_ms"], one["peak_mib"]]
        for side, found in runs.items()
        for one in found
    ]
    print(_cost.table(["variant, form", "MiB", "p50 ms", "p99 ms", "memory MiB"], rows))
    lost = 100 * (before[0][_QUALITY] - after[0][_QUALITY])
    print(
        _cost.last_line(
            {
                "size": _ratios(before, after, "bytes"),
                "latency": _ratios(before, after, "p50_ms"),
                "recall_points_lost": _cost.ratios([lost], [1.0]),
            }
        )
    )


def _make(variant: str, scratch: Path) -> None:
    command = ["train.compress", "--name", variant, "--model", "models/imagebert", *_data()]
    command += ["--made", "data/made", "--out", str(scratch / variant)]
    command += ["--log", str(scratch / f"{variant}.log")]
    cost = _cost.measured([sys.executable, "-m", *command])
    print(f"{variant}: made in {cost.cpu:.0f} CPU s")


def _measure(variant: str, form: str, scratch: Path, quality: bool) -> dict[str, Any]:
    """Figures of one form; recall among few, which counts for nothing, where it is known."""
    alone = scratch / f"{variant}.{form}"
    if not alone.exists():
        alone.mkdir()
        for part in ("model", form):
            (alone / part).symlink_to(scratch / variant / part)
    metrics, params = scratch / "metrics.json", scratch / "params.yaml"
    params.write_text(json.dumps({"measure_compressed": {} if quality else {"candidates": 2}}))
    command = ["train.measure_compressed", "--variant", str(alone), *_data()]
    command += ["--split", "data/split.parquet", "--params", str(params)]
    _cost.measured([sys.executable, "-m", *command, "--metrics", str(metrics)])
    found: dict[str, Any] = json.loads(metrics.read_text())["forms"][form]
    return found


def _data() -> list[str]:
    folders = {"snapshot": "snapshot", "labels": "labels", "labels-made": "labels_made"}
    return [f"--{name}=data/{folder}" for name, folder in folders.items()]


def _ratios(
    before: list[dict[str, Any]], after: list[dict[str, Any]], name: str
) -> dict[str, float]:
    return _cost.ratios([one[name] for one in before], [one[name] for one in after])


if __name__ == "__main__":
    main()
