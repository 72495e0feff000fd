import subprocess
import sys

import pyarrow as pa
import pytest

from align import evaluate_senses
from align.labelers import knowledge, scene
from curate.dataset import record, tables, wordnet
from curate.dataset.errors import DataError

LIST = """source,url,caption,start,end,lemma,senses
zoo,http://a/1.png,A bat.,2,5,bat,bat.n.02
zoo,http://a/2.png,A kite.,2,6,kite,kite.n.02 kite.n.01
toys,http://a/3.png,A bat.,2,5,bat,bat.n.01
"""


@pytest.fixture
def judged(project, packages, database_folder):
    """A project whose labels say bat.n.02 of the first picture and kite.n.01 of the second."""
    database = wordnet.open_folder(database_folder)
    blank = {f.name: "" if pa.types.is_string(f.type) else 0 for f in record.PAIRS}
    pairs = [
        blank | {"uid": f"u{i}", "url": f"http://a/{i}.png", "caption": caption}
        for i, caption in ((1, "A bat."), (2, "A kite."), (3, "A bat."))
    ]
    bat, kite = database.senses("bat", "n"), database.senses("kite", "n")
    nodes, links = [], []
    for uid, lemma, synset in (("u1", "bat", bat[1]), ("u2", "kite", kite[0])):
        nodes.append({"uid": uid, "node": 0, "kind": "object", "text": lemma, "lemma": lemma,
                      "start": 2, "end": 2 + len(lemma)})  # fmt: skip
        links.append({"uid": uid, "node": 0, "synset": synset, "lemma": lemma, "rank": 1,
                      "method": "first"})  # fmt: skip
    data = project / "data"
    for file, key, schema, rows in (
        ("pool/pairs", "uid", record.PAIRS, pairs),
        ("labels/scene/nodes", ("uid", "node"), scene.NODES, nodes),
        ("labels/knowledge/links", ("uid", "node"), knowledge.LINKS, links),
    ):
        tables.write(pa.Table.from_pylist(rows, schema), data / f"{file}.parquet", key, schema)
    packages.rename(data / "packages")
    (project / "nouns.csv").write_text(LIST)
    return project


def test_the_share_of_right_senses_is_told_beside_that_of_first_ones(judged, capsys):
    evaluate_senses.main(judged / "nouns.csv", judged / "data")
    assert capsys.readouterr().out.splitlines() == [
        "toys: of 1 nouns 0 linked; the sense is right of 0.0%, the first sense would be of 0.0%",
        "zoo: of 2 nouns 2 linked; the sense is right of 100.0%, the first sense would be of 50.0%",
        "all sources: of 3 nouns 2 linked; the sense is right of 100.0%, "
        "the first sense would be of 50.0%",
    ]


def test_a_list_that_is_missing_or_lacks_a_column_is_an_error(judged):
    with pytest.raises(DataError, match="no list of nouns at"):
        evaluate_senses.main(judged / "none.csv", judged / "data")
    (judged / "nouns.csv").write_text("url,caption\na,b\n")
    with pytest.raises(DataError, match="has no column start, end, lemma, senses"):
        evaluate_senses.main(judged / "nouns.csv", judged / "data")


def test_the_command_tells_what_is_wrong_in_one_line(judged):
    words = [sys.executable, "-m", "align.evaluate_senses", "none.csv", "--data"]
    ended = subprocess.run([*words, judged / "data"], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr.startswith("DataError: no list of nouns at none.csv")
    assert "Traceback" not in ended.stderr
