"""Captions and something that rewords them in, the rewordings that pass the checks out.

What methods with text models share: captions of the languages that the model knows are reworded
one at a time, refused with a reason or told.
"""

from collections.abc import Callable, Iterable
from typing import Any

import pyarrow as pa

from augment import facts
from augment.made import Batch, Context
from augment.rewriting import caption_check, telling
from augment.rewriting.telling import Proposal
from curate.dataset.languages import primary


def reword(
    method: str,
    rows: pa.Table,
    context: Context,
    per_image: int,
    languages: tuple[str, ...],
    ratio: tuple[float, float],
    model: Callable[[str], str],
    recipe: dict[str, Any],
) -> Batch:
    """New captions of the pictures in rows by a model of texts.

    Args:
        method: its name.
        rows: schema `sets.LOCATED`.
        context: of the method; the parents' facts are stated where it has scene graphs.
        per_image: new captions of a picture, at most.
        languages: primary subtags of captions that are reworded.
        ratio: least and greatest number of words, to the caption's.
        model: makes a text of a caption.
        recipe: what makes it again from the caption.
    """
    graphs = facts.graphs(context.labels, rows.column("uid").to_pylist())
    batch = Batch()
    why: dict[str, tuple[str, str]] = {}

    def propose(row: telling.Row) -> Iterable[Proposal]:
        text = model(row["caption"])
        refusal = caption_check.paraphrase(row["caption"], text, row["lang"], *ratio)
        if refusal is not None:
            why[row["uid"]] = refusal
            return
        graph = graphs.get(row["uid"])
        facts = graph.facts() if graph else ()
        yield Proposal(method, text, row["lang"], recipe, facts)

    for pairs in telling.pictures(rows):
        known = [pair for pair in pairs if primary(pair["lang"]) in languages]
        if known:
            telling.tell(method, known, propose, per_image, {method: 1.0}, batch, why)
    return batch
