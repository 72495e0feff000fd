"""Tars of samples, as WebDataset and img2dataset write them, whole and hostile."""

import io
import json
import tarfile
from pathlib import Path

import pytest

from curate.dataset.errors import SourceError
from curate.sources import Found, Refusal, webdataset


def write(path: str, members: dict[str, bytes] | list[tuple[str, bytes]], form=tarfile.PAX_FORMAT):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    pairs = members.items() if isinstance(members, dict) else members
    with tarfile.open(path, "w", format=form) as tar:
        for name, data in pairs:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return Path(path)


def listed(path: str, **values: object) -> list[Found | Refusal]:
    params = webdataset.Params(path=path, **values)
    items = webdataset.items(params, Path(), Path())
    return [i if isinstance(i, Refusal) else webdataset.read(i, params) for i in items]


def reasons(found: list[Found | Refusal]) -> list[tuple[str, str]]:
    return [(f.item, getattr(f, "reason", "")) for f in found]


def test_a_sample_is_a_picture_with_its_text_its_json_and_its_class(project, ball):
    row = {"caption": "A ball", "url": "https://a.example/1", "license": "CC0-1.0", "width": 96}
    members = {
        "x/1.jpg": ball,
        "x/1.txt": b" Ein Ball\n",
        "x/1.json": json.dumps(row | {"nested": [1], "none": None}).encode(),
        "x/1.cls": b"1",
        "x/1.seg.png": b"another medium",
    }
    write("data/a.tar", members)
    (found,) = listed("data/a.tar", language="de", classes=["box", "ball"], licence="MIT")
    assert [tuple(c) for c in found.captions] == [
        ("de", "ball", "data/a.tar#x/1.cls", "class"),
        ("de", "A ball", "data/a.tar#x/1.json", "caption"),
        ("de", " Ein Ball\n", "data/a.tar#x/1.txt", "sidecar"),
    ]
    assert (found.item, found.data) == ("data/a.tar#x/1.jpg", ball)
    assert (found.url, found.licence) == ("https://a.example/1", "CC0-1.0")
    assert found.extra == {
        "url": "https://a.example/1",
        "license": "CC0-1.0",
        "width": 96,
        "cls": "1",
    }


def test_captions_come_from_the_keys_that_params_name(project, ball):
    row = {"long": ["One", "Two"], "by": {"fr": "Trois", "pt-BR": "Quatro"}, "text": "no"}
    write("a.tar", {"1.png": ball, "1.json": json.dumps(row).encode()})
    (found,) = listed("a.tar", captions=["long", "by"])
    assert [c[:2] for c in found.captions] == [
        ("en", "One"),
        ("en", "Two"),
        ("fr", "Trois"),
        ("pt-BR", "Quatro"),
    ]
    assert found.extra == {"text": "no"}
    (refused,) = listed("a.tar", captions=["Long"])
    assert refused.reason == "no caption"
    assert "by, long, text" in refused.detail
    assert "looked for in Long" in refused.detail


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_members_are_joined_wherever_they_lie_under_long_and_foreign_names(project, ball, form):
    long = "d" * 90 + "/" + "n" * 90
    write(
        "a.tar", {f"{long}.png": ball, "ünï.png": ball, "ünï.txt": b"u", f"{long}.txt": b"n"}, form
    )
    found = listed("a.tar")
    assert [f.item for f in found] == [f"a.tar#{long}.png", "a.tar#ünï.png"]
    assert [f.captions[0].text for f in found] == ["n", "u"]


def test_braces_patterns_and_folders_name_several_tars(project, ball):
    for number in range(8, 12):
        write(f"t/{number:04}.tar", {f"{number}.png": ball, f"{number}.txt": b"a"})
    every = [f"t/{number:04}.tar#{number}.png" for number in range(8, 12)]
    assert [f.item for f in listed("t")] == every
    assert [f.item for f in listed("t/00*.tar")] == every
    assert [f.item for f in listed("t/{0009..0010}.tar")] == every[1:3]
    assert [f.item for f in listed("{t/0011,t/0008}.tar")] == [every[0], every[3]]


