"""`pairwright search` tells what was found, `pairwright serve` says where it answers."""

import json
import os
import shutil
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from curate.dataset import record, sets, tables
from curate.dataset.errors import DataError, ParamsError
from train import model
from train.search import command

ROOT = Path(__file__).resolve().parents[3]
DEMO = ["make", "-f", str(ROOT / "Makefile"), "-o", ".venv/installed", "demo"]
DEMO += [f"BIN={Path(sys.executable).parent}", "ARGS=--port=0"]
LINKS = """new Promise(done => {
  const of = (place) => [...document.querySelectorAll(place)].map(a => a.href);
  const look = () => of("#hits a").length ? done([of("#pages a"), of("#hits a")])
    : setTimeout(look, 20);
  look();
})"""


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


def test_the_demo_says_what_is_missing_and_what_makes_it(project):
    for place in ("data/index", "reports/index.html", "models/imagebert"):
        done = subprocess.run(DEMO, capture_output=True, text=True)
        assert done.returncode != 0
        assert done.stdout.splitlines()[0] == f"there is no {place} yet; run: make repro"
        Path(place).mkdir(parents=True)


@pytest.fixture
def demonstrated(project, indexed, small, make_model, words):
    """A project of the small snapshot, as far as the demo reads it."""
    for place in ("data", "reports", "models"):
        Path(place).mkdir()
    for name, made in (("index", indexed.folder), ("snapshot", indexed.snapshot)):
        Path("data", name).symlink_to(made)
    Path("data/labels").symlink_to(small.labels)
    shutil.copytree(small.split.parent / "pool", "data/pool")
    pairs = tables.read(indexed.snapshot / record.MANIFEST_FILE).select(record.PAIRS.names)
    tables.write(pairs, Path("data/pool", sets.PAIRS_FILE), "uid", record.PAIRS)
    Path("reports/index.html").write_text("<title>the report</title>", encoding="utf-8")
    Path("params.yaml").write_text("filter: {rules: {}}\n", encoding="utf-8")
    model.save(make_model(objectives={"itm": {}}), Path("models/imagebert"))
    words.save(Path("models/imagebert"))


def test_the_demo_leads_from_a_search_to_the_report_and_to_why_each_pair_is_kept(
    demonstrated, browser
):
    with subprocess.Popen(DEMO, stdout=subprocess.PIPE, text=True, start_new_session=True) as run:
        try:
            said = run.stdout.readline()
            assert said.startswith("48 pictures: http://127.0.0.1:")
            seen = browser.look(f"{said.split()[-1]}?text=a+red+circle&rerank=1", LINKS)
            assert seen["errors"] == []
            (report,), stories = seen["value"]
            assert len(stories) == 20
            bodies = []
            for page in (report, stories[0]):
                with urllib.request.urlopen(page, timeout=30) as answer:
                    bodies.append(answer.read().decode())
        finally:
            os.killpg(run.pid, signal.SIGTERM)
    assert bodies[0] == "<title>the report</title>"
    uid = stories[0].rpartition("/")[2]
    assert uid in bodies[1]
