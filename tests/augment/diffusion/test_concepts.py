import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from augment.diffusion import concepts
from augment.diffusion.prompts import Prompts, plan
from curate.dataset.errors import ParamsError
from tests.augment import _things

CAPTIONS = {  # image -> caption, attribute and object of each of its things
    "1": ("a red apple", [("red", "apple")]),
    "2": ("a green apple", [("green", "apple")]),
    "3": ("a red apple and a blue car", [("red", "apple"), ("blue", "car")]),
    "4": ("a lamp", [(None, "lamp")]),
}


@pytest.fixture
def bank(tmp_path):
    rows = [
        {"uid": f"u{image}", "image": image, "lang": "en", "caption": caption, "source": "a"}
        for image, (caption, _) in CAPTIONS.items()
    ]
    others = [("d1", "1", "de", "ein roter Apfel", "a"), ("b1", "5", "en", "a menu", "b")]
    keys = ("uid", "image", "lang", "caption", "source")
    rows += [dict(zip(keys, other, strict=True)) for other in others]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "training.parquet")
    (tmp_path / "labels/scene").mkdir(parents=True)
    nodes = [node for image in CAPTIONS for node in graph(image)]
    pq.write_table(pa.Table.from_pylist(nodes), tmp_path / "labels/scene/nodes.parquet")
    edges = pa.schema([("uid", pa.string()), ("source", pa.int32()), ("target", pa.int32())])
    pq.write_table(pa.Table.from_pylist([], edges), tmp_path / "labels/scene/edges.parquet")

    def of(labels=True, objects=1):
        folder = tmp_path / "labels" if labels else None
        return concepts.bank(tmp_path / "training.parquet", folder, objects, "en", ("a",))

    return of


def graph(image):
    caption, things = CAPTIONS[image]
    nodes = []
    for attribute, thing in things:
        at = len(nodes)
        words = [(attribute, "attribute", at + 1)] if attribute else []
        for text, kind, parent in [*words, (thing, "object", None)]:
            start = caption.index(text)
            node = {"uid": f"u{image}", "node": len(nodes), "kind": kind, "text": text}
            node |= {"lemma": text, "parent": parent, "quantifier": None}
            nodes.append({**node, "start": start, "end": start + len(text)})
    return nodes


def test_the_rarest_concepts_come_first_and_count_pictures(bank):
    assert [(c.name, c.pictures) for c in bank()] == [("lamp", 1), ("apple", 3)]
    assert [p.text for p in plan(bank(), Prompts(least=1, count=1), 0)] == ["a lamp"]
    assert [p.parent for p in plan(bank(), Prompts(least=2), 0)] in (["u1"], ["u2"])


def test_a_caption_with_too_many_things_gives_no_words_not_even_a_part_of_it(bank):
    assert {phrase.text for concept in bank() for phrase in concept.phrases} == {
        "a red apple", "a green apple", "a lamp",
    }  # fmt: skip


def test_a_caption_with_as_many_things_as_allowed_is_told_whole(bank):
    (car,) = (concept for concept in bank(objects=2) if concept.name == "car")
    assert [phrase.text for phrase in car.phrases] == ["a red apple and a blue car"]
    assert len(car.phrases[0].facts) == 4


def test_without_graphs_captions_are_the_concepts_and_no_facts_are_claimed(bank):
    found = bank(labels=False)
    assert {concept.name for concept in found} == {text for text, _ in CAPTIONS.values()}
    assert {phrase.facts for concept in found for phrase in concept.phrases} == {None}


def test_plain_names_are_those_of_things_and_state_what_the_name_does(project, write_set):
    named = [
        (_things.cut_out((9, 9, 9), (40 + n, 30)), {"en": text})
        for n, text in enumerate(
            ["A red lemon.", "cat", "judge: dark skin tone", "apple beside a hut", "Two horse"]
        )
    ]
    _, context = _things.pool(project, write_set, named)
    found = concepts.bank(context.training, context.labels, 1, "en", (), True)
    told = {phrase.text: phrase for concept in found for phrase in concept.phrases}
    assert set(told) == {"red lemon", "cat", "judge"}
    assert set(told["red lemon"].facts) == {
        ("attribute", "lemon", "red", None),
        ("object", "lemon", None, None),
    }
    assert told["judge"].facts == (("object", "judge", None, None),)


def test_plain_names_are_refused_where_nothing_tells_them(bank, tmp_path):
    with pytest.raises(ParamsError, match=r"prompts\.plain"):
        concepts.bank(tmp_path / "training.parquet", None, 1, "en", (), True)
