"""Labels that say which word means which part of a picture become examples, good and bad."""

from typing import Any

from curate.reports import false_captions, grounded, meanings
from curate.reports.inputs import Inputs, NotRun
from curate.reports.thumbnails import Thumbnails

TITLE = "Alignment"
LEAD = (
    "Which words name which part of a picture, what they mean, and which captions would be false "
    "of it. The pictures are not the best ones but those whose labels have most to tell, "
    "mistakes among them."
)
PARTS = {"grounded": grounded, "false_captions": false_captions, "meanings": meanings}


def section(inputs: Inputs, thumbnails: Thumbnails, params: Any) -> dict[str, Any]:
    """Each part with what it shows, or with what it lacks.

    Raises:
        NotRun: all of them lack something.
    """
    content: dict[str, Any] = {}
    lacks: dict[str, str] = {}
    for name, part in PARTS.items():
        try:
            content[name] = part.of(inputs, thumbnails, getattr(params, name))
        except NotRun as reason:
            lacks[name] = str(reason)
    if not content:
        raise NotRun(next(iter(lacks.values())))
    return {**dict.fromkeys(PARTS), **content, "lacks": lacks}
