"""A project's places in; the pages of its report and of any pair's story, for a service, out."""

from curate.dataset.errors import DataError
from curate.reports.page import POLICY
from curate.stage.pages import Page, Places

_REPORT = "index.html"


def report(places: Places) -> Page:
    """The report, as the pipeline wrote it last."""

    def html(_: str) -> bytes:
        file = places.reports / _REPORT
        if not file.is_file():
            raise DataError(f"{file} is missing; `dvc repro report` writes it")
        return file.read_bytes()

    return Page("Report", html, POLICY)


def why(places: Places) -> Page:
    """The story of a pair, by its uid."""

    def html(uid: str) -> bytes:
        from curate.explained import explained
        from curate.story import Project, tell

        project = Project(places.data, places.params, places.models)
        return explained(tell(uid, project)).encode()

    return Page("Why", html, POLICY, of_pair=True)