def test_tars_are_read_from_any_file_system_that_fsspec_knows(project, ball):
    import fsspec

    local = write("a.tar", {"1.png": ball, "1.txt": b"A ball"})
    fsspec.filesystem("memory").pipe("/shelf/a.tar", local.read_bytes())
    for path in ("memory://shelf/a.tar", "memory://shelf", "memory://shelf/*.tar"):
        (found,) = listed(path)
        assert (found.item, found.data) == ("memory:///shelf/a.tar#1.png", ball)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("nowhere/a.tar", r"no \.tar or .* at nowhere/a.tar; \. holds b\.tar\.gz, t"),
        ("t", r"no \.tar or .* at t; t holds note\.md"),
        ("t/{3..1}.tar", r"\{3\.\.1\} is no range"),
        ("memory://none/*.tar", r"nothing is there"),
        ("unheard://x/a.tar", r"cannot be listed: .*unheard"),
    ],
)
def test_a_wrong_path_is_answered_with_what_is_there(project, path, said):
    Path("t").mkdir()
    Path("t/note.md").touch()
    Path("b.tar.gz").touch()
    with pytest.raises(SourceError, match=said):
        listed(path)


def test_a_cut_off_tar_gives_its_whole_samples_and_says_that_it_is_cut(project, ball):
    whole = write("a.tar", {f"{n}.{e}": d for n in "12" for e, d in (("txt", b"t"), ("png", ball))})
    data = whole.read_bytes()
    second = data.index(b"2.png")
    for cut in (second + 512 + 10, second + 100, second):
        whole.write_bytes(data[:cut])
        found = reasons(listed("a.tar"))
        assert ("a.tar#1.png", "") in found
        assert any(reason == "broken tar" for _, reason in found), cut
        assert ("a.tar#2", "no picture") in found
    whole.write_bytes(data[: second + 512] + b"\xaa" * 5000)
    assert [r for r in reasons(listed("a.tar")) if r[1] == "broken tar"]


def test_every_cut_of_a_tar_is_answered(project, ball):
    whole = write("a.tar", {"1.png": ball, "1.txt": b"t", "2.txt": b"t", "2.png": ball})
    data = whole.read_bytes()
    complete = data.rindex(b"2.png") + 512 + 512 * -(-len(ball) // 512) + 512
    for cut in range(0, complete, 97):
        whole.write_bytes(data[:cut])
        assert "broken tar" in [reason for _, reason in reasons(listed("a.tar"))], cut


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "without an end mark"),
        (b"<html>404</html>" * 100, "is no tar"),
    ],
)
def test_what_is_no_tar_is_one_refusal_that_says_so(project, data, said):
    Path("a.tar").write_bytes(data)
    (refused,) = listed("a.tar")
    assert (refused.item, refused.reason) == ("a.tar", "broken tar")
    assert said in refused.detail


@pytest.mark.parametrize(
    "kind", [tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.REGTYPE, tarfile.SYMTYPE]
)
@pytest.mark.parametrize("size", [1 << 40, -512])
def test_a_header_that_states_an_absurd_size_is_refused(project, kind, size):
    info = tarfile.TarInfo("x")
    info.type, info.size = kind, size
    Path("a.tar").write_bytes(info.tobuf(tarfile.GNU_FORMAT) + b"\0" * 4096)
    assert "broken tar" in [reason for _, reason in reasons(listed("a.tar"))]


def test_headers_upon_headers_without_end_do_not_fell_the_reader(project):
    info = tarfile.TarInfo("x")
    info.type = tarfile.XHDTYPE
    Path("a.tar").write_bytes(info.tobuf() * 5000)
    (refused,) = listed("a.tar")
    assert refused.reason == "broken tar"


def test_names_that_lead_elsewhere_are_names_and_nothing_more(project, ball, drawn):
    Path("secret.png").write_bytes(drawn("square", "black"))
    write("t/a.tar", {"../secret.png": ball, "../secret.txt": b"A ball", "/etc/x.txt": b"x"})
    before = sorted(p.as_posix() for p in Path().rglob("*"))
    found, refused = listed("t/a.tar")
    assert (found.item, found.data) == ("t/a.tar#../secret.png", ball)
    assert (refused.item, refused.reason) == ("t/a.tar#/etc/x", "no picture")
    assert sorted(p.as_posix() for p in Path().rglob("*")) == before


