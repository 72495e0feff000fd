"""`pairwright why UID`: a uid in; the pair's whole story, as lines for a reader, out."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from curate import listing

if TYPE_CHECKING:
    from curate.learning import Learnt
    from curate.story import Row, Story

_FACTS = ("caption", "lang", "source", "url", "page", "licence")
_HIT = {"of", "item", "kind"}  # columns of a table of leaks
_LISTED = 10  # pairs of a list that are shown


def why(
    uid: Annotated[str, typer.Argument(help="Name of a pair, or how it begins.")],
    data: Annotated[Path, typer.Option(help="Folder of the tables.")] = Path("data"),
    params: Annotated[Path, typer.Option(help="Parameter file.")] = Path("params.yaml"),
    models: Annotated[Path, typer.Option(help="Folder of the models.")] = Path("models"),
) -> None:
    """Tell a pair's whole story: where it is from, its scores, what each rule said of it."""
    from curate.story import Project, tell

    for line in lines(tell(uid, Project(data, params, models))):
        typer.echo(line)


def lines(story: "Story") -> Iterable[str]:
    """A story, line by line."""
    yield from listing.table(facts(story))
    yield from ("", verdict(story))
    yield from listing.table([(f"  {name}", *cells) for name, *cells in rulings(story)])
    if story.scores:
        yield from ("", "Scores")
        yield from listing.table([(f"  {scorer}", said) for scorer, said in scores(story)])
    yield from _listed("Other pairs of this picture", story.others)
    yield from _listed("Pictures that look alike, by bits of difference", story.alike, "bits")
    yield from _listed("Made from", story.parents)
    yield from _listed("Made from it", story.children)
    yield from _partners(story.partners)
    yield ""
    yield from endings(story)


def facts(story: "Story") -> list[tuple[str, str]]:
    """What a pair is and where it is from: names and values."""
    pair = story.pair
    found = [("uid", pair["uid"]), *((name, pair[name]) for name in _FACTS)]
    found += [
        ("picture", f"{pair['image']}, {pair['width']} × {pair['height']} pixels"),
        ("bytes", f"{pair['set']}/{pair['shard']}, {pair['size']:,} from {pair['offset']:,}"),
        ("made by", pair["source"] if story.made else None),
        ("recipe", listing.recipe(pair["recipe"])),
        ("states", ", ".join(map(_fact, story.facts))),
        ("split", story.split and f"{story.split['split']} (group {story.split['group']})"),
        *(("cluster", _cluster(row)) for row in story.scores.values() if "keeper" in row),
        *(
            ("leak", _leak(row))
            for row in story.scores.values()
            if row.keys() >= _HIT and row["of"]
        ),
    ]
    return [(name, str(value)) for name, value in found if value]


def endings(story: "Story") -> Iterable[str]:
    """The snapshots that hold a pair or refused it, and the models that saw it, a line each."""
    if not story.snapshots and not story.refusals:
        yield "In no snapshot"
    for said in story.refusals:
        yield f"Left out of {said['place']}: {said['reason']} ({said['detail']})"
    for held in story.snapshots:
        name = f"{held.get('name', '')} {held.get('version', '')}".strip() or "a snapshot"
        yield f"In {held['place']} ({name}, id {held.get('id', '?')[:16]}): {held['split']}"
    yield from map(_learnt, story.learnt)


def _learnt(one: "Learnt") -> str:
    """What a model's training saw of a pair, in a line."""
    from curate.rules.words import word

    if not one.seen:
        return f"{one.model} did not see it in training"
    times = f"{one.seen:,} times, in steps {one.first:,} to {one.last:,}"
    told = [
        f"{task} {word(loss)} (more than {share:.0%} of the pairs)"
        for task, (loss, share) in one.losses.items()
    ]
    return f"{one.model} saw it {times}{'; mean losses: ' if told else ''}{', '.join(told)}"


def _fact(row: "Row") -> str:
    """A fact in words, as the table of counterfactuals has them."""
    from curate.dataset.truth import Fact

    return Fact(*(row[name] for name in Fact._fields)).words()


def _partners(pairs: "list[Row]") -> Iterable[str]:
    if not pairs:
        return
    yield from ("", f"Differs in one fact from ({len(pairs):,})")
    yield from listing.table(
        [(*_brief(pair, "")[:4], f"{pair['here']}; there: {pair['there']}") for pair in pairs]
    )


def _cluster(row: "Row") -> str:
    """A picture's cluster of duplicates, as the scorer `duplicates` names it."""
    if row["size"] == 1:
        return f"{row['cluster']}, of this picture alone"
    keeper = "this picture" if row["keeper"] else row["kept"]
    return f"{row['cluster']}, {row['size']:,} pictures, joined as {row['link']}; keeper: {keeper}"


def _leak(row: "Row") -> str:
    """What an evaluation set holds of the pair, as a scorer of leaks names it."""
    from curate.dataset.record import LEAK_KINDS

    return f"{LEAK_KINDS.get(row['kind'], row['kind'])} {row['item']} of {row['of']}"


def verdict(story: "Story") -> str:
    """Whether a pair is kept, and what decided it."""
    ruled = story.decision
    if ruled is None:
        return "Not decided: the filter has not seen it (dvc repro)"
    if not ruled["kept"]:
        others = [name for name in ruled["failed"] if name != ruled["reason"]]
        also = f"; also fails {', '.join(others)}" if others else ""
        return f"Dropped by {ruled['reason']}{_by(ruled['margin'])}{also}"
    if ruled["margin"] is None:
        return "Kept; no rule came near"
    return f"Kept; closest to failing {ruled['reason']}{_by(ruled['margin'])}"


def _by(margin: float | None) -> str:
    return "" if margin is None else f", margin {listing.signed(margin)}"


def rulings(story: "Story") -> list[tuple[str, ...]]:
    """What each rule said of a pair: its name, outcome, margin, the value, and what it asks."""
    return [
        (
            ruling.name,
            ruling.says.upper() if ruling.says == "failed" else ruling.says,
            listing.signed(ruling.margin),
            ruling.value,
            ruling.asks,
        )
        for ruling in story.rulings
    ]


def scores(story: "Story") -> list[tuple[str, str]]:
    """What each scorer said of a pair, in words."""
    from curate.rules.words import word

    rows: list[tuple[str, str]] = []
    for scorer, values in story.scores.items():
        said = [f"{name} {word(value)}" for name, value in values.items() if word(value)]
        rows.append((scorer, ", ".join(said)))
    return rows


def _listed(title: str, pairs: "list[Row]", first: str = "") -> Iterable[str]:
    if not pairs:
        return
    yield from ("", f"{title} ({len(pairs):,})")
    yield from listing.table([_brief(pair, first) for pair in pairs[:_LISTED]])
    if len(pairs) > _LISTED:
        yield f"  and {len(pairs) - _LISTED:,} more"


def _brief(pair: "Row", first: str) -> tuple[str, ...]:
    ruled = ""
    if "kept" in pair:
        ruled = "kept" if pair["kept"] else f"dropped by {pair['reason']}"
    row = (pair["uid"], pair["source"], pair["lang"], listing.short(pair["caption"]), ruled)
    return (f"  {pair[first]}", *row) if first else (f"  {row[0]}", *row[1:])
