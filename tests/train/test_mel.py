import io

import numpy as np
import pytest
import soundfile

from curate.dataset.errors import AudioError
from tests._speech import utter
from train import mel


def encoded(wave, rate=16_000):
    out = io.BytesIO()
    soundfile.write(out, wave, rate, format="WAV", subtype="FLOAT")
    return out.getvalue()


def test_a_frame_stands_for_ten_milliseconds_and_each_band_has_mean_0_and_deviation_1():
    found = mel.log_mel(utter([500, 3000])).astype(np.float64)
    assert found.shape == (1 + (6400 - 400) // 160, mel.BANDS)
    assert np.allclose(found.mean(0), 0, atol=1e-2)
    assert np.allclose(found.std(0), 1, atol=1e-2)


@pytest.mark.parametrize("hertz", [300, 1000, 4000])
def test_a_tone_is_heard_in_the_band_of_its_pitch_while_it_lasts(hertz):
    found = mel.log_mel(utter([hertz, 7000])).astype(np.float64)
    louder = found[:18].mean(0) - found[21:].mean(0)
    pitch = 1127 * np.log1p(np.array([20, hertz, 8000]) / 700)  # in mel
    band = (pitch[1] - pitch[0]) / (pitch[2] - pitch[0]) * (mel.BANDS + 1) - 1
    assert abs(int(louder.argmax()) - band) < 1.5  # its middle is between two


def test_neither_loudness_nor_rate_nor_channels_change_what_is_heard():
    wave, rate = soundfile.read(io.BytesIO(utter([400, 1500, 2500])))
    whole = mel.log_mel(encoded(wave, rate)).astype(np.float64)
    quiet = mel.log_mel(encoded(np.stack([wave, wave], 1) / 8, rate)).astype(np.float64)
    assert np.allclose(whole, quiet, atol=0.01)
    fast = mel.log_mel(utter([400, 1500, 2500], 44_100)).astype(np.float64)
    assert len(fast) == len(whole)
    below = slice(0, 60)  # 5 kHz; noise is drawn for each sample, and so is another
    assert np.corrcoef(fast[:, below].ravel(), whole[:, below].ravel())[0, 1] > 0.8


def test_a_long_sound_is_cut_and_a_click_is_a_frame():
    noise = np.random.default_rng(0).normal(size=20 * 16_000) / 10
    assert len(mel.log_mel(encoded(noise))) == 1 + (8 * 16_000 - 400) // 160
    assert mel.log_mel(encoded(noise[:5])).shape == (1, mel.BANDS)


@pytest.mark.parametrize(
    "data",
    [b"no sound", encoded(np.zeros(0)), utter([500])[:30]],
    ids=["text", "no samples", "cut off"],  # the bytes of a file hold the time when it was written
)
def test_what_is_no_sound_is_an_error(data):
    with pytest.raises(AudioError, match=f"{len(data)} bytes"):
        mel.log_mel(data)
