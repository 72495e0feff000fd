"""`pairwright forget`: what must go, and why, in; a project without it out."""

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from curate.lineage import Data, Pool, lines, seen
from curate.naming import Named, entries, naming

if TYPE_CHECKING:
    from curate.dataset.files import Place
    from curate.descent import Descent
    from curate.forgotten import Entry
    from curate.history import Seen
    from curate.learning import Clean

_MOST = 0.5  # share of a pool's pairs that go without being asked about
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
_ON_A_STORE = """
A store that keeps versions, or what was deleted for some days, has the old tars until you remove
them there."""


@naming
def forget(
    named: Named,
    reason: Annotated[str, typer.Option(help="Why; it is kept in forgotten.csv with the day.")],
    data: Data = Path("data"),
    pool: Pool = None,
    params: Annotated[Path, typer.Option(help="Parameter file.")] = Path("params.yaml"),
    metrics: Annotated[Path, typer.Option(help="Figures of the crawl.")] = Path(
        "metrics/crawl.json"
    ),
    dry_run: Annotated[bool, typer.Option(help="Say what would go; change nothing.")] = False,
    yes: Annotated[
        bool, typer.Option(help="Also where half of the pool goes, or a name may be misspelt.")
    ] = False,
) -> None:
    """Take out of pool and memory what comes from a URL, page, domain, picture or pair, for good.

    A picture that is named by its URL or domain goes wherever else its bytes were found, too.
    """
    from curate import blurred, forgotten
    from curate.crawl import CrawlParams
    from curate.descent import trace
    from curate.erasure import erase
    from curate.learning import clean
    from curate.origins import elsewhere
    from curate.recount import refresh
    from curate.restart import Folder
    from curate.stage.params import build, load
    from curate.stored import Stored

    new, root = entries(named, reason, data), pool or data / "pool"
    per_shard = build(CrawlParams, load(params, "crawl"), "crawl").per_shard
    folder = Folder(root) if isinstance(root, Path) else Stored(root)
    with contextlib.nullcontext() if dry_run else folder.locked():
        other = elsewhere(root, forgotten.Forgotten(tuple(new)))
        asked = [*new, *other.entries(reason, new[0].date)]
        descent = trace(data, forgotten.Forgotten(tuple(asked)), root)
        check(descent)
        saw = seen(descent)
        for line in (*lines(descent, saw), *other.lines()):
            typer.echo(line)
        if not yes:
            known = {entry[:2] for entry in forgotten.read().entries}  # by a run that was killed
            doubt(descent, [entry for entry in new if entry[:2] not in known], root)
        if dry_run:
            typer.echo("\nThis is what would go; nothing was changed.")
            return
        listed = forgotten.add(asked)
        whole = trace(data, listed, root)
        blurred.clear(data / "blurred", whole.uids, per_shard)
        figures = erase(folder, whole, listed, per_shard)
        refresh(root, metrics)
    for line in left_to_do(descent, figures, saw, clean(whole.uids)):
        typer.echo(line)
    if isinstance(folder, Stored):
        typer.echo(_ON_A_STORE)


def check(descent: "Descent") -> None:
    """Refuse what cannot be taken out of a pool.

    Raises:
        DataError: a made pair is named, or nothing would be left.
    """
    from curate.dataset.errors import DataError, EmptySetError

    if descent.asked.num_rows:
        first = descent.asked.slice(0, 1).to_pylist()[0]
        raise DataError(
            f"{first['uid']} was made from {' and '.join(descent.parents[first['uid']])}; forget "
            "one of them, and what was made from it goes too, or change the section `make` of "
            "params.yaml"
        )
    if descent.pairs.num_rows and not descent.found.left.num_rows:
        raise EmptySetError(
            "nothing would be left of the pool; take the source out of crawl.sources and remove "
            "data/ and .pairwright/ instead"
        )


def doubt(descent: "Descent", new: "Sequence[Entry]", root: "Place") -> None:
    """Refuse what a person may not have meant, until it is confirmed.

    Args:
        descent: what comes from all entries.
        new: those that were named and were not on the list before.
        root: folder of the pool.

    Raises:
        DataError: more than half of the pool would go, or an entry matches nothing while the pool
            has names much like it.
    """
    from curate import nearby, removal
    from curate.dataset.errors import DataError
    from curate.forgotten import Forgotten

    gone, left = descent.pairs.num_rows, descent.found.left.num_rows
    if gone > _MOST * (gone + left):
        raise DataError(
            f"{gone:,} of the pool's {gone + left:,} pairs would go, more than {_MOST:.0%}; "
            "nothing was changed. Say --yes if that is meant"
        )
    for entry in new:
        found = removal.find(root, Forgotten((entry,)))
        if not (found.gone.num_rows or found.items) and (near := nearby.names(entry, root)):
            raise DataError(
                f"nothing of the pool comes from {entry.words}; did you mean {' or '.join(near)}? "
                "Nothing was changed. Say --yes to put it on forgotten.csv all the same"
            )


def left_to_do(
    descent: "Descent",
    figures: dict[str, Any],
    seen: "Sequence[Seen]",
    clean: "Mapping[str, Clean]",
) -> Iterable[str]:
    """What was done, and what the project's owner has to do yet, line by line.

    Args:
        descent: what comes from the entries.
        figures: of the erasure.
        seen: snapshots and models that saw any of it.
        clean: how long the models of this workspace had not, by folder.
    """
    if not (descent.pairs.num_rows or descent.found.items):
        yield "Nothing of this pool comes from there, nor has it a name that is much like it."
        yield "It is on forgotten.csv now; if it is misspelt, take it off."
    tars, rows = len(figures["tars"]), figures["remembered"]
    pairs = f"{descent.pairs.num_rows:,} pairs of the pool and {rows:,} remembered results are gone"
    yield from ("", f"{pairs}; {tars:,} tars were written anew or removed.")
    yield from retrain(seen, clean)
    yield _LEFT_TO_DO


def retrain(seen: "Sequence[Seen]", clean: "Mapping[str, Clean]") -> Iterable[str]:
    """Which models learnt from what goes, and from where on this workspace's have to be retrained.

    One that starts from another which learnt from it was never without it.
    """
    from curate.history import WORKSPACE

    learnt = [one for one in seen if one.learnt]
    for one in learnt:
        own = one.where == WORKSPACE and not one.through
        yield f"Has to be retrained: {one.what} ({one.where}){_until(clean.get(one.what), own)}"
    told = {one.what for one in learnt if one.where == WORKSPACE}
    begun = [one for model, one in clean.items() if one.begun and model not in told]
    for known in begun:
        has = "Has" if known.start == "seen" else "May have"
        yield f"{has} to be retrained: {known.model} ({WORKSPACE}){_until(known, True)}"
    if not learnt and not begun:
        yield "No model has to be retrained."


def _until(known: "Clean | None", own: bool) -> str:
    """From which state a model may be trained on, where its ledger says so."""
    if known is None or not own:
        return ""
    if known.start == "seen":
        return f"; it began with {known.begun}, which had seen some of them"
    if known.start == "unknown":
        return (
            f"; it began with {known.begun}, of which is unknown what it had seen: its ledger is "
            "not at hand"
        )
    if known.state is None:
        return f"; it had seen none of them until step {known.until:,}, of which no state was kept"
    return f"; {known.state} had seen none of them: a copy of it may be trained on (--begin)"
