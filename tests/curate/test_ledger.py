"""What became of every item, in figures and in a sentence."""

from pathlib import Path

import pyarrow as pa
import pytest

from curate import ledger
from curate.dataset import record, sets, tables
from curate.dataset.errors import DataError
from tests._shop import COUNT


def fetched(*rows: tuple[str, str, str | None]) -> pa.Table:
    named = [
        {"source": "web", "item": item, "outcome": outcome, "url": url}
        for item, outcome, url in rows
    ]
    return pa.Table.from_pylist(named, record.FETCHED)


def test_hosts_that_were_asked_for_or_gave_a_replaced_picture_are_flagged():
    figures = ledger.figures(
        fetched(
            ("http://img.bought.co.uk/1.png", "replaced", "http://parked.example/x.png"),
            ("http://img.bought.co.uk/2.png", "replaced", "http://img.bought.co.uk/2.png"),
            ("http://honest.example/1.png", "pair", "http://honest.example/1.png"),
            ("http://gone.example/1.png", "http 404", None),
            ("http://gone.example/", "page", None),
        ),
        listed=7,
        answered=7,
    )
    assert figures == {
        "listed": 7,
        "repeated": 2,
        "items": 5,
        "with_pairs": 1,
        "read": {"page": 1},
        "refused": {"http 404": 1, "replaced": 2},
        "hosts_of_replaced": {"img.bought.co.uk": 2, "parked.example": 1},
        "domains_of_replaced": {"bought.co.uk": 2, "parked.example": 1},
    }
    assert ledger.account(figures) == (
        "7 listed = 5 items + 2 repeated; "
        "5 items = 1 with pairs + 1 read (page 1) + 3 refused (http 404 1, replaced 2); "
        "hosts that no longer serve what they did: img.bought.co.uk 2, parked.example 1; "
        "their domains: bought.co.uk 2, parked.example 1"
    )


def test_an_account_that_is_wrong_does_not_pass():
    figures = ledger.figures(fetched(("a", "pair", None)), listed=1, answered=1)
    assert ledger.account(figures) == "1 listed = 1 items; 1 items = 1 with pairs + 0 refused"
    with pytest.raises(DataError, match="2 items, but 1 outcomes"):
        ledger.account(figures | {"listed": 2, "items": 2})
    with pytest.raises(DataError, match="2 listed, but 1 items, 0 repeated"):
        ledger.account(figures | {"listed": 2})


def test_the_ledger_names_every_url_once_and_times_lie_outside_of_the_set(job, shop):
    shop.fails = {5: 404}
    job.run()
    fetched = tables.read(Path("data/pool") / ledger.FILE).to_pylist()
    pairs = {
        row["url"]: row for row in tables.read(Path("data/pool") / sets.PAIRS_FILE).to_pylist()
    }
    assert [row["item"] for row in fetched] == sorted(f"{shop.root}/{n}.png" for n in range(COUNT))
    for row in fetched:
        if row["item"] == f"{shop.root}/5.png":
            assert (row["outcome"], row["status"], row["image"]) == ("http 404", 404, None)
        else:
            pair = pairs[row["item"]]
            assert (row["outcome"], row["status"], row["image"]) == ("pair", 200, pair["image"])
            assert (row["bytes"], row["sha256"][:32]) == (pair["size"], pair["image"])
    times = tables.read(Path("data/pool.times.parquet"))
    assert times.num_rows == COUNT
    assert not {"started", "seconds"} & set(fetched[0])
