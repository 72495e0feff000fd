"""Tags of languages (BCP 47) in; their English names, as CLDR has them (by Babel), out."""

from curate.dataset.languages import primary


def name(tag: str) -> str:
    """The English name of a tag's language, what its region or script is behind it; or the tag."""
    from babel import Locale

    own = Locale("en").languages.get(primary(tag))
    rest = tag.replace("_", "-").partition("-")[2]
    if own is None:
        return tag
    return f"{own} ({rest})" if rest else own
