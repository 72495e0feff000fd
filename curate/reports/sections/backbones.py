"""The table of ways to take pictures in becomes rows with what a new picture and an answer take."""

from typing import Any

from curate.reports.inputs import Inputs, NotRun
from curate.reports.sections import comparison

TITLE = "Ways to take pictures in"
LEAD = (
    "One language model, tasks, pairs and budget, and several ways to see: regions whose features "
    "were computed before, patches, and the cells of a convolutional network that learns with the "
    "rest or stays as it is. Detectors (Faster R-CNN, those of one stage, YOLO as ONNX) are ways, "
    "too, once label_backbones.own names weights of yours: none is fetched."
)
COMMAND = "dvc exp run -S 'backbones.models=[proposals,cells,patches,resnet,tower,tower_frozen]'"


def section(inputs: Inputs, thumbnails: Any, params: Any) -> dict[str, Any]:  # noqa: ARG001
    """One row per way, the best at retrieval first, its tasks, then the runs that are missing."""
    found = inputs.metrics("backbones")
    if not found.get("models"):
        raise NotRun(f"no ways to take pictures in were compared; `{COMMAND}` compares them")
    told = comparison.table(found, COMMAND)
    for row in told["rows"]:
        own = found["models"][row["name"]]
        row["sees"] = own["visual"]
        row["took"] = [own[part]["p50_ms"]["mean"] for part in ("picture", "answer")]
    return told
