import pyarrow as pa
import pytest

from align.labelers import Context, negatives
from align.negatives import words as lexicon
from curate.dataset import sets, tables
from curate.dataset.errors import DataError

PARAMS = negatives.Params(within=0.5, uses=1)  # nothing is left out
# each exchange is kept as often as it is made back: so many that any drawn one may be
BOTH_WAYS = [
    *(
        (f"{colour}{i}", "en", f"a {colour} ball {i}")
        for colour in ("red", "blue")
        for i in range(40)
    ),
    *((f"{n}{i}", "de", f"{n} Bälle {i}") for n in ("zwei", "drei") for i in range(20)),
]
EMPTY = {f.name: "" if pa.types.is_string(f.type) else 0 for f in sets.LOCATED}


def pairs(*captions):
    """Pairs of (image, lang, caption)."""
    rows = [
        EMPTY | {"uid": f"u{i}", "image": image, "lang": lang, "caption": caption}
        for i, (image, lang, caption) in enumerate(captions)
    ]
    return pa.Table.from_pylist(rows, sets.LOCATED)


@pytest.fixture
def label(packages):
    def run(*captions, params=PARAMS, learnt=None):
        context = Context(packages, learnt=learnt)
        return negatives.label(pairs(*captions), context, params)

    return run


def rows(found):
    return found["negatives"].to_pylist()


def test_every_negative_has_edits_a_proof_and_twins(label):
    told = {f"u{i}": caption for i, (_, _, caption) in enumerate(BOTH_WAYS)}
    found = rows(label(*BOTH_WAYS))
    assert {row["kind"] for row in found} == {"attribute", "count"}
    for row in found:
        caption = told[row["uid"]]
        ((start, end, text),) = zip(row["starts"], row["ends"], row["texts"], strict=True)
        assert caption[:start] + text + caption[end:] == row["caption"] != caption
        assert row["was"] != row["becomes"]
        assert row["proof"]
        assert row["twin"] != row["twin_negative"]


def test_a_caption_in_any_language_can_speak_against_a_negative(label):
    beside = [
        (image, "ja", "灰色のボール 赤い 青い") for image, lang, _ in BOTH_WAYS if lang == "en"
    ]
    assert {row["lang"] for row in rows(label(*BOTH_WAYS))} == {"en", "de"}
    assert {row["lang"] for row in rows(label(*BOTH_WAYS, *beside))} == {"de"}


def test_a_language_without_words_has_no_negatives(label):
    assert not rows(label(("i", "nl", "een rode bal")))


def test_no_pairs_give_no_negatives(label):
    assert not rows(label())


def test_negatives_do_not_depend_on_the_order_of_the_pairs(label, packages):
    told = [("i", "en", "a red ball"), ("j", "en", "two cats"), ("k", "fr", "un chat noir")]
    table = pairs(*told)
    turned = table.take([2, 0, 1])
    one, other = (
        negatives.label(part, Context(packages), PARAMS)["negatives"] for part in (table, turned)
    )
    assert one.equals(other)


def test_attackers_that_always_win_leave_no_negative(label):
    """All the corpus says red: whatever is changed is seen by its wording."""
    told = [(f"i{i}", "en", f"a red {thing}") for i, thing in enumerate(("ball", "hat", "box"))]
    assert not rows(label(*told, params=negatives.Params(within=0.0, uses=1)))


def test_the_attackers_scores_are_told_before_and_after(label):
    found = label(*BOTH_WAYS)
    scores = found["attackers"].to_pylist()
    assert {row["attacker"] for row in scores} == {"length", "ngrams", "articles", "spacing"}
    assert {row["said"] for row in scores} == {"caption", "twin"}
    figures = negatives.figures(pairs(*BOTH_WAYS), found)
    assert set(figures["kinds"]) == {"attribute", "count"}
    assert 0 < figures["share_of_pairs_with_negative"] <= 1


def test_made_pairs_are_judged_by_what_the_pool_taught(label, project):
    pool = label(*BOTH_WAYS)
    for name, (schema, key) in negatives.TABLES.items():
        tables.write(pool[name], project / f"negatives/{name}.parquet", key, schema)
    made = label(*BOTH_WAYS, learnt=project / "negatives")
    for name in ("bigrams", "nouns"):
        schema, key = negatives.TABLES[name]
        tables.write(made[name], project / f"{name}.parquet", key, schema)
        assert tables.read(project / f"{name}.parquet").equals(
            tables.read(project / f"negatives/{name}.parquet")
        )
    assert rows(made)


def test_made_pairs_need_the_pools_tables(label, project):
    with pytest.raises(DataError, match="bigrams"):
        label(("m", "en", "a red ball"), learnt=project / "missing")


def test_every_language_with_words_of_making_has_words_here():
    assert set(lexicon.languages_known()) == {"de", "en", "es", "fr", "ja", "ru"}


def test_a_text_of_thousands_of_words_has_none_and_takes_the_memory_of_one(label):
    import resource

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = rows(
        label(*BOTH_WAYS, ("long", "en", "a red ball, a blue hat and a black dog. " * 300))
    )
    assert {row["uid"] for row in found} <= {f"u{i}" for i in range(len(BOTH_WAYS))}
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 500_000  # kilobytes
