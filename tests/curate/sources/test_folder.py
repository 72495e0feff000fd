"""A folder of pictures with text files beside them."""

from pathlib import Path

import pytest

from curate.dataset.errors import ParamsError, SourceError
from curate.sources import Found, Refusal, folder


def read(path: str, **values: object) -> dict[str, Found | Refusal]:
    params = folder.Params(path=path, **values)
    items = folder.items(params, Path(), Path())
    found = [i if isinstance(i, Refusal) else folder.read(i, params) for i in items]
    return {f.item: f for f in found}


@pytest.fixture
def shelf(project, drawn):
    """A folder `p` with a red ball `ball.png` and a blue box `deep/box.jpg`."""
    Path("p/deep").mkdir(parents=True)
    Path("p/ball.png").write_bytes(drawn("circle", "red"))
    Path("p/deep/box.jpg").write_bytes(drawn("square", "blue", encoding="JPEG"))
    return Path("p")


def said(found: Found | Refusal) -> list[tuple[str, str, str, str]]:
    return [tuple(caption) for caption in found.captions]


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
    with pytest.raises(SourceError, match=r"no picture in nowhere .*; \. holds nothing"):
        read("nowhere")


def test_rows_of_a_csv_give_captions_licence_url_and_further_columns(shelf):
    text = (
        "file_name,text,license,url,score\r\n"
        'ball.png,"A ball, red",CC0-1.0,https://a.example/1,0.5\r\n'
        "deep/box.jpg,A box,,,1\r\n"
    )
    (shelf / "metadata.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    found = read("p", licence="MIT")
    ball, box = found["p/ball.png"], found["p/deep/box.jpg"]
    assert said(ball) == [("en", "A ball, red", "p/metadata.csv", "text")]
    assert (ball.url, ball.licence) == ("https://a.example/1", "CC0-1.0")
    assert (box.url, box.licence) == ("p/deep/box.jpg", "MIT")
    assert ball.extra == {"license": "CC0-1.0", "url": "https://a.example/1", "score": 0.5}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("metadata.tsv", "file_name\tcaption\nball.png\tA ball\nball.png\tA red one\n"),
        (
            "metadata.jsonl",
            '{"file_name": "ball.png", "caption": "A ball"}\n\n'
            '{"file_name": "ball.png", "caption": ["A red one"], "n": 3}\n',
        ),
    ],
)
def test_several_rows_about_one_picture_are_several_captions(shelf, name, text):
    (shelf / name).write_text(text)
    ball = read("p")["p/ball.png"]
    assert [caption[:2] for caption in said(ball)] == [("en", "A ball"), ("en", "A red one")]


def test_a_metadata_file_in_a_deeper_folder_is_about_what_lies_there(shelf):
    (shelf / "deep/metadata.jsonl").write_text('{"file_name": "./box.jpg", "text": "A box"}')
    found = read("p")
    assert said(found["p/deep/box.jpg"])[0][1:3] == ("A box", "p/deep/metadata.jsonl")
    assert found["p/ball.png"].reason == "no caption"


def test_json_and_text_and_metadata_about_one_picture_are_joined(shelf):
    (shelf / "metadata.csv").write_text("file_name,caption\nball.png,From the table\n")
    (shelf / "ball.json").write_text('{"caption": {"de": "Aus JSON"}, "artist": "A", "n": 1}')
    (shelf / "ball.txt").write_text("From the text")
    ball = read("p")["p/ball.png"]
    assert said(ball) == [
        ("en", "From the table", "p/metadata.csv", "caption"),
        ("de", "Aus JSON", "p/ball.json", "caption"),
        ("en", "From the text", "p/ball.txt", "sidecar"),
    ]
    assert ball.extra == {"artist": "A", "n": 1}


def test_columns_of_other_names_are_named_by_params(shelf):
    (shelf / "metadata.csv").write_text("bild,worte,sprache\nball.png,Ein Ball,de\n")
    values = {"picture_column": "bild", "captions": ["worte"], "language_column": "sprache"}
    assert said(read("p", **values)["p/ball.png"])[0][:2] == ("de", "Ein Ball")
    for wrong in ({"picture_column": "bidl"}, {"captions": ["wrote"]}, {"url_column": "worde"}):
        with pytest.raises(ParamsError, match=r"p/metadata.csv has no column .*did you mean"):
            read("p", **values | wrong)
    with pytest.raises(ParamsError, match=r"'file_name' \(there: bild, sprache, worte\)"):
        read("p")


