"""Facts of a trained model in; a card that people read, with the head that the hub reads, out.

Its questions are those of Mitchell et al., "Model Cards for Model Reporting" (2019), its head is
Hugging Face's for model cards. The figures are a run's own on the validation split; those of an
evaluation, which is a later stage, are added where they are given.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from curate.dataset import record
from curate.dataset.errors import ParamsError
from curate.stage import markdown
from curate.stage.run import write_json
from train.card_facts import FILE, flat

_LISTED = 20  # languages and sources
_PLAN = ("streams", "width", "heads", "inner", "text_tokens", "norm", "visual", "pool")
_LOAD = {
    "pairwright": """from pathlib import Path
from train.model import load
model = load(Path("FOLDER"))""",
    "open_clip": """import open_clip
model, preprocess = open_clip.create_model_from_pretrained("local-dir:FOLDER")
tokenizer = open_clip.get_tokenizer("local-dir:FOLDER")""",
    "transformers": """from transformers import AutoTokenizer, AutoModel
model = AutoModel.from_pretrained("FOLDER")
tokenizer = AutoTokenizer.from_pretrained("FOLDER")""",
}
"""How a model is loaded, by the library that its form is of."""
_USES = (
    "Research on what data do for vision-language models: beside models that were trained alike on "
    "other snapshots.",
    "Finding pictures by captions and captions by pictures of the kinds that it was trained on.",
    "A start for further training (`--begin`).",
)
_GAPS = (
    "It knows the words, things and styles of its training pairs alone; what these seldom show, it "
    "seldom gets right. The sources below are most of what there is to know of that.",
    "It was not examined for how it treats groups of people, and is not meant for decisions about "
    "any person.",
)


def write(folder: Path, facts: Mapping[str, Any]) -> None:
    """Write the card, and the facts that it tells, into a model's folder."""
    write_json(facts, folder / FILE)
    (folder / record.CARD_FILE).write_text(text(facts), encoding="utf-8")


def carry(
    folder: Path, out: Path, library: str, evaluation: Mapping[str, Any] | None = None
) -> None:
    """Write the card of a model that is exported; without facts there is none to write.

    Args:
        folder: of the model.
        out: of the exported one.
        library: key of `_LOAD`.
        evaluation: figures that the stage `evaluate` wrote.

    Raises:
        ParamsError: they are of another model.
    """
    if not (folder / FILE).is_file():
        return
    facts = json.loads((folder / FILE).read_text(encoding="utf-8"))
    if evaluation and evaluation.get("model") != facts["model"]:
        raise ParamsError(
            f"these are figures of {evaluation.get('model')!r}, and {folder} is a model "
            f"{facts['model']!r}"
        )
    (out / record.CARD_FILE).write_text(text(facts, library, evaluation), encoding="utf-8")


def text(
    facts: Mapping[str, Any],
    library: str = "pairwright",
    evaluation: Mapping[str, Any] | None = None,
) -> str:
    """The card, as Markdown.

    Args:
        facts: see `train.card_facts`.
        library: that loads the folder.
        evaluation: figures on a split that was not trained on, with its name as `split`.
    """
    results = {"validation": facts["validation"]}
    if evaluation:
        results[str(evaluation.get("split", "test"))] = flat(evaluation)
    lines = ["---", _head(facts, library, results), "---", "", f"# {_title(facts)}", ""]
    lines += [facts["about"], "", *_model(facts), *_data(facts), *_training(facts)]
    for split, figures in results.items():
        if figures:
            rows = [(f"`{name}`", value) for name, value in figures.items()]
            lines += [f"## Figures on the {split} split", "", *_table(("figure", "value"), rows)]
    lines += _said("Intended use", _USES)
    lines += _said("Known gaps", [*_gaps(facts), *_GAPS])
    lines += ["## Load it", "", "```python", _LOAD[library], "```", ""]
    lines += ["## Made with", "", *_table(("library", "version"), list(facts["libraries"].items()))]
    return "\n".join(lines)


def _title(facts: Mapping[str, Any]) -> str:
    return f"{facts['model']} {facts['size']}"


def _head(
    facts: Mapping[str, Any], library: str, results: Mapping[str, Mapping[str, float]]
) -> str:
    """What the hub reads of a card, as YAML."""
    data = facts["data"]
    names = sorted(data["licences"])
    head: dict[str, Any] = {
        "library_name": library,
        "language": [name for name in sorted(data["languages"]) if name not in ("und", "unknown")],
        "license": "other",
        "license_name": names[0] if len(names) == 1 else "several",
        "license_details": f"of the training pairs: {', '.join(names)}",
        "tags": ["vision-language", "image-text pairs", facts["model"]],
    }
    if facts["plan"]["towers"]:
        head["pipeline_tag"] = "zero-shot-image-classification"
    told = [_result(facts, split, figures) for split, figures in results.items() if figures]
    if told:
        head["model-index"] = [{"name": _title(facts), "results": told}]
    dumped: str = yaml.safe_dump(head, sort_keys=False, allow_unicode=True, width=1000)
    return dumped.strip()


