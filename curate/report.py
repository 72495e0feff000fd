"""What every stage left becomes one HTML page that people want to read: reports/index.html.

The page stands alone: pictures are inside it as data, plots as SVG, and it asks for nothing
over a network. Its sections are the files of `curate/reports/sections`, in the order that
params.yaml gives; a section whose stage has not run says so. Same inputs, same bytes.
"""

from pathlib import Path
from typing import Any

from curate.stage import plugin
from curate.stage.params import parameters
from curate.stage.run import run

SECTIONS = "curate.reports.sections"


@parameters
class ReportParams:
    """What the report shows, and how much of it."""

    title: str  # the page's heading
    sections: tuple[str, ...]  # files of curate/reports/sections, in their order
    thumbnail: int = 192  # pixels of a picture's longest side
    quality: int = 65  # of thumbnails' WebP, 1 to 100
    strip: int = 24  # pictures at the top
    per_gallery: int = 24  # pictures of a gallery: of all sources, or of a rule with its misses
    clusters: int = 9  # near-duplicate clusters shown
    players: int = 6  # spoken captions that can be heard, each at most 60 kB
    clips: int = 6  # clips with frames in a row
    graphs: int = 8  # scene graphs drawn
    grounded: int = 12  # pictures with boxes that phrases name; as many that contradict captions
    false_captions: int = 1  # hard negatives of a kind in a language
    meanings: int = 12  # nouns with their senses; half as many of other graphs, and of pictures
    concepts: int = 36  # at most, on the map of concepts
    bins: int = 48  # bars of a histogram
    map_of: str = "clip"  # scorer whose embeddings are mapped
    map_points: int = 1500  # pictures on the map; 1,500 take 5 s of a core
    map_pictures: int = 200  # of them that show themselves


def main(
    pool: Path,
    decisions: Path,
    out: Path,
    params: ReportParams,
    scores: Path | None = None,
    embeddings: Path | None = None,
    split: Path | None = None,
    made: Path | None = None,
    scores_made: Path | None = None,
    blurred: Path | None = None,
    blurred_made: Path | None = None,
    labels: Path | None = None,
    labels_made: Path | None = None,
    snapshot: Path | None = None,
    graph: Path | None = None,
    packages: Path | None = None,
    figures: Path | None = None,
    dvclive: Path | None = None,
    docs: Path | None = None,
    rules: Path | None = None,
    plots: Path | None = None,
) -> dict[str, Any]:
    """Write the report.

    Args:
        pool: the set of crawled pairs.
        decisions: folder of decisions, pool.parquet and made.parquet.
        out: the HTML file.
        params: section `report`.
        scores: folder of the pool's scores.
        embeddings: folder of the embeddings of the scorer `map_of`.
        split: table of splits.
        made: folder of sets of made pairs.
        scores_made: folder of their scores.
        blurred: the set of pictures with blurred faces, which are shown in place of the others.
        blurred_made: the same of made pictures.
        labels: folder of the pool's label tables.
        labels_made: folder of those of made pairs.
        snapshot: folder of the snapshot.
        graph: folder of its graph.
        packages: folder of fetched packages.
        figures: folder of the stages' metrics.
        dvclive: folder of DVCLive logs.
        docs: folder of Data Docs.
        rules: params file that holds the filter's rules.
        plots: folder for the tables that `dvc plots` draws.

    Raises:
        DataError: the pool or its decisions are missing.
        PluginError: there is no such section.
    """
    from curate.reports import dvc_plots, overview, page
    from curate.reports.inputs import Inputs, Paths
    from curate.reports.thumbnails import Thumbnails
    from curate.reports.thumbnails import blurred as blurred_of

    given = {name: value for name, value in locals().items() if name in Paths.__annotations__}
    inputs = Inputs(Paths(**given), out)
    modules = [(name, plugin.load(SECTIONS, name)) for name in params.sections]
    instead = blurred_of(inputs.blurred)
    with Thumbnails(params.thumbnail, params.quality, instead) as thumbnails:
        text = page.render(
            "report.html",
            title=params.title,
            headline=overview.headline(inputs),
            warnings=overview.warnings(inputs),
            strip=overview.strip(inputs, thumbnails, params.strip),
            sections=[_filled(n, module, inputs, thumbnails, params) for n, module in modules],
        )
    if plots is not None:
        dvc_plots.write(inputs, plots, params.bins)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text, encoding="utf-8")
    return {"bytes": len(text.encode()), "pictures": text.count("<img ")}


def _filled(
    name: str, module: Any, inputs: Any, thumbnails: Any, params: ReportParams
) -> dict[str, Any]:
    """A section with its values, or with what it lacks."""
    from curate.reports.inputs import NotRun

    about = {"name": name, "title": module.TITLE, "lead": module.LEAD}
    try:
        return {**about, "content": module.section(inputs, thumbnails, params), "lacks": None}
    except NotRun as reason:
        return {**about, "content": None, "lacks": str(reason)}


if __name__ == "__main__":
    run("curate.report", section="report")
