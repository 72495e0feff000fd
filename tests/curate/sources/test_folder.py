"""A folder of pictures with text files beside them."""

from pathlib import Path

import pytest

from curate.dataset.errors import SourceError
from curate.sources import Found, Refusal, folder


def read(path: str, **values: object) -> dict[str, Found | Refusal]:
    params = folder.Params(path=path, **values)
    return {i.url: folder.read(i, params) for i in folder.items(params, Path(), Path())}


def test_each_line_is_a_caption_in_the_language_that_it_names(project, drawn):
    (project / "pictures" / "a").mkdir(parents=True)
    (project / "pictures/a/ball.png").write_bytes(drawn("circle", "red"))
    text = "A red ball\r\n\r\nde: Ein roter Ball\npt-BR: Uma bola\nNote: this is no language\n"
    (project / "pictures/a/ball.txt").write_text(text)
    found = read("pictures", language="en", licence="CC0-1.0")
    ball = found["pictures/a/ball.png"]
    assert [c[:3] for c in ball.captions] == [
        ("en", "A red ball", "pictures/a/ball.txt"),
        ("de", "Ein roter Ball", "pictures/a/ball.txt"),
        ("pt-BR", "Uma bola", "pictures/a/ball.txt"),
        ("en", "Note: this is no language", "pictures/a/ball.txt"),
    ]
    assert (ball.url, ball.licence) == ("pictures/a/ball.png", "CC0-1.0")


def test_a_picture_without_words_is_refused(project, drawn):
    for name in ("alone", "blank"):
        (project / f"{name}.png").write_bytes(drawn("circle", "red"))
    (project / "blank.txt").write_text("\n \n")
    found = read(".")
    assert {name: f.reason for name, f in found.items()} == {
        "./alone.png": "no caption",
        "./blank.png": "no caption",
    }


def test_a_folder_without_pictures_is_an_error_that_names_it(project):
    with pytest.raises(SourceError, match="no picture in nowhere"):
        read("nowhere")
