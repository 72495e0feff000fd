"""A snapshot and its datasheet become a card: what is in it, under which terms, what is known."""

import json
from typing import Any

from curate.dataset import record
from curate.reports.inputs import Inputs, NotRun

TITLE = "The snapshot"
LEAD = (
    "What people train on and cite: a table of references with a content id. The same is written "
    "for machines in croissant.json."
)
_QUESTIONS = {  # field of the Croissant responsible-AI vocabulary -> what it answers
    "rai:dataCollection": "How it was collected",
    "rai:dataPreprocessingProtocol": "What was done to it",
    "rai:dataAnnotationProtocol": "How it was labelled",
    "rai:dataUseCases": "What it is good for",
    "rai:dataLimitations": "What it is not good for",
    "rai:dataBiases": "What it over- and under-represents",
    "rai:personalSensitiveInformation": "People in it",
    "rai:dataSocialImpact": "What its use may do",
    "rai:dataReleaseMaintenancePlan": "Who keeps it",
}


def section(inputs: Inputs, thumbnails: Any, params: Any) -> dict[str, Any]:  # noqa: ARG001
    """Facts of snapshot.json and answers of croissant.json."""
    folder = inputs.there(inputs.paths.snapshot, "snapshot")
    try:
        facts = json.loads((folder / record.SNAPSHOT_FILE).read_text(encoding="utf-8"))
        sheet = json.loads((folder / record.DATASHEET_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NotRun(f"{folder} is no whole snapshot ({error}); run its stage again") from error
    answers = {
        question: _listed(sheet[name]) for name, question in _QUESTIONS.items() if sheet.get(name)
    }
    languages = sorted(facts["languages"].items(), key=lambda item: (-item[1]["pairs"], item[0]))
    return {
        "facts": facts,
        "description": str(sheet.get("description", "")).partition("\n\n")[0],
        "licences": [
            {"name": name, **counts, "url": _url(sheet, name)}
            for name, counts in sorted(
                facts["licences"].items(), key=lambda item: (-item[1]["pairs"], item[0])
            )
        ],
        "languages": languages,
        "most": languages[0][1]["pairs"] if languages else 0,
        "answers": answers,
    }


def _listed(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


def _url(sheet: dict[str, Any], name: str) -> str | None:
    licences = sheet.get("license", [])
    for work in licences if isinstance(licences, list) else [licences]:
        if isinstance(work, dict) and work.get("name") == name:
            return work.get("url")
    return None
