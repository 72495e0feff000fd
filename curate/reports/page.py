"""Templates and values become one HTML page that needs no network and runs no script.

Everything a page shows is inside it. Its content security policy forbids all requests and all
scripts, so that a caption from the web, which is escaped by the templates, could do nothing
even if it were not.
"""

import re
from functools import cache
from pathlib import Path
from typing import Any

TEMPLATES = Path(__file__).parent / "templates"
_CODE = re.compile("`([^`]+)`")
POLICY = "default-src 'none'; img-src data:; media-src data:; style-src 'unsafe-inline'"


def render(template: str, **values: Any) -> str:
    """Fill a template of `curate/reports/templates`.

    Args:
        template: file name.
        values: what the template asks for; one that is missing is an error.

    Returns:
        The page.
    """
    return str(_environment().get_template(template).render(policy=POLICY, **values))


@cache
def _environment() -> Any:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = number
    environment.filters["share"] = share
    environment.filters["plural"] = plural
    environment.filters["coded"] = coded
    return environment


def number(value: float | None) -> str:
    """A number for reading: thousands with commas, fractions with three digits, a true minus."""
    if value is None:
        return "–"
    if float(value).is_integer():
        text = f"{int(value):,}"
    else:
        text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return text.replace("-", "−")


def share(value: float | None, digits: int = 0) -> str:
    """A share of one as a percentage; what is above nothing never reads as 0%."""
    if value is None:
        return "–"
    percent = 100 * value
    if 0 < percent < 10**-digits:
        return f"<{10**-digits:g}%"
    return f"{percent:.{digits}f}%"


def coded(text: str) -> Any:
    """A text, escaped, with what stands between backticks as code."""
    from markupsafe import Markup, escape

    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))


def plural(count: int, one: str, many: str | None = None) -> str:
    """A count and its noun: `1 pair`, `2,000 pairs`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
