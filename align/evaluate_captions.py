"""Written captions and their references in; SPICE, by our own scene parser, out.

    python -m align.evaluate_captions --name captions --answers data/answers/captions.parquet \
        --packages data/packages --metrics out.json

SPICE (Anderson et al., 2016) asks whether a caption says the same things, attributes and relations
as its references: the F1 of the facts of its scene graph and of theirs, taken together, where
words match that share a meaning in WordNet (`align.scene_scores`). The paper parses with the
Stanford parser, so its figures are not to be set beside these. The parser reads English alone. A
caption whose references say no fact that it understands is left out, and counted; one that says
none itself has 0.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from align import texts
from align.factual import Fact
from align.labelers.scene import parse_all
from align.lexicon import of_folder
from align.parser import LEAST
from align.scene_scores import Judge, facts_of, spice, spread
from curate.dataset import languages, tables, wordnet
from curate.stage.params import parameters
from curate.stage.run import run

_COLUMNS = ["answer", "right", "lang", "beside"]
_MODEL = "found"  # what the model itself reached, as `train.evaluate_task` has it


@parameters
class EvaluateCaptionsParams:
    """How captions are parsed."""

    wordnet: str = "wordnet-base"  # fetched package with WordNet's database files
    least: float = LEAST  # confidence of a node or edge, 0-1


def main(
    name: str,
    answers: Path,
    packages: Path,
    params: EvaluateCaptionsParams,
) -> dict[str, Any]:
    """SPICE of the English captions of a model, and of the baselines beside it.

    Args:
        name: of the task, and of its section.
        answers: parquet that `train.evaluate_task` wrote: columns answer, right, lang and beside;
            or the folder that `train.evaluate_multitask` wrote, with a parquet for each task: a
            run without this task has no caption.
        packages: folder of fetched packages.
        params: its section.

    Raises:
        DataError: the table is missing, or lacks a column.
        SourceError: the WordNet package was not fetched.
    """
    if answers.is_dir():
        several, answers = answers, answers / f"{name}.parquet"
        if not answers.is_file():
            print(f"{several} has no answers of the task {name}", file=sys.stderr)
            return {"captions": 0, "without_facts": 0}
    rows = tables.read(answers, _COLUMNS)
    english = rows.filter(languages.english(rows.column("lang")))
    asked = english.to_pylist(maps_as_pydicts="strict")
    said = [{_MODEL: row["answer"] or "", **row["beside"]} for row in asked]
    captions = {text for row in asked for text in row["right"]}
    captions |= {text for own in said for text in own.values()}
    folder = wordnet.folder_of(packages, params.wordnet).resolve()
    judge = Judge(of_folder(folder).database)
    facts = _facts(sorted(captions), folder, params.least, judge)
    right = [frozenset[Fact]().union(*(facts[text] for text in row["right"])) for row in asked]
    whole = [place for place, own in enumerate(right) if own]
    if not whole:
        print(f"{name}: no English reference in {answers} says a fact", file=sys.stderr)
    figures: dict[str, Any] = {"captions": len(whole), "without_facts": len(asked) - len(whole)}
    for who in dict.fromkeys(who for at in whole for who in said[at]):
        each = [spice(facts[said[at].get(who, "")], right[at], judge) for at in whole]
        figures[who] = {"spice": fmean(each)}
    return figures


def _facts(
    captions: Sequence[str], folder: Path, least: float, judge: Judge
) -> Mapping[str, frozenset[Fact]]:
    """What each caption says, as SPICE counts it."""
    graphs = texts.each(
        parse_all, captions, folder, least, None, label="scene graphs", unit="captions"
    )
    found = (spread(judge.normal(facts_of(graph))) for graph in graphs)
    return {"": frozenset(), **dict(zip(captions, found, strict=True))}


if __name__ == "__main__":
    run("align.evaluate_captions", section="evaluate_captions")
