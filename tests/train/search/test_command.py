"""`pairwright search` tells what was found, `pairwright serve` says where it answers."""

import json
import subprocess
import sys
import urllib.request

import pytest
import typer
from typer.testing import CliRunner

from curate.dataset.errors import DataError, ParamsError
from train import model
from train.search import command


@pytest.fixture
def ask(indexed, small):
    """Runs `pairwright search` with some arguments."""
    app = typer.Typer()
    app.command()(command.search)
    places = [f"--index={indexed.folder}", f"--snapshot={indexed.snapshot}"]
    places += [f"--labels={small.labels}", "--labels-made=nowhere"]

    def run(*arguments):
        found = CliRunner().invoke(app, [*arguments, *places], catch_exceptions=False)
        assert found.exit_code == 0, found.output
        return found.output

    return run


def test_a_line_tells_place_likeness_name_and_captions(ask, indexed):
    hits = indexed.searcher().by_text("a red circle", 3, language="de")
    lines = ask("a red circle", "--count=3", "--language=de").splitlines()
    assert len(lines) == 3
    for place, (line, hit) in enumerate(zip(lines, hits, strict=True), 1):
        told = [f"{pair['caption']} ({pair['lang']})" for pair in hit.pairs]
        start = f"{place:>3}  {hit.similarity:.3f}  {hit.pairs[0]['uid'][:12]}"
        assert line == f"{start}  {'; '.join(told)}"


def test_a_file_or_a_name_finds_what_is_like_it(ask, indexed, tmp_path):
    searcher = indexed.searcher()
    (first,) = searcher.by_text("a red circle", 1)
    (tmp_path / "one.png").write_bytes(searcher.read(first.image))
    by_file = json.loads(ask("--like", str(tmp_path / "one.png"), "--json"))
    assert by_file[0]["image"] == first.image
    by_name = json.loads(ask("--like", first.image, "--json", "--count=4"))
    assert by_name == [hit._asdict() for hit in searcher.by_name(first.image, 4)]


def test_a_model_looks_again(ask, make_model, words, tmp_path):
    model.save(make_model(objectives={"itm": {}}), tmp_path)
    words.save(tmp_path)
    hits = json.loads(ask("a red circle", "--rerank", str(tmp_path), "--json"))
    matches = [hit["match"] for hit in hits]
    assert matches == sorted(matches, reverse=True)
    assert " match " in ask("a red circle", "--rerank", str(tmp_path))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "a text, or a picture"),
        (["a", "--like", "b"], "a text, or a picture"),
        (["--like", "b", "--rerank", "models/x"], "not at a picture"),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused(ask, arguments, said):
    with pytest.raises(ParamsError, match=said):
        ask(*arguments)


def test_a_name_that_nothing_has_is_said(ask):
    with pytest.raises(DataError, match=r"no indexed picture has a name.*'lemon.png'"):
        ask("--like", "lemon.png")


def test_the_service_says_where_it_answers(indexed):
    run = "import typer; from train.search.command import serve; typer.run(serve)"
    places = [f"--index={indexed.folder}", f"--snapshot={indexed.snapshot}"]
    with subprocess.Popen(
        [sys.executable, "-c", run, "--port=0", *places], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        assert said.startswith("48 pictures: http://127.0.0.1:")
        url = said.split()[-1]
        with urllib.request.urlopen(f"{url}search?text=a+red+circle", timeout=30) as answer:
            assert len(json.load(answer)["hits"]) == 20
        process.terminate()
