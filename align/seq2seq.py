"""Captions and a checkpoint of FACTUAL's in, their scene graphs out.

Li et al. (2023) publish Flan-T5 models that write a caption's graph as text, the best parsers that
there are. One is used by the path of its folder, as `transformers` saves it; nothing is downloaded.
What it writes is looked up in the caption (`align.anchors`), so that its graphs have spans as ours
have; what it says in no words of the caption is left out. A graph's confidence is the geometric
mean of the probabilities of the tokens written.
"""

from collections.abc import Sequence
from pathlib import Path

from align import tokens
from align.anchors import Anchored, anchor
from align.factual import fact_of, parts_of
from align.lexicon import NUMBERS, Lexicon
from align.scenegraph import ATTRIBUTE, OBJECT, Edge, Graph, Node, ordered
from align.tagger import Token
from align.wording import attribute_lemma, thing_lemma, told_by
from curate.dataset.errors import WeightsError
from curate.dataset.read_once import read_once

PROMPT = "Generate Scene Graph: "
_BATCH = 32  # captions
_LONGEST = 200  # tokens of the model that a graph takes


class Checkpoint:
    """A sequence-to-sequence model and its tokenizer.

    Args:
        folder: as `save_pretrained` of both writes it.

    Raises:
        WeightsError: the folder holds none, or not all of one.
    """

    def __init__(self, folder: Path) -> None:
        from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

        try:
            self._tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
            self._model = AutoModelForSeq2SeqLM.from_pretrained(
                str(folder), local_files_only=True, use_safetensors=True
            ).eval()
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise WeightsError(
                f"{folder} holds no sequence-to-sequence checkpoint that can be loaded ({error}); "
                "a folder is needed with config.json, model.safetensors and the tokenizer's files, "
                "such as FACTUAL's Flan-T5; or leave `checkpoint` out, and the package's own "
                "parser reads the captions"
            ) from error

    def write(self, captions: Sequence[str]) -> list[tuple[str, float]]:
        """The text of each caption's graph and its confidence."""
        import torch

        found: list[tuple[str, float]] = []
        order = sorted(range(len(captions)), key=lambda i: (len(captions[i]), captions[i]))
        for start in range(0, len(order), _BATCH):
            texts = [PROMPT + captions[i].lower() for i in order[start : start + _BATCH]]
            inputs = self._tokenizer(
                texts, return_tensors="pt", padding=True, truncation=True, max_length=_LONGEST
            )
            with torch.inference_mode():
                made = self._model.generate(
                    **inputs, max_new_tokens=_LONGEST, num_beams=1, do_sample=False,
                    return_dict_in_generate=True, output_scores=True,
                )  # fmt: skip
            steps = self._model.compute_transition_scores(
                made.sequences, made.scores, normalize_logits=True
            )
            written = made.sequences[:, -steps.shape[1] :] != self._tokenizer.pad_token_id
            sums = steps.masked_fill(~written, 0.0).sum(1) / written.sum(1).clamp(min=1)
            texts = self._tokenizer.batch_decode(made.sequences, skip_special_tokens=True)
            found += zip(texts, sums.exp().tolist(), strict=True)
        place = {i: row for row, i in enumerate(order)}
        return [found[place[i]] for i in range(len(captions))]


def parse_all(captions: Sequence[str], lexicon: Lexicon, folder: Path, least: float) -> list[Graph]:
    """Scene graphs of captions by a checkpoint; empty where it is less sure than `least`."""
    return [
        graph_of(caption, text, lexicon, confidence) if confidence >= least else Graph([], [])
        for caption, (text, confidence) in zip(
            captions, of_folder(folder).write(captions), strict=True
        )
    ]


def graph_of(caption: str, text: str, lexicon: Lexicon, confidence: float) -> Graph:
    """The graph that a text of FACTUAL's form says, as far as the caption's words tell it."""
    facts = {fact for parts in parts_of(text) if (fact := fact_of(parts)) is not None}
    read = [token for part in tokens.sentences(caption, lexicon) for token in part]
    return _graph(caption, read, anchor(facts, read), lexicon, confidence)


def _graph(
    caption: str, read: list[Token], told: Anchored, lexicon: Lexicon, confidence: float
) -> Graph:
    place = {run: number for number, run in enumerate(told.things)}
    nodes = []
    for start, end in told.things:
        first, last = read[start].start, read[end - 1].end
        lemma = thing_lemma(read[start:end], lexicon)
        nodes.append(Node(OBJECT, caption[first:last], lemma, first, last, confidence=confidence))
    for (start, end), thing in told.attributes:
        words, owner = read[start:end], place[thing]
        if end - start == 1 and (words[0].text.isdecimal() or words[0].text in NUMBERS):
            count = NUMBERS.get(words[0].text, words[0].text)
            nodes[owner] = nodes[owner]._replace(quantifier=count)
            continue
        first, last = words[0].start, words[-1].end
        lemma, verbal = attribute_lemma(words, after=start >= thing[1])
        nodes.append(
            Node(ATTRIBUTE, caption[first:last], lemma, first, last, owner,
                 verbal=verbal, confidence=confidence)
        )  # fmt: skip
    edges = []
    for source, target, verb, rest in told.relations:
        words = told_by(read, source, target, verb, rest)
        base = [read[verb].word.lemmas["V"]] if verb is not None else []
        lemma = " ".join([*base, *([rest] if rest else [])])
        first, last = words[0].start, words[-1].end
        edges.append(
            Edge(place[source], place[target], caption[first:last], lemma, first, last,
                 verb is not None, confidence)
        )  # fmt: skip
    return ordered(nodes, edges)


@read_once(lambda folder: [folder], keep=1)
def of_folder(folder: Path) -> Checkpoint:
    """The checkpoint at a folder."""
    return Checkpoint(folder)
