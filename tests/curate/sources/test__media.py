"""Audio and clips beside pictures of folders and of tars."""

import io
import tarfile
from pathlib import Path

import pytest

from curate.sources import Audio, Found, Refusal, Video, folder, webdataset


def in_folder(files: dict[str, bytes], **values: object) -> Found:
    for name, data in files.items():
        Path("p", name).parent.mkdir(parents=True, exist_ok=True)
        Path("p", name).write_bytes(data)
    params = folder.Params(path="p", **values)
    (item,) = folder.items(params, Path(), Path())
    return folder.read(item, params)


def in_tar(files: dict[str, bytes], **values: object) -> Found:
    with tarfile.open("a.tar", "w") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    params = webdataset.Params(path="a.tar", **values)
    items = webdataset.items(params, Path(), Path())
    (item,) = (item for item in items if not isinstance(item, Refusal))
    return webdataset.read(item, params)


SOURCES = {"p/": in_folder, "a.tar#": in_tar}


@pytest.fixture(params=SOURCES)
def prefix(request, project) -> str:
    """What the names of a source's files start with."""
    return request.param


@pytest.fixture
def files(drawn, tone) -> dict[str, bytes]:
    other = {"cat.en.wav": b"of another name", "dog.wav": b"of no picture", "cat.mid": b"no audio"}
    heard = {f"cat.{encoding}": tone(440, 0.1, encoding) for encoding in ("wav", "mp3")}
    return {"cat.png": drawn("circle", "red"), "cat.txt": b"Un chat"} | heard | other


def test_audio_of_a_pictures_name_speaks_its_caption(prefix, files):
    found = SOURCES[prefix](files, language="fr")
    assert found.audio == (
        Audio(files["cat.wav"], "description", "fr", f"{prefix}cat.wav"),
        Audio(files["cat.mp3"], "description", "fr", f"{prefix}cat.mp3"),
    )


def test_audio_speaks_the_language_of_the_captions_where_they_agree_on_one(prefix, files):
    row = b'{"caption": ["Eine Katze", "Ein Tier"], "lang": "de"}'
    del files["cat.txt"]
    found = SOURCES[prefix](files | {"cat.json": row})
    assert {one.lang for one in found.audio} == {"de"}
    row = b'{"caption": {"de": "Eine Katze", "es": "Un gato"}}'
    found = SOURCES[prefix](files | {"cat.json": row}, language="nl")
    assert {one.lang for one in found.audio} == {"nl"}


def test_audio_is_a_sound_without_language_where_params_say_so_and_left_out_where_not_wanted(
    prefix, files
):
    found = SOURCES[prefix](files, audio="sound")
    assert [(one.kind, one.lang) for one in found.audio] == [("sound", None)] * 2
    assert SOURCES[prefix](files, audio=False).audio == ()


def test_clips_of_a_pictures_name_are_taken_unless_they_are_not_wanted(prefix, files, moving):
    clips = {f"cat.{encoding}": moving(encoding=encoding) for encoding in ("mp4", "webm", "apng")}
    found = SOURCES[prefix](files | clips | {"dog.mp4": b"of no picture"})
    assert found.video == tuple(Video(data, f"{prefix}{name}") for name, data in clips.items())
    assert len(found.audio) == 2
    assert SOURCES[prefix](files | clips, video=False).video == ()


def test_a_clip_above_the_limit_is_refused_unread_and_its_picture_is_not(prefix, files):
    found = SOURCES[prefix](files | {"cat.mp4": bytes(20_000)}, max_bytes=15_000)
    assert found.data == files["cat.png"]
    detail = "20000 bytes, more than 15000"
    assert found.video == (Refusal(f"{prefix}cat.mp4", "video too big", detail),)


def test_audio_above_the_limit_is_refused_unread_and_its_picture_is_not(prefix, files):
    files["cat.wav"] = b"RIFF" * 5000
    found = SOURCES[prefix](files, max_bytes=15_000)
    assert found.data == files["cat.png"]
    detail = "20000 bytes, more than 15000"
    assert found.audio[0] == Refusal(f"{prefix}cat.wav", "audio too big", detail)
    assert isinstance(found.audio[1], Audio)


def test_a_tar_that_shrank_since_it_was_listed_refuses_the_audio_alone(project, files):
    order = ("cat.png", "cat.txt", "cat.wav")
    in_tar({name: files[name] for name in order})
    params = webdataset.Params(path="a.tar")
    (item,) = webdataset.items(params, Path(), Path())
    whole = Path("a.tar").read_bytes()
    Path("a.tar").write_bytes(whole[: item.audio[0].offset + 100])
    found = webdataset.read(item, params)
    assert found.data == files["cat.png"]
    assert found.audio[0].item == "a.tar#cat.wav"
    assert found.audio[0].reason == "unreadable audio"


def test_an_audio_file_that_cannot_be_read_is_refused_alone(project, files, monkeypatch):
    read = Path.read_bytes

    def unreadable(path: Path) -> bytes:
        if path.suffix == ".wav":
            raise PermissionError(13, "Permission denied", str(path.name))
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", unreadable)
    found = in_folder(files)
    assert found.audio[0].reason == "unreadable audio"
    assert isinstance(found.audio[1], Audio)