def test_links_in_a_tar_lead_nowhere(project, ball):
    with tarfile.open("a.tar", "w") as tar:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE):
            info = tarfile.TarInfo(f"{kind.decode()}.png")
            info.type, info.linkname = kind, "/etc/passwd"
            tar.addfile(info)
    assert [r for _, r in reasons(listed("a.tar"))] == ["broken tar", "broken tar"]


def test_the_first_of_two_members_of_one_name_counts_and_the_other_is_told(project, ball, drawn):
    other = drawn("square", "blue")
    write("a.tar", [("1.png", ball), ("1.txt", b"A ball"), ("1.PNG", other), ("1.txt", b"B")])
    found = listed("a.tar")
    assert [(f.item.rpartition("@")[0], f.reason) for f in found[:2]] == [
        ("a.tar#1.PNG", "duplicate key"),
        ("a.tar#1.txt", "duplicate key"),
    ]
    assert (found[2].data, found[2].captions[0].text) == (ball, "A ball")


@pytest.mark.parametrize(
    ("ending", "data", "said"),
    [
        ("json", b'{"caption": "A"', "no JSON"),
        ("json", b'["A"]', "no JSON object"),
        ("json", b'{"caption": "A", "caption": "B"}', "key 'caption' twice"),
        ("json", b"[" * 100_000, "too deeply"),
        ("json", b'{"n": ' + b"9" * 5000 + b"}", "no JSON"),
        ("txt", b"caf\xe9", "no utf-8 (byte 0xe9 at 3)"),
        ("txt", b"a" * ((1 << 20) + 1), "more than 1048576"),
    ],
)
def test_texts_that_cannot_be_read_refuse_their_sample(project, ball, ending, data, said):
    write("a.tar", {"1.png": ball, f"1.{ending}": data, "2.png": ball, "2.txt": b"A ball"})
    refused, found = listed("a.tar")
    assert (refused.reason, found.captions[0].text) == ("unreadable text", "A ball")
    assert f"1.{ending}: " in refused.detail
    assert said in refused.detail


def test_other_encodings_are_read_where_they_are_named_or_marked(project, ball):
    write("a.tar", {"1.png": ball, "1.txt": "café".encode("latin-1")})
    write("b.tar", {"1.png": ball, "1.txt": "café".encode("utf-16")})
    assert listed("a.tar", encoding="latin-1")[0].captions[0].text == "café"
    assert listed("b.tar")[0].captions[0].text == "café"


def test_values_that_no_table_takes_are_brought_to_ones_that_it_does(project, ball):
    import pyarrow as pa

    row = b'{"caption": "a \\ud800 ball", "big": 99999999999999999999, "half": "\\ud800"}'
    write("a.tar", [("1.png", ball), ("1.json", row), ("\udce9.png", ball), ("\udce9.txt", b"x")])
    found, other = listed("a.tar")
    assert found.extra == {"big": "99999999999999999999", "half": "?"}
    assert pa.array([other.item, other.url, *found.extra.values()]).to_pylist()[0] == (
        "a.tar#\\xe9.png"
    )


def test_a_picture_above_the_limit_is_never_read(project, ball):
    write("a.tar", {"1.png": ball, "1.txt": b"A ball"})
    (refused,) = listed("a.tar", max_bytes=len(ball) - 1)
    assert (refused.item, refused.reason) == ("a.tar#1.png", "too big")


def test_a_tar_that_shrinks_after_it_was_listed_refuses_what_is_gone(project, ball):
    tar = write("a.tar", {"1.txt": b"A ball", "1.png": ball})
    params = webdataset.Params(path="a.tar")
    (item,) = webdataset.items(params, Path(), Path())
    tar.write_bytes(tar.read_bytes()[:1600])
    assert webdataset.read(item, params).reason == "broken tar"
    tar.unlink()
    assert webdataset.read(item, params).reason in ("broken tar", "unreadable text")
