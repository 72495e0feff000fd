"""Parquet files of pictures, in the forms that `datasets` and others write, and broken ones."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curate.dataset.errors import ParamsError, SourceError
from curate.sources import Audio, Found, Refusal, huggingface

PICTURE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


def write(path: str, features: dict[str, Any] | None = None, group: int = 100, **columns: Any):
    """Write a parquet file with the schema metadata that `datasets` leaves."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    table = pa.table(columns)
    if features is not None:
        said = json.dumps({"info": {"features": features}})
        table = table.replace_schema_metadata({"huggingface": said})
    pq.write_table(table, path, row_group_size=group)


def pictures(*data: bytes | None) -> pa.Array:
    return pa.array([{"bytes": d, "path": f"{i}.png"} for i, d in enumerate(data)], PICTURE)


def listed(path: str, **values: object) -> list[Found | Refusal]:
    params = huggingface.Params(path=path, **values)
    Path("spool").mkdir(exist_ok=True)
    items = huggingface.items(params, Path(), Path("spool"))
    answers = huggingface.read_all([i for i in items if not isinstance(i, Refusal)], params)
    return [i if isinstance(i, Refusal) else next(answers) for i in items]


@pytest.fixture
def balls(project, drawn) -> list[bytes]:
    return [drawn("circle", colour) for colour in ("red", "green", "blue", "gold", "navy")]


def test_a_row_is_a_picture_with_its_captions_and_its_plain_columns(balls):
    write(
        "d/train-0.parquet",
        image=pictures(*balls[:2]),
        text=["A red ball", "A green ball"],
        license=["CC0-1.0", None],
        url=["https://a.example/1", None],
        score=[0.5, 1.5],
        boxes=[[1], [2]],
    )
    red, green = listed("d", licence="MIT")
    assert (red.item, red.data) == ("d/train-0.parquet#0", balls[0])
    assert [tuple(c) for c in red.captions] == [("en", "A red ball", "d/train-0.parquet", "text")]
    assert (red.url, red.licence) == ("https://a.example/1", "CC0-1.0")
    assert (green.url, green.licence) == ("d/train-0.parquet#1", "MIT")
    assert red.extra == {"license": "CC0-1.0", "url": "https://a.example/1", "score": 0.5}


def test_audio_beside_a_picture_is_kept_as_what_is_spoken_or_heard(balls, tone):
    high, low = tone(880), tone(220)
    heard = pa.array([{"bytes": high, "path": "a.ogg"}, None], PICTURE)
    columns = {"image": pictures(*balls[:2]), "text": ["Un bal", "A ball"], "lang": ["fr", "en"]}
    write("d/a.parquet", audio=heard, **columns)
    write("d/b.parquet", audio=pa.array([high, low]), **columns)  # before the pictures
    first, second, third, fourth = listed("d")
    assert first.audio == (Audio(high, "description", "fr", "d/a.parquet#0/audio"),)
    assert second.audio == ()
    assert [len(found.audio) for found in (third, fourth)] == [1, 1]
    assert [found.data for found in (third, fourth)] == balls[:2]
    (sound,) = listed("d/a.parquet", audio="sound")[0].audio
    assert (sound.kind, sound.lang) == ("sound", None)
    assert listed("d/a.parquet", audio=False)[0].audio == ()


def test_the_columns_of_audio_are_those_that_the_file_or_the_params_say(balls, tone):
    features = {"image": {"_type": "Image"}, "spoken": {"_type": "Audio"}, "audio": {}}
    columns = {"image": pictures(balls[0]), "text": ["A ball"]}
    write("a.parquet", features, spoken=pictures(tone(440)), audio=pictures(b"x"), **columns)
    assert [one.url for one in listed("a.parquet")[0].audio] == ["a.parquet#0/spoken"]
    named = listed("a.parquet", audio_columns=("audio", "spoken"))[0].audio
    assert [one.url for one in named] == ["a.parquet#0/audio", "a.parquet#0/spoken"]
    with pytest.raises(ParamsError, match="no column 'spokn'; did you mean 'spoken'"):
        listed("a.parquet", audio_columns=("spokn",))
    with pytest.raises(ParamsError, match=r"column 'text' \(string\) is no struct with bytes"):
        listed("a.parquet", audio_columns=("text",))


def test_audio_without_bytes_or_above_the_limit_is_refused_and_its_picture_is_not(balls, tone):
    heard = pa.array([{"bytes": None, "path": "far.ogg"}, {"bytes": bytes(9_999)}], PICTURE)
    write("a.parquet", image=pictures(*balls[:2]), audio=heard, text=["A ball", "A ball"])
    away, large = listed("a.parquet", max_bytes=9_000)
    (refused,) = away.audio
    assert (refused.reason, away.data) == ("unreadable audio", balls[0])
    assert "'far.ogg' is not followed" in refused.detail
    (refused,) = large.audio
    assert (refused.reason, large.data) == ("audio too big", balls[1])


