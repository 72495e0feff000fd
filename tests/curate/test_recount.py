import json
from pathlib import Path

import pytest

from curate import forget as command
from curate import recount
from curate.dataset.errors import DataError
from curate.stage.run import write_json

METRICS = Path("metrics/crawl.json")


@pytest.mark.parametrize("kind", ["url", "uid"])
def test_after_a_take_down_the_figures_are_those_of_a_new_crawl(job, shop, kind):
    shop.fails = {3: 404}
    figures = job.run()
    write_json(figures, METRICS)
    recount.refresh(Path("data/pool"), METRICS)
    write_json(figures, Path("same.json"))
    assert METRICS.read_bytes() == Path("same.json").read_bytes()
    from curate.dataset import tables

    pair = tables.read(Path("data/pool/pairs.parquet")).to_pylist()[4]
    command.forget(reason="asked", **{kind: [pair[kind]]})
    write_json(job.run("other/pool"), Path("new.json"))
    found = json.loads(METRICS.read_text())
    assert found == json.loads(Path("new.json").read_text())
    assert found["pairs"] == figures["pairs"] - 1
    assert found["ledger"]["refused"] == {"forgotten": 1, "http 404": 1}


def test_a_file_of_other_figures_is_refused(job):
    job.run()
    write_json({"pairs": 3}, METRICS)
    with pytest.raises(DataError, match="holds no figures of a crawl"):
        recount.refresh(Path("data/pool"), METRICS)
