"""Which recording speaks a caption, and what is heard where its bytes are none."""

from pathlib import Path

import pytest

from curate import recordings
from curate.dataset import record, sets
from curate.scorer import asked
from tests import _media

POOL = Path("data/pool")


@pytest.fixture
def circles(drawn_project, tone):
    """Of the drawn circles, the red one spoken once and the blue one twice."""
    found = drawn_project.circles
    spoken = [
        ("red", tone(300, 0.5, "wav")),
        ("blue", tone(400, 0.5, "wav")),
        ("blue", tone(500, 0.5, "wav")),
    ]
    _media.lay(POOL, [(found[colour], data) for colour, data in spoken], [])
    return found


def test_a_caption_that_is_spoken_twice_is_judged_by_the_recording_of_the_lowest_hash(
    circles, tone
):
    found = recordings.spoken(sets.located([Path("data")])).to_pylist()
    named = {row["uid"]: row["audio"] for row in found}
    assert named == {
        circles["red"]["uid"]: record.image_name(tone(300, 0.5, "wav")),
        circles["blue"]["uid"]: min(
            record.image_name(tone(hertz, 0.5, "wav")) for hertz in (400, 500)
        ),
    }


def test_a_recording_whose_bytes_are_damaged_says_nothing_and_the_others_are_heard(circles):
    rows = recordings.spoken(sets.located([Path("data")])).sort_by("offset")
    first = rows.to_pylist()[0]
    tar = POOL / first["shard"]
    data = bytearray(tar.read_bytes())
    data[first["offset"] : first["offset"] + 4] = b"none"
    tar.write_bytes(data)
    heard = recordings.listen(rows, asked("score.sound", {})).to_pylist()
    assert [row["audio"] for row in heard] == rows.column("audio").to_pylist()
    assert [row["seconds"] for row in heard] == [None, 0.5]