def test_captions_may_be_lists_nested_by_language_or_classes(balls):
    lists = [["One", "Two"], None]
    nested = [{"raw": "Three", "n": 1}, {"raw": "Four", "n": 2}]
    by_language = [{"fr": "Cinq", "de": "Fünf"}, {"fr": None, "de": "Sechs"}]
    features = {"label": {"names": ["cat", "dog"], "_type": "ClassLabel"}}
    columns = {"caption": lists, "sentences": nested, "translation": by_language, "label": [1, 7]}
    write("a.parquet", features, image=pictures(*balls[:2]), **columns)
    names = ["caption", "sentences.raw", "translation", "label"]
    one, two = listed("a.parquet", captions=names)
    assert [caption[:2] for caption in one.captions] == [
        ("en", "One"),
        ("en", "Two"),
        ("en", "Three"),
        ("fr", "Cinq"),
        ("de", "Fünf"),
        ("en", "dog"),
    ]
    assert [caption[:2] for caption in two.captions] == [("en", "Four"), ("de", "Sechs")]


def test_the_column_of_pictures_is_the_one_that_the_file_says_or_the_first_with_bytes(balls):
    sound, picture = pictures(b"RIFF"), pictures(balls[0])
    audio = {"audio": {"_type": "Audio"}, "photo": {"_type": "Image"}}
    write("a.parquet", audio, audio=sound, photo=picture, text=["A"])
    write("b.parquet", audio=sound, photo=picture, text=["A"])
    write("c.parquet", jpg=pa.array([balls[0]]), text=["A"])
    assert listed("a.parquet")[0].data == balls[0]
    assert listed("b.parquet", picture_column="photo")[0].data == balls[0]
    write("d.parquet", audio=pa.array([b"RIFF"]), image=pa.array([balls[0]]), text=["A"])
    for wanted in ("sound", False):
        found = listed("d.parquet", audio=wanted)[0]
        assert (found.data, len(found.audio)) == (balls[0], bool(wanted))
    assert listed("c.parquet")[0].data == balls[0]


def test_several_files_and_row_groups_are_read_in_order_each_row_once(balls):
    for number, group in ((0, 2), (1, 1), (2, 5)):
        texts = [f"{number}-{row}" for row in range(5)]
        write(f"d/{number}.parquet", group=group, image=pictures(*balls), text=texts)
    found = listed("d")
    assert [f.captions[0].text for f in found] == [f"{n}-{r}" for n in range(3) for r in range(5)]
    assert [f.data for f in found] == balls * 3
    params = huggingface.Params(path="d")
    some = huggingface.items(params, Path(), Path())[1::3]
    assert [huggingface.read(item, params) for item in some] == found[1::3]
    assert list(huggingface.read_all(some, params)) == found[1::3]


def test_a_file_of_one_large_row_group_is_copied_into_small_ones(balls):
    texts = [f"{row}" for row in range(1500)]
    write("a.parquet", group=2000, image=pictures(*(balls * 300)), text=texts)
    params = huggingface.Params(path="a.parquet")
    Path("spool").mkdir()
    items = huggingface.items(params, Path(), Path("spool"))
    assert [item.name for item in items] == [f"a.parquet#{row}" for row in range(1500)]
    assert max(item.row for item in items) < 300
    found = list(huggingface.read_all(items, params))
    assert [f.captions[0].text for f in found] == texts
    assert (found[1499].data, found[1499].captions[0].page) == (balls[4], "a.parquet")


def test_files_are_read_from_any_file_system_that_fsspec_knows(balls):
    import fsspec

    write("a.parquet", image=pictures(balls[0]), text=["A ball"])
    fsspec.filesystem("memory").pipe("/hub/a.parquet", Path("a.parquet").read_bytes())
    assert listed("memory://hub")[0].item == "memory:///hub/a.parquet#0"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"captions": ["captoin"]}, r"no column 'captoin'; did you mean 'caption_1'\?.*image, num"),
        ({"licence_column": "rights"}, r"a\.parquet has no column 'rights' \(there: caption_1"),
        ({"picture_column": "img"}, r"no column 'img'"),
        ({}, r"no caption column of a known name .*\(there: caption_1, image, number\)"),
    ],
)
def test_a_wrong_column_is_answered_with_those_there_are(balls, values, message):
    write("a.parquet", image=pictures(balls[0]), caption_1=["A"], number=[1])
    with pytest.raises(ParamsError, match=message):
        listed("a.parquet", **values)


