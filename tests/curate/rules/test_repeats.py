import numpy as np

from curate.rules.asking import judge
from curate.rules.rule import Rule


def test_a_caption_of_many_images_is_failed_for_all_of_them(rows):
    found = rows(
        [(f"{i}", f"image {i}", "card", "web") for i in range(4)]
        + [("x", "image 0", "queen of hearts", "web"), ("y", "image 9", "card", "books")]
    )
    verdict = judge(Rule(shared_by=3), found, "here")
    assert verdict.keep.tolist() == [False] * 4 + [True, True]
    assert verdict.margin.tolist() == [-1] * 4 + [2, 2]


def hashed(**images):
    return (
        "image",
        {
            n: {"phash": f"{code:016x}", "colours": bytes([c] * 192)}
            for n, (code, c) in images.items()
        },
    )


def test_of_near_duplicates_the_best_source_then_the_largest_then_the_first_name_stays(rows):
    found = rows(
        [
            ("1", "poor", "a cat", "web", 900),
            ("2", "good", "a cat", "books", 64),
            ("3", "good", "un chat", "books", 64),
            ("4", "same", "a cat", "books", 32),
            ("5", "twin", "a dog", "web", 64),
            ("6", "also", "a dog", "web", 64),
            ("7", "far", "a cow", "web", 64),
        ],
        phash=hashed(
            poor=(0b011, 0),
            good=(0, 0),
            same=(1, 0),
            twin=(0xFF << 56, 0),
            also=(0xFF << 56, 0),
            far=(2**40 - 1, 0),
        ),
    )
    verdict = judge(Rule(near_duplicates=2, order=("books", "web")), found, "here")
    assert verdict.keep.tolist() == [False, True, True, False, False, True, True]
    assert verdict.margin[[0, 3, 4]].tolist() == [-1, -2, -3]
    assert np.isnan(verdict.margin[verdict.keep]).all()


def test_near_duplicates_of_other_colours_stay_if_asked(rows):
    found = rows(
        [("1", "red", "a red ball", "web"), ("2", "green", "a green ball", "web")],
        phash=hashed(red=(0, 200), green=(0, 90)),
    )
    assert judge(Rule(near_duplicates=2), found, "").keep.sum() == 1
    assert judge(Rule(near_duplicates=2, colours=8.0), found, "").keep.all()
