import pytest

from curate import forgotten
from curate.dataset.errors import DataError
from curate.forgotten import Entry, Forgotten

NAME, UID = "ab" * 16, "cd" * 16


def listed(*entries):
    return Forgotten(tuple(Entry(kind, value, "asked", "2026-01-02") for kind, value in entries))


def answer(**changes):
    caption = {"uid": UID, "lang": "en", "caption": "a cat", "page": "http://p.example/1"}
    other = caption | {"uid": "ef" * 16, "page": "http://other.example/"}
    row = {"item": "http://a.example/c.png", "url": "http://a.example/c.png", "image": NAME}
    return row | {"sha256": NAME * 2, "captions": [caption, other], "licence": "MIT"} | changes


@pytest.mark.parametrize(
    "entry",
    [
        ("url", "http://a.example/c.png"),
        ("domain", "a.example"),
        ("domain", "example"),
        ("image", NAME),
    ],
)
def test_of_a_picture_that_is_forgotten_nothing_is_left(entry):
    kept = listed(entry).strip(answer())
    assert kept == {
        "item": "http://a.example/c.png",
        "reason": "forgotten",
        "detail": " ".join(entry),
    }


@pytest.mark.parametrize("entry", [("page", "http://p.example/1"), ("uid", UID)])
def test_a_caption_goes_and_the_picture_stays_while_something_else_is_said_of_it(entry):
    spoken = {"audio": "x", "uid": UID, "url": "http://a.example/c.ogg"}
    heard = {"audio": "y", "uid": None, "url": "http://a.example/d.ogg"}
    kept = listed(entry).strip(answer(audio=[spoken, heard]))
    assert [caption["uid"] for caption in kept["captions"]] == ["ef" * 16]
    assert kept["audio"] == [heard]
    clips = [{"video": name, "url": f"http://{name}.example/c.mp4"} for name in ("a", "b")]
    kept = listed(("domain", "b.example")).strip(answer(video=clips))
    assert kept["video"] == clips[:1]
    both = listed(entry, ("uid", "ef" * 16)).strip(answer())
    assert both["reason"] == "forgotten"


def test_a_redirect_into_a_forgotten_domain_is_of_it_and_names_alike_are_not():
    assert listed(("domain", "b.example")).strip(answer(final_url="https://x.b.example/")) != (
        answer(final_url="https://x.b.example/")
    )
    untouched = answer()
    assert listed(("domain", "xa.example"), ("domain", "le")).strip(untouched) is untouched
    assert Forgotten().strip(untouched) is untouched


def test_urls_are_compared_as_they_are_sent():
    found = listed(("url", forgotten.value("url", "HTTP://A.example:80/c.png#top")))
    assert found.picture("http://a.example/c.png")
    assert forgotten.value("domain", " BÜCHER.example ") == "xn--bcher-kva.example"
    assert forgotten.value("image", (NAME * 2).upper()) == NAME


def test_the_list_grows_and_what_is_on_it_keeps_its_reason(project):
    first = Entry("domain", "a.example", "they said: “no, never”", "2026-01-02")
    forgotten.add([first])
    before = forgotten.FILE.read_bytes()
    assert forgotten.add([first._replace(reason="again", date="2027-01-01")]).entries == (first,)
    assert forgotten.FILE.read_bytes() == before
    forgotten.add([Entry("uid", UID, "b", "2026-01-03")])
    assert [entry.kind for entry in forgotten.read().entries] == ["domain", "uid"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kind,value\n", "begins with"),
        ("kind,value,reason,date\nhost,a.example,,\n", "line 2: 'host'"),
        ("kind,value,reason,date\nuid,xyz,,\n", "line 2: 'xyz' is no uid; give its 32"),
        ("kind,value,reason,date\ndomain,http://a.example/,,\n", "no domain"),
    ],
)
def test_a_line_that_is_none_is_named(project, text, said):
    forgotten.FILE.write_text(text)
    with pytest.raises(DataError, match=said):
        forgotten.read()


def test_the_project_brings_an_empty_list():
    from curate.crawl import __file__ as file

    assert not forgotten.read(forgotten.Path(file).parents[1] / forgotten.FILE)