def test_a_row_whose_caption_column_is_unknown_is_refused_with_the_columns_there_are(shelf):
    (shelf / "metadata.csv").write_text("file_name,worte\nball.png,Ein Ball\n")
    ball = read("p")["p/ball.png"]
    assert ball.reason == "no caption"
    assert "looked for in caption, captions, text" in ball.detail
    assert "there: worte" in ball.detail


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("../secret.png,x", "outside the folder"),
        ("deep/../../secret.png,x", "outside the folder"),
        ("/etc/passwd,x", "outside the folder"),
        ("..\\secret.png,x", "outside the folder"),
        ("C:\\secret.png,x", "outside the folder"),
        ("gone.png,x", "missing picture"),
        ("secret.txt,x", "missing picture"),
        (",x", "missing picture"),
        ("link.png,x", "missing picture"),
        ("ball.png", "broken row"),
        ("ball.png,x,y", "broken row"),
        ("ball.png,caf\udce9", "unreadable text"),
        ('ball.png,"' + "no end\n" * 40_000, "broken row"),
    ],
)
def test_a_row_that_is_of_no_use_is_one_refusal_with_its_line(shelf, drawn, row, reason):
    Path("secret.png").write_bytes(drawn("square", "black"))
    (shelf / "secret.txt").write_text("secret")
    (shelf / "link.png").symlink_to(Path("secret.png").resolve())
    text = f"file_name,text\ndeep/box.jpg,A box\n{row}\n"
    (shelf / "metadata.csv").write_bytes(text.encode("utf-8", "surrogateescape"))
    found = read("p")
    assert said(found["p/deep/box.jpg"])[0][1] == "A box"
    refused = [f for f in found.values() if f.item.startswith("p/metadata.csv:")]
    assert [f.reason for f in refused] == [reason]
    assert {name for name, f in found.items() if isinstance(f, Found)} == {"p/deep/box.jpg"}


@pytest.mark.parametrize(
    ("line", "said_of_it"),
    [
        (b'{"file_name": "ball.png"', "no JSON"),
        (b'["ball.png"]', "no JSON object"),
        (b'{"file_name": "a", "file_name": "b"}', "key 'file_name' twice"),
        (b'{"file_name": "ball.png", "text": "caf\xe9"}', "no utf-8"),
        (b"[" * 100_000, "too deeply"),
    ],
)
def test_a_broken_line_of_json_is_refused_and_the_others_are_read(shelf, line, said_of_it):
    good = b'{"file_name": "ball.png", "text": "A ball"}\n'
    (shelf / "metadata.jsonl").write_bytes(good + line + b"\n" + good.replace(b"A b", b"B b"))
    found = read("p")
    assert [text for _, text, _, _ in said(found["p/ball.png"])] == ["A ball", "B ball"]
    assert found["p/metadata.jsonl:2"].reason == "broken row"
    assert said_of_it in found["p/metadata.jsonl:2"].detail


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"metadata.csv": "file_name,text\n", "metadata.tsv": ""}, r"leave one of them"),
        ({"metadata.csv": ""}, r"no header of distinct columns; it has nothing"),
        ({"metadata.csv": "text,file_name,text\n"}, r"it has text, file_name, text"),
    ],
)
def test_a_metadata_file_of_no_use_as_a_whole_is_an_error(shelf, files, message):
    for name, text in files.items():
        (shelf / name).write_text(text)
    with pytest.raises(SourceError, match=message):
        read("p")


def test_metadata_in_utf_16_is_read_by_its_mark(shelf):
    line = '{"file_name": "ball.png", "text": "Мяч"}\r\n'
    (shelf / "metadata.jsonl").write_bytes(line.encode("utf-16"))
    (shelf / "deep/metadata.csv").write_bytes("file_name,text\r\nbox.jpg,Ящик".encode("utf-16"))
    found = read("p")
    assert said(found["p/ball.png"])[0][1] == "Мяч"
    assert said(found["p/deep/box.jpg"])[0][1] == "Ящик"


def test_names_are_matched_whatever_form_their_accents_have(shelf, drawn):
    (shelf / "cafe\u0301.png").write_bytes(drawn("circle", "red"))
    (shelf / "metadata.csv").write_text("file_name,text\ncaf\u00e9.png,A café\n")
    assert said(read("p")["p/cafe\u0301.png"])[0][1] == "A café"


def test_texts_beside_a_picture_that_cannot_be_read_refuse_it(shelf):
    (shelf / "ball.txt").write_bytes(b"caf\xe9")
    (shelf / "deep/box.json").write_text("[1]")
    found = read("p")
    assert [f.reason for f in found.values()] == ["unreadable text"] * 2
    assert found["p/ball.png"].detail.startswith("ball.txt: no utf-8 (byte 0xe9 at 3)")
    assert found["p/deep/box.jpg"].detail == "box.json: no JSON object, but '[1]'"
    (shelf / "deep/box.json").unlink()
    assert read("p", encoding="latin-1")["p/ball.png"].captions[0].text == "café"


def test_links_lead_to_nothing(shelf):
    Path("secret").write_text("a secret")
    (shelf / "ball.txt").symlink_to(Path("secret").resolve())
    assert read("p")["p/ball.png"].reason == "no caption"
    Path("only").mkdir()
    Path("only/link.png").symlink_to((shelf / "ball.png").resolve())
    with pytest.raises(SourceError, match=r"only holds link\.png; 1 links are left out"):
        read("only")


def test_a_picture_above_the_limit_is_not_read(shelf):
    (shelf / "ball.txt").write_text("A ball")
    assert read("p", max_bytes=100)["p/ball.png"].reason == "too big"


@pytest.mark.parametrize("header", [b"file_name,\x9e,\x9e\n", b"\x9e,caption,caption\n"])
def test_a_header_that_is_no_text_is_told_in_words_that_can_be_written(shelf, header):
    (shelf / "metadata.csv").write_bytes(header)
    with pytest.raises(SourceError, match="has no header of distinct columns; it has") as refused:
        read("p")
    assert str(refused.value).encode()
