import json
import subprocess
import sys

import pytest

from align import evaluate_parser, network, parser, train_parser
from curate.dataset.errors import WeightsError

ROWS = [
    ("a big dog in a box", "( dog , in , box ) , ( dog , is , big )"),
    ("a man wearing a red hat", "( man , wear , hat ) , ( hat , is , red )"),
    ("two cats on a table", "( cats , on , table ) , ( cats , is , 2 )"),
    ("the man is holding a cat", "( man , hold , cat )"),
]


@pytest.fixture(scope="module")
def annotated(tmp_path_factory):
    file = tmp_path_factory.mktemp("factual") / "train.csv"
    rows = "\n".join(f'{caption},"{graph}"' for caption, graph in ROWS * 12)
    file.write_text(f"caption,scene_graph\n{rows}\n", encoding="utf-8")
    return file


def test_training_learns_and_gives_the_same_bytes_again(annotated, database_folder, tmp_path):
    files = [tmp_path / "one.safetensors", tmp_path / "two.safetensors"]
    told = [train_parser.train(annotated, database_folder, file, epochs=30) for file in files]
    assert files[0].read_bytes() == files[1].read_bytes()
    assert told[0] == told[1]
    assert told[0]["learnt_from"] == 48
    found = evaluate_parser.evaluate(annotated, database_folder, files[0])
    assert found["spice"] > 90
    assert found["set_match"] > 70


def test_the_package_s_parser_reads_a_file_and_says_how_sure_it_must_be(annotated, database_folder):
    found = evaluate_parser.evaluate(annotated, database_folder)
    assert found["captions"] == 48
    assert found["ms_per_caption"] > 0
    recalls = [step["recall"] for step in found["by_confidence"]]
    assert recalls == sorted(recalls, reverse=True)


def test_the_command_prints_figures_with_the_peers_beside(annotated, database_folder):
    command = [sys.executable, "-m", "align.evaluate_parser", str(annotated)]
    done = subprocess.run(
        [*command, "--wordnet", str(database_folder)], capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)
    assert found["peers_on_test"]["Stanford parser"] == {"spice": 64.8, "set_match": 19.3}
    assert 0 < found["set_match"] <= 100


def test_without_its_file_the_parser_says_what_makes_one(words, tmp_path):
    with pytest.raises(WeightsError, match="train_parser"):
        parser.parse("a dog", words, network.load(tmp_path / "none"))