def test_a_file_without_pictures_or_a_wrong_path_is_an_error_that_says_what_is_there(balls):
    write("d/a.parquet", text=["A"], n=[1])
    with pytest.raises(SourceError, match=r"no column of pictures .* text \(string\), n \(int64\)"):
        listed("d")
    with pytest.raises(SourceError, match=r"pictures 'n' "):
        listed("d", picture_column="n")
    with pytest.raises(SourceError, match=r"no \.parquet or \.arrow at e; \. holds d, sp"):
        listed("e")
    Path("f").mkdir()
    Path("f/data.arrow.part").touch()
    with pytest.raises(SourceError, match=r"f holds data\.arrow\.part"):
        listed("f")


def test_rows_without_bytes_or_captions_are_refused_and_paths_are_not_followed(balls):
    Path("0.png").write_bytes(balls[0])
    rows = pictures(None, balls[1], b"", balls[3])
    write("a.parquet", image=rows, text=["A", " ", "C", None])
    found = listed("a.parquet")
    assert [f.reason for f in found] == [
        "missing picture",
        "no caption",
        "missing picture",
        "no caption",
    ]
    assert found[0].detail == "no bytes; the path '0.png' is not followed"


def saved(folder: str, *parts: pa.Table) -> None:
    """What `save_to_disk` leaves in a folder, and what working with it adds."""
    Path(folder).mkdir(parents=True)
    names = [f"data-{n:05}-of-{len(parts):05}.arrow" for n in range(len(parts))]
    for name, table in zip(
        [*names, "cache-0123456789abcdef.arrow"], [*parts, *parts], strict=False
    ):
        with pa.ipc.new_stream(f"{folder}/{name}", table.schema) as stream:
            stream.write_table(table, max_chunksize=2)
    state = {"_data_files": [{"filename": name} for name in names], "_split": "train"}
    Path(folder, "state.json").write_text(json.dumps(state))
    Path(folder, "dataset_info.json").write_text("{}")


def test_a_folder_that_save_to_disk_wrote_is_read_and_nothing_beside_it(balls):
    texts = list("ABCDE")
    whole = pa.table({"image": pictures(*balls), "text": texts, "n": range(5)})
    saved("d/train", whole.slice(0, 3), whole.slice(3))
    found = listed("d")
    assert [(f.captions[0].text, f.data, f.extra["n"]) for f in found] == list(
        zip(texts, balls, range(5), strict=True)
    )
    assert found[3].item == "d/train/data-00001-of-00002.arrow#0"


def test_a_caption_that_is_no_utf_8_refuses_its_row_alone(balls):
    raw = pa.array([b"A", b"caf\xe9", b"C"])
    texts = pa.Array.from_buffers(pa.string(), 3, raw.buffers())
    write("a.parquet", image=pictures(*balls[:3]), text=texts)
    found = listed("a.parquet")
    assert [getattr(f, "reason", "") for f in found] == ["", "unreadable text", ""]


def test_a_picture_above_the_limit_is_refused(balls):
    write("a.parquet", image=pictures(balls[0]), text=["A"])
    assert listed("a.parquet", max_bytes=10)[0].reason == "too big"


def test_broken_files_are_refused_and_the_others_are_read(balls):
    for name in "abc":
        write(f"d/{name}.parquet", image=pictures(*balls), text=list("ABCDE"), group=2)
    whole = Path("d/a.parquet").read_bytes()
    Path("d/a.parquet").write_bytes(whole[: len(whole) // 2])
    Path("d/b.parquet").write_bytes(b"")
    assert [f.item for f in listed("d") if getattr(f, "reason", "") == "broken file"] == [
        "d/a.parquet",
        "d/b.parquet",
    ]
    assert sum(isinstance(f, Found) for f in listed("d")) == 5


def test_damage_inside_a_file_never_ends_the_crawl_and_every_row_is_answered(balls):
    write("a.parquet", image=pictures(*balls), text=list("ABCDE"), group=2)
    whole = Path("a.parquet").read_bytes()
    for place in range(4, len(whole) - 8, len(whole) // 60):
        damaged = bytearray(whole)
        damaged[place : place + 8] = b"\xff" * 8
        Path("a.parquet").write_bytes(damaged)
        try:
            found = listed("a.parquet")
        except (ParamsError, SourceError):
            continue  # the schema itself was hit
        assert len(found) in (1, 5)
        assert all(f.item.startswith("a.parquet") for f in found)


def test_a_file_that_is_gone_after_it_was_listed_refuses_its_rows(balls):
    write("a.parquet", image=pictures(*balls[:2]), text=["A", "B"])
    params = huggingface.Params(path="a.parquet")
    items = huggingface.items(params, Path(), Path())
    Path("a.parquet").unlink()
    answers = list(huggingface.read_all(items, params))
    assert [(a.item, a.reason) for a in answers] == [
        ("a.parquet#0", "broken file"),
        ("a.parquet#1", "broken file"),
    ]
