import io
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from curate.dataset import sets
from curate.scorers import text_spotted
from tests._unreadable import blank


def page(text):
    picture = Image.new("RGB", (600, 200), "white")
    ImageDraw.Draw(picture).text((20, 60), text, fill="black", font=ImageFont.load_default(60))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("lines", "caption", "longest"),
    [
        (["HELLO WORLD"], "Hello, world!", 10),
        (["KEEP", "HELLO"], "he said hello", 5),
        (["ab cd"], "xabcdx", 4),
        (["dog"], "a cat", 0),
        (["STRASSE"], "die Straße", 7),
        ([], "a cat", 0),
        (["..."], "...", 0),
    ],
)
def test_the_longest_run_of_a_line_in_the_caption_counts(lines, caption, longest):
    assert text_spotted.matched(lines, caption) == longest


def test_a_picture_is_read_once_and_compared_with_each_of_its_captions(project, write_set):
    data, plain = page("GRAND SALE"), page("")
    rows = [(data, "en", "our grand sale"), (data, "de", "ein Schild"), (plain, "en", "no sale")]
    write_set(Path("pool"), rows)
    pairs = sets.located([Path("pool")])
    found = text_spotted.score(pairs, text_spotted.Params())
    assert found.schema.equals(text_spotted.SCHEMA)
    by_caption = dict(
        zip(pairs.column("caption").to_pylist(), found["matched"].to_pylist(), strict=True)
    )
    assert by_caption["our grand sale"] == len("grandsale")
    assert by_caption["ein Schild"] < 5
    assert by_caption["no sale"] == 0


def test_bytes_that_are_no_picture_have_nulls(project, write_set, drawn):
    write_set(Path("pool"), [(drawn("circle", "red"), "en", "a circle")])
    rows = sets.located([Path("pool")])
    blank(rows.to_pylist()[0])
    assert text_spotted.score(rows, text_spotted.Params())["matched"].to_pylist() == [None]
