import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from curate import filter as stage
from curate import score
from curate.dataset import tables
from curate.dataset.errors import AudioError
from curate.scorers import sound
from curate.stage.params import build
from tests import _media

RATE = 16_000


def wave(seconds: float, height: float = 0.5) -> np.ndarray:
    times = np.arange(round(seconds * RATE)) / RATE
    return height * np.sin(2 * np.pi * 437 * times)


def encoded(samples: np.ndarray, form: str = "WAV", subtype: str | None = None) -> bytes:
    out = io.BytesIO()
    soundfile.write(out, samples, RATE, format=form, subtype=subtype)
    return out.getvalue()


def heard(samples: np.ndarray, floor: float = -50.0, **how) -> dict[str, float | None]:
    return sound.listened(encoded(samples, **how), sound.Params(floor=floor))


def test_length_level_and_silence_are_those_of_the_signal():
    found = heard(np.concatenate([wave(1.5), np.zeros(RATE // 2)]))
    assert found["seconds"] == 2
    assert found["silence"] == pytest.approx(0.25)
    assert found["level"] == pytest.approx(20 * np.log10(0.5 / np.sqrt(2)), abs=0.05)
    assert found["clipping"] == 0


def test_what_is_silent_is_what_lies_below_the_floor():
    quiet = np.concatenate([wave(1.0), wave(1.0, 0.01)])  # -43 dBFS
    assert heard(quiet)["silence"] == 0
    assert heard(quiet, floor=-40)["silence"] == pytest.approx(0.5)
    nothing = heard(np.zeros(RATE))
    assert (nothing["silence"], nothing["level"]) == (1, None)


@pytest.mark.parametrize(("how", "least"), [({}, 0.8), ({"form": "OGG", "subtype": "VORBIS"}, 0.4)])
def test_a_signal_that_is_cut_off_is_clipped_and_one_of_full_height_is_not(how, least):
    cut = heard(np.clip(wave(1.0, 4.0), -1, 1), **how)
    assert least < cut["clipping"] < 0.87  # above the limit is 2 acos(1 / 4) / pi of a sine, 84%
    assert heard(wave(1.0, 0.98), **how)["clipping"] < 0.01


def test_a_recording_of_fewer_samples_than_a_run_is_measured():
    assert heard(np.full(2, 1.0))["clipping"] == 0


def test_bytes_that_are_no_audio_are_refused():
    with pytest.raises(AudioError, match="truncated or corrupt"):
        sound.listened(b"no audio" * 20, sound.Params())


@pytest.fixture
def pool(drawn_project) -> Path:
    """A pool of which some captions are spoken, one with words, one in silence, one twice."""
    circles = drawn_project.circles
    words, silence = encoded(wave(1.0)), encoded(np.zeros(RATE))
    other = encoded(wave(2.0))
    spoken = [("red", words), ("green", silence), ("blue", words), ("blue", other)]
    _media.lay(Path("data/pool"), [(circles[colour], data) for colour, data in spoken], [])
    return Path("data/pool")


def scored() -> dict[str, dict]:
    values = build(sound.Params, {}, "score.sound")
    score.main(
        "sound", Path("data/pool"), Path("data/scores/sound.parquet"), {"floor": values.floor}
    )
    return {row["uid"]: row for row in tables.read(Path("data/scores/sound.parquet")).to_pylist()}


def test_each_recording_is_heard_once_and_captions_that_are_not_spoken_are_not_judged(
    pool, drawn_project, capfd
):
    circles, found = drawn_project.circles, scored()
    assert len(found) == len(drawn_project.pairs)
    assert "3 recordings, 0 of them remembered" in capfd.readouterr().err
    assert found[circles["red"]["uid"]]["silence"] == 0
    assert found[circles["green"]["uid"]]["silence"] == 1
    assert found[circles["blue"]["uid"]]["seconds"] in (1, 2)
    assert set(found[circles["black"]["uid"]].values()) == {circles["black"]["uid"], None}
    assert scored() == found
    assert "3 recordings, 3 of them remembered" in capfd.readouterr().err


def test_a_rule_drops_what_is_silent_and_keeps_what_is_not_spoken(pool, drawn_project):
    scored()
    rules = {"quiet": {"column": "sound.silence", "at_most": 0.8}}
    params = build(stage.FilterParams, {"rules": rules}, "filter")
    stage.main(pool, Path("data/scores"), Path("data/decisions/pool.parquet"), params)
    rows = tables.read(Path("data/decisions/pool.parquet")).to_pylist()
    dropped = [row["uid"] for row in rows if not row["kept"]]
    assert dropped == [drawn_project.circles["green"]["uid"]]


def test_a_pool_without_audio_is_scored_with_nothing(drawn_project):
    assert all(row["seconds"] is None for row in scored().values())
