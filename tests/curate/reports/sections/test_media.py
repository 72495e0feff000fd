"""What is heard and what moves: which files are shown, and what is said of them."""

import base64
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from curate.dataset import record
from curate.report import ReportParams
from curate.reports.inputs import Inputs, NotRun, Paths
from curate.reports.page import _environment
from curate.reports.sections import media
from curate.reports.thumbnails import Thumbnails
from tests import _media


def section(instead=None, **changes):
    paths = Paths(Path("data/pool"), Path("data/decisions"), figures=Path("metrics"))
    inputs = Inputs(paths, Path("out.html"))
    params = ReportParams(title="Drawn", sections=("media",), **changes)
    with Thumbnails(64, 65, instead) as thumbnails:
        return media.section(inputs, thumbnails, params)


@pytest.fixture
def laid(drawn_project, tone, moving):
    """Two spoken captions, one in French, and clips of two circles, the dropped one among them."""
    circles = drawn_project.circles
    (french,) = (pair for pair in drawn_project.pairs if pair["lang"] == "fr")
    spoken = [(circles["red"], tone(300, 0.5)), (french, tone(400, 1.0, "wav"))]
    moves = [(circles["red"], moving("red", 5)), (circles["black"], moving("black", 9))]
    _media.lay(Path("data/pool"), spoken, moves)
    return {"spoken": spoken, "moves": moves}


def test_kept_pictures_files_are_counted_by_source_and_language(laid):
    found = section()
    assert found["sources"] == [
        {"medium": "audio", "of": "drawn", "files": 2, "seconds": 1.5},
        {"medium": "video", "of": "drawn", "files": 1, "seconds": 0.5},
    ]
    assert {(row["of"], row["files"]) for row in found["languages"]} == {("en", 1), ("fr", 1)}


def test_a_player_holds_the_very_file_with_the_caption_that_it_speaks(laid):
    (player,) = section()["players"]  # both speak of the same picture
    heard = {pair["caption"]: data for pair, data in laid["spoken"]}
    head, _, text = player["src"].partition(",")
    assert head in ("data:audio/ogg;base64", "data:audio/wav;base64")
    assert base64.b64decode(text) == heard[player["caption"]]
    assert len(player["bars"]) == 120
    assert max(player["bars"]) == 1
    assert min(player["bars"]) >= 0


def test_a_waveform_is_low_where_it_is_quiet(tone):
    quiet, loud = tone(440, 1.0, "wav"), tone(440, 1.0, "wav")
    samples = np.frombuffer(quiet[44:], np.int16) // 10
    data = loud[:40] + (2 * 2 * len(samples)).to_bytes(4, "little")
    bars = media._bars(data + samples.astype(np.int16).tobytes() + loud[44:])
    assert max(bars[:59]) < 0.11
    assert min(bars[61:]) > 0.9


def test_a_clip_is_a_row_of_its_frames_and_that_of_a_dropped_picture_is_not_shown(laid):
    (clip,) = section()["clips"]
    assert (clip["caption"], clip["frames"], clip["seconds"]) == ("a red circle", 5, 0.5)
    strip = Image.open(io.BytesIO(base64.b64decode(clip["src"].partition(",")[2])))
    assert strip.size == (8 * 72, 72) == (clip["width"], clip["height"])
    first, last = (np.asarray(strip)[:, at : at + 72].astype(int) for at in (0, 7 * 72))
    assert np.abs(first - last).max() > 100


def test_no_more_is_shown_than_is_asked_for_and_no_frames_of_a_picture_that_was_blurred(laid):
    none = section(players=0, clips=0)
    assert none["players"] == none["clips"] == []
    red = laid["moves"][0][0]
    assert section(instead={red["image"]: red})["clips"] == []


def test_what_finds_each_other_is_told_where_a_model_was_measured(laid):
    assert section()["retrieval"] == []
    figures = {f"{name}_at_{k}": 0.5 for name in ("recall", "times_chance") for k in (1, 5, 10)}
    row = {"run": "speech-imagebert", "media": ["sound"], "by": "text", "found": "sound"}
    rows = [{**row, "language": tag, "candidates": 307, **figures} for tag in ("all", "fr")]
    Path("media/metrics").mkdir(parents=True)
    Path("media/metrics/runs.json").write_text(json.dumps({"rows": rows}))
    found = section()
    assert found["retrieval"] == rows[:1]
    page = _environment().get_template("sections/media.html").render(s=found)
    assert "<td>text → sound</td>" in page
    assert page.count("50.0%") == 3


def test_where_nothing_lies_beside_kept_pictures_the_section_says_so(drawn_project):
    with pytest.raises(NotRun, match="no audio and no clip"):
        section()
    assert not Path("data/pool", record.AUDIO_FILE).exists()
