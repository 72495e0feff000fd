from curate.forms import Written
from curate.materialise import lines

FILES = [
    Written("train/000000.tar", 1200, 1_500_000, "0" * 64, {"jpg": 1100, "png": 90, "gif": 10}),
    Written("test/000000.tar", 40, 600_000, "1" * 64, {"gif": 30, "bmp": 10}),
]


def test_it_says_what_was_written_and_where():
    assert list(lines(FILES, "parquet", "out")) == ["1,240 pairs in 2 files, 2.1 MB, in out"]


def test_it_says_which_pictures_a_trainer_will_not_see():
    assert list(lines(FILES, "webdataset", "out"))[1] == (
        "open_clip's trainer passes over some kinds of pictures: 10 bmp, 40 gif"
    )
