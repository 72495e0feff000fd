"""What could not be fetched is asked for again, and nothing else is."""

import pytest

from curate.dataset import errors
from tests._shop import digest


def test_failed_urls_alone_are_retried_and_the_set_is_as_if_they_had_never_failed(job, shop):
    shop.fails = {3: 503, 9: 500, 10: 404, 17: 429}
    figures = job.run()
    assert figures["ledger"]["refused"] == {
        "http 404": 1,
        "http 429": 1,
        "http 500": 1,
        "http 503": 1,
    }
    shop.fails = {10: 404, 17: 429}
    shop.asked.clear()
    figures = job.run(retry=True)
    assert shop.asked == {3: 1, 9: 1, 17: 1}
    assert figures["ledger"]["refused"] == {"http 404": 1, "http 429": 1}
    assert digest("data/pool") == job.undisturbed()
    shop.fails = {10: 404}
    job.run(retry=True)
    assert digest("data/pool") == job.undisturbed()


def test_a_retry_without_a_crawl_before_it_says_so(job):
    with pytest.raises(errors.SourceError, match=r"nothing to ask for again.*without --retry"):
        job.run(retry=True)


def test_after_an_error_what_failed_is_asked_for_again_and_the_rest_is_kept(job, shop):
    shop.fails = dict.fromkeys(range(20), 503)
    with pytest.raises(errors.RejectsError, match="83%"):
        job.run()
    shop.fails = {}
    shop.asked.clear()
    job.run()
    assert sorted(shop.asked) == list(range(20))
    assert digest("data/pool") == job.undisturbed()