def _result(facts: Mapping[str, Any], split: str, figures: Mapping[str, float]) -> dict[str, Any]:
    name = f"snapshot {(facts['data']['id'] or 'without id')[:12]}"
    return {
        "task": {"type": "image-text-retrieval", "name": "pretraining tasks and retrieval"},
        "dataset": {"type": "image-text-pairs", "name": name, "split": split},
        "metrics": [{"type": n, "value": v, "name": n} for n, v in figures.items()],
    }


def _model(facts: Mapping[str, Any]) -> list[str]:
    plan = facts["plan"]
    rows: list[Sequence[Any]] = [("parameters", facts["parameters"])]
    rows += [(name, plan[name]) for name in _PLAN]
    rows += [("pixels", f"{plan['pixels']} x {plan['pixels']}")] if plan["pixels"] else []
    frozen = ", frozen" if plan["frozen"] else ""
    rows += [("backbone", f"{plan['backbone']}{frozen}")] if plan["backbone"] else []
    rows += [("regions", plan["regions"])] if not plan["pixels"] else []
    rows += [("vocabulary", facts["sizes"]["vocabulary"])]
    rows += [("tasks", ", ".join(plan["objectives"]) or "none")]
    return ["## Model", "", *_table(("", ""), rows)]


def _data(facts: Mapping[str, Any]) -> list[str]:
    data, read = facts["data"], facts["read"]
    said = f"Snapshot `{data['id']}`" if data["id"] else "A snapshot without an id"
    made = f", of which {data['made']:,} were made from others" if data["made"] else ""
    lines = [
        "## Data",
        "",
        f"{said}: {data['splits']['train']['pairs']:,} pairs of "
        f"{data['splits']['train']['images']:,} images to train on{made}. The model read "
        f"{read['train']:,} of them, and {read['validation']:,} to be measured.",
        "",
    ]
    for title, name in (("licence", "licences"), ("source", "sources"), ("language", "languages")):
        found = list(data[name].items())
        rows = [(key, n["pairs"], n["images"]) for key, n in found[:_LISTED]]
        lines += _table((title, "pairs", "images"), rows) if rows else []
        lines += [f"and {len(found) - _LISTED} more.", ""] if len(found) > _LISTED else []
    return lines


def _training(facts: Mapping[str, Any]) -> list[str]:
    params = facts["params"]
    pairs = params["batch"] * params["accumulate"]
    began = f" It began with the weights of `{facts['begun_with']}`." if facts["begun_with"] else ""
    copied = ", ".join(facts["initialised"])
    taken = f" Taken over at the start: {copied}." if copied else ""
    told = yaml.safe_dump(_plain(params), sort_keys=False, allow_unicode=True).strip()
    return [
        "## Training",
        "",
        f"{params['steps']:,} steps of {pairs:,} pairs, seed {params['seed']}.{began}{taken}",
        "",
        "```yaml",
        told,
        "```",
        "",
        "What the paper says of rates and decay holds where a value is null:",
        "",
        "```yaml",
        yaml.safe_dump(_plain(facts["plan"]["schedule"]), sort_keys=False).strip(),
        "```",
        "",
    ]


def _gaps(facts: Mapping[str, Any]) -> list[str]:
    """What the facts themselves tell of where it is weak."""
    data, found = facts["data"], []
    pairs = max(1, data["splits"]["train"]["pairs"])
    for kind, name in (("source", "sources"), ("language", "languages")):
        for key, counted in list(data[name].items())[:1]:
            share = counted["pairs"] / pairs
            found.append(f"{share:.0%} of the pairs are of the {kind} {key}.")
    if not facts["plan"]["pixels"]:
        found.append(
            "It reads no pixels but features of regions, and is of use only with those of the "
            "labeler `regions` that it was trained with."
        )
    return found


def _plain(value: Any) -> Any:
    """Values that YAML writes without tags."""
    return json.loads(json.dumps(value))


def _said(title: str, sentences: Sequence[str]) -> list[str]:
    return [f"## {title}", "", *(f"- {said}" for said in sentences), ""]


def _table(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[str]:
    return [*markdown.table(names, rows), ""]
