"""`pairwright forget`: what must go, and why, in; a project without it out."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from curate.lineage import Data, Domains, Images, Pages, Uids, Urls, entries, lines, seen

if TYPE_CHECKING:
    from curate.descent import Descent
    from curate.history import Seen

_LEFT_TO_DO = """
Left to do:
  dvc commit --force crawl     # takes the pool, and the crawl's code and params, as they are now
  dvc repro                    # all other data without it, and the models of this workspace
  rm -rf .pairwright/checkpoints   # of a training that was interrupted, where there is one
  git add forgotten.csv dvc.lock metrics && git commit
  dvc gc --workspace           # older versions leave DVC's cache, which holds them until then
  dvc gc --workspace --cloud   # and its remote
What sources read on this machine (data/packages, .pairwright/unpacked, folders and archives of
yours), other clones and what was handed on stay as they are. So does git's history: it holds
figures and forgotten.csv, no picture. forgotten.csv keeps what is on it out of every crawl."""


def forget(
    reason: Annotated[str, typer.Option(help="Why; it is kept in forgotten.csv with the day.")],
    url: Urls = [],  # noqa: B006
    page: Pages = [],  # noqa: B006
    domain: Domains = [],  # noqa: B006
    image: Images = [],  # noqa: B006
    uid: Uids = [],  # noqa: B006
    data: Data = Path("data"),
    params: Annotated[Path, typer.Option(help="Parameter file.")] = Path("params.yaml"),
) -> None:
    """Take out of pool and memory what comes from a URL, page, domain, picture or pair, for good.

    `pairwright lineage` says the same of it beforehand and changes nothing.
    """
    from curate import forgotten
    from curate.crawl import CrawlParams
    from curate.descent import trace
    from curate.erasure import erase
    from curate.restart import Folder
    from curate.stage.params import build, load

    new = entries(url, page, domain, image, uid, reason)
    per_shard = build(CrawlParams, load(params, "crawl"), "crawl").per_shard
    folder = Folder(data / "pool")
    with folder.locked():
        descent = trace(data, forgotten.Forgotten(tuple(new)))
        check(descent)
        saw = seen(descent)
        for line in lines(descent, saw):
            typer.echo(line)
        listed = forgotten.add(new)
        figures = erase(folder, trace(data, listed), listed, per_shard)
    for line in left_to_do(descent, figures, saw):
        typer.echo(line)


def check(descent: "Descent") -> None:
    """Refuse what cannot be taken out of a pool.

    Raises:
        DataError: a made pair is named, or nothing would be left.
    """
    from curate.dataset.errors import DataError, EmptySetError

    if descent.asked.num_rows:
        first = descent.asked.slice(0, 1).to_pylist()[0]
        raise DataError(
            f"{first['uid']} was made from {first['parent']}; forget that, and what was made from "
            "it goes too, or change the section `make` of params.yaml"
        )
    if descent.pairs.num_rows and not descent.found.left.num_rows:
        raise EmptySetError(
            "nothing would be left of the pool; take the source out of crawl.sources and remove "
            "data/ and .pairwright/ instead"
        )


def left_to_do(
    descent: "Descent", figures: dict[str, Any], seen: "Sequence[Seen]"
) -> Iterable[str]:
    """What was done, and what the project's owner has to do yet, line by line."""
    if not (descent.pairs.num_rows or descent.found.items):
        yield "Nothing of this pool comes from there; if it is misspelt, take it off forgotten.csv."
    tars, rows = len(figures["tars"]), figures["remembered"]
    pairs = f"{descent.pairs.num_rows:,} pairs of the pool and {rows:,} remembered results are gone"
    yield from ("", f"{pairs}; {tars:,} tars were written anew or removed.")
    learnt = [one for one in seen if one.learnt]
    yield from (f"Has to be retrained: {one.what} ({one.where})" for one in learnt)
    if not learnt:
        yield "No model has to be retrained."
    yield _LEFT_TO_DO
