"""Tags of languages (BCP 47) in; which of them name one language, of whatever region, out."""

import pyarrow as pa
import pyarrow.compute as pc


def primary(tag: str) -> str:
    """The language that a tag names, in lower case: `en` of `en-GB`, `EN_gb`, but not of `enm`."""
    return tag.replace("_", "-").partition("-")[0].lower()


def english(tags: pa.ChunkedArray) -> pa.ChunkedArray:
    """Whether each tag names English, as `primary` does: `en`, `en-GB`, `EN_gb`; not `enm`."""
    return pc.match_substring_regex(tags, "(?i)^en([-_]|$)")
