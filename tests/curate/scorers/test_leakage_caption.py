import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curate.dataset.errors import DataError
from curate.scorers import leakage_caption

STEMS, ENDS = ("ba", "do", "ke", "li", "mu", "no"), ("ra", "sel", "tik", "von")
WORDS = [f"{stem}{end}" for stem in STEMS for end in ENDS]


def sentence(seed, length=9):
    return " ".join(random.Random(seed).sample(WORDS, length))


def shuffled(text):
    words = text.split()
    random.Random(0).shuffle(words)
    return " ".join(words)


COPIES = {
    "the same": lambda text: text,
    "case": str.upper,
    "punctuation": lambda text: f'"{text.replace(" ", ", ")}!"',
    "word order": shuffled,
    "a word more": lambda text: f"{text} indeed",
    "a word less": lambda text: text.split(" ", 1)[1],
}


@pytest.fixture
def leaks(project):
    def call(captions, named, **options):
        rows = pa.table({"uid": [str(n) for n in range(len(captions))], "caption": captions})
        sets = {n: {"captions": place} for n, place in named.items()}
        params = leakage_caption.Params(sets=sets, **options)
        found = leakage_caption.score(rows, params)
        assert found.schema == leakage_caption.SCHEMA
        return found.to_pylist()

    return call


@pytest.mark.parametrize("copy", COPIES)
def test_captions_of_nearly_the_same_words_are_found_and_no_other(leaks, copy):
    held = [sentence(seed) for seed in range(200)]
    Path("held.txt").write_text("\n".join(held))
    others = [text for n in range(1000, 1200) if jaccard(text := sentence(n), held) < 0.8]
    rows = leaks([COPIES[copy](text) for text in held] + others, {"flickr": "held.txt"})
    assert all(row["caption"] for row in rows[:200])  # recall 1
    assert not any(row["caption"] for row in rows[200:])  # precision 1
    assert (rows[3]["of"], rows[3]["item"], rows[3]["kind"]) == ("flickr", "line 4", "caption")
    assert rows[3]["distance"] == pytest.approx(0.1 if copy.startswith("a ") else 0, abs=0.02)


def jaccard(text, held):
    own = set(text.split())
    return max(len(own & set(other.split())) / len(own | set(other.split())) for other in held)


def test_prefixes_find_just_what_comparing_all_finds(leaks):
    held = [sentence(seed, 5 + seed % 4) for seed in range(150)]
    pool = [sentence(seed, 5 + seed % 5) for seed in range(500, 700)]
    Path("held.txt").write_text("\n".join(held))
    for similarity in (0.4, 0.5, 2 / 3, 1.0):
        rows = leaks(pool, {"held": "held.txt"}, similarity=similarity)
        wanted = [jaccard(text, held) >= similarity for text in pool]
        assert [row["caption"] for row in rows] == wanted
    assert any(row["caption"] for row in leaks(pool, {"held": "held.txt"}, similarity=0.4))


def test_few_words_are_no_leak_and_japanese_has_a_word_for_each_character(leaks):
    texts = ["a dog on a road", "海辺の白い犬と人", "The small dog sat on the mat"]
    pq.write_table(pa.table({"caption": texts, "item": list("abc")}), "held.parquet")
    rows = leaks(["A dog on a road.", "海辺の、白い犬と人。", "the dog"], {"held": "held.parquet"})
    assert [row["item"] for row in rows] == [None, "b", None]
    assert leaks(["A dog on a road."], {"held": "held.parquet"}, words=4)[0]["item"] == "a"


@pytest.mark.parametrize(
    ("held", "copy", "other"),
    [
        ("นกสีฟ้าบินอยู่", "นกสีฟ้าบินอยู่!", "หมาสีขาวนอน"),
        ("एक छोटी चिड़िया पेड़ पर है", "एक छोटी चिड़िया, पेड़ पर है", "एक छोटा कुत्ता घर में है"),
        ("طائر أزرق صغير على شجرة", "طائر أزرق صغير على شجرة.", "كلب أبيض كبير في بيت"),
    ],
)
def test_a_copy_is_found_in_any_script(leaks, held, copy, other):
    Path("held.txt").write_text(f"{held}\n", encoding="utf-8")
    rows = leaks([copy, other], {"held": "held.txt"})
    assert [row["caption"] for row in rows] == [True, False]


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("gone.txt", None, r"held, gone\.txt: no such.*leakage_caption\.sets\.held\.captions"),
        ("empty.txt", "", "empty: it holds no caption of 5 words"),
        ("odd.csv", "text\nx\n", "has no column caption; it has text"),
        ("none.csv", "caption\n", "is empty: it has columns and no row"),
    ],
)
def test_sets_without_captions_are_errors_that_name_them(leaks, file, text, message):
    if text is not None:
        Path(file).write_text(text)
    with pytest.raises(DataError, match=message):
        leaks(["a"], {"held": file})


def test_a_register_without_captions_says_which_sets_there_are(project):
    with pytest.raises(DataError, match=r"no evaluation set \(coco\) has captions"):
        leakage_caption.fingerprint(leakage_caption.Params(sets={"coco": "data/eval/coco"}))


def test_a_set_that_is_changed_is_read_again_by_the_same_process(leaks):
    for seed in (1, 2):
        Path("held.txt").write_text(sentence(seed))
        found = leaks([sentence(1), sentence(2)], {"held": "held.txt"})
        assert [row["caption"] for row in found] == [seed == 1, seed == 2]
