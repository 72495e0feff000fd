"""Audio and clips beside kept pictures become players with waveforms, and frames in a row.

Of a picture whose faces were blurred no clip is shown: its frames are not.
"""

import base64
import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from curate.dataset import record, sets, shards, tables
from curate.dataset.errors import DataError
from curate.reports import cards, results
from curate.reports.inputs import Inputs, NotRun, among
from curate.reports.thumbnails import Thumbnails

TITLE = "Sound and motion"
LEAD = (
    "What lies beside kept pictures: recordings, with their loudness over time, and clips, of each "
    "frames at even distances. Some are shown, drawn by the hash of their bytes."
)
_TABLES = {"audio": record.AUDIO_FILE, "video": record.VIDEO_FILE}
_RETRIEVAL = Path("media/metrics/runs.json")  # of stages beside the whole job, see media/dvc.yaml
_LARGEST = 60_000  # bytes of audio that the page holds
_BARS = 120  # of a waveform
_FRAMES, _SIDE = 8, 72  # frames in a row, and pixels of each


def section(inputs: Inputs, thumbnails: Thumbnails, params: Any) -> dict[str, Any]:
    """Counts by source and language, and some of each."""
    kept = inputs.pool[inputs.pool["kept"]].sort_values("uid")
    found = {name: _beside(inputs.paths.pool, name, kept) for name in _TABLES}
    if not any(map(len, found.values())):
        raise NotRun("no audio and no clip lies beside a kept picture of the pool")
    spoken = found["audio"][found["audio"]["kind"] == "description"]
    hidden = found["video"]["image"].map(thumbnails.hides).astype(bool)
    return {
        "sources": [
            row
            for name, rows in found.items()
            for row in _counted(name, rows.drop_duplicates([name]), "source")
        ],
        "languages": _counted("spoken", spoken.drop_duplicates(["audio"]), "lang"),
        "players": list(_players(spoken, kept, params.players)),
        "clips": list(_clips(found["video"][~hidden], kept, params.clips)),
        "retrieval": _retrieval(inputs.paths.figures),
    }


def _retrieval(figures: Path | None) -> list[dict[str, Any]]:
    """Rows of `train.media_runs`, over all languages; none where no model was measured."""
    told = {} if figures is None else results.read(figures.parent / _RETRIEVAL)
    return [row for row in told.get("rows", []) if row["language"] == "all"]


def _beside(pool: Path, name: str, kept: pd.DataFrame) -> pd.DataFrame:
    """A medium's rows beside kept pictures, by the hash of their bytes, each with its set."""
    schema = {"audio": record.AUDIO, "video": record.VIDEO}[name]
    parts = [schema.empty_table().to_pandas().assign(set=pd.Series(dtype=str))]
    for folder in sets.folders(pool):
        if (folder / _TABLES[name]).is_file():
            rows = tables.read(folder / _TABLES[name]).to_pandas()
            parts.append(rows.assign(set=str(folder)))
    filled = [part for part in parts if len(part)] or parts[:1]
    found = pd.concat(filled, ignore_index=True)
    return found[among(found["image"], kept["image"])].sort_values([name, "image"])


def _counted(name: str, rows: pd.DataFrame, by: str) -> list[dict[str, Any]]:
    """Files and seconds for each value of a column, the most first."""
    groups = rows.fillna({by: "unknown"}).groupby(by)["seconds"].agg(["size", "sum"])
    groups = groups.sort_values("size", ascending=False, kind="stable")
    return [
        {"medium": name, "of": of, "files": int(row["size"]), "seconds": float(row["sum"])}
        for of, row in groups.iterrows()
    ]


def _players(rows: pd.DataFrame, kept: pd.DataFrame, count: int) -> Any:
    """Spoken descriptions that are small, each of another language as far as there are such."""
    captions = kept.drop_duplicates("uid").set_index("uid")
    rows = rows[among(rows["uid"].fillna(""), captions.index) & (rows["size"] <= _LARGEST)]
    rows = rows.drop_duplicates("image").assign(turn=lambda r: r.groupby("lang").cumcount())
    for row in cards.rows(rows.sort_values("turn", kind="stable").head(count)):
        pair = captions.loc[row["uid"]]
        try:
            data = _read(row)
            bars = _bars(data)
        except DataError:
            continue
        kind = {"mp3": "mpeg", "opus": "ogg"}.get(row["extension"], row["extension"])
        text = base64.b64encode(data).decode()
        yield {
            "src": f"data:audio/{kind};base64,{text}",
            "bars": bars,
            "caption": pair["caption"],
            "lang": pair["lang"] if pair["lang"] != "und" else "",
            **{name: row[name] for name in ("seconds", "rate", "source", "licence")},
        }


def _bars(data: bytes) -> list[float]:
    """Loudest sample of each of equal parts of audio, the loudest of all being 1."""
    from curate.dataset import sounds

    samples = np.abs(sounds.samples(data)[0]).max(1)
    loudest = np.array([part.max(initial=0) for part in np.array_split(samples, _BARS)])
    return [round(float(bar), 3) for bar in loudest / max(loudest.max(), 1e-9)]


def _clips(rows: pd.DataFrame, kept: pd.DataFrame, count: int) -> Any:
    """Clips of different pictures, each source in its turn, with frames in a row."""
    from PIL import Image

    from curate.dataset import clips

    captions = kept.drop_duplicates("image").set_index("image")
    rows = rows.drop_duplicates("image").assign(turn=lambda r: r.groupby("source").cumcount())
    for row in cards.rows(rows.sort_values("turn", kind="stable").head(count)):
        pair = captions.loc[row["image"]]
        try:
            frames, _ = clips.sample(_read(row), _FRAMES, _SIDE)
        except DataError:
            continue
        out = io.BytesIO()
        strip = np.concatenate(list(frames), axis=2).transpose(1, 2, 0)
        Image.fromarray(strip).save(out, "WEBP", quality=70, method=6)
        yield {
            "src": f"data:image/webp;base64,{base64.b64encode(out.getvalue()).decode()}",
            "width": strip.shape[1],
            "height": strip.shape[0],
            "caption": pair["caption"],
            "lang": pair["lang"] if pair["lang"] != "und" else "",
            "shown": _FRAMES,
            **{name: row[name] for name in ("frames", "seconds", "source", "licence")},
        }


def _read(row: dict[str, Any]) -> bytes:
    with shards.ShardReader(row["set"]) as reader:
        return reader.read(row["shard"], int(row["offset"]), int(row["size"]))
