import pytest

from train.policies import ranking


def reached(**by_policy):
    return {name: dict(enumerate(values)) for name, values in by_policy.items()}


PROXY = reached(a=[4.0, 5.0], b=[3.0, 3.0], c=[2.0, 1.0], d=[1.0, 2.0])


def test_tau_is_that_of_the_pairs_of_policies_that_stand_alike():
    other = reached(a=[9.0, 9.0], b=[8.0, 6.0], c=[7.0, 7.0], d=[1.0, 1.0])
    found = ranking.agreement(PROXY, other)
    # means: a > b > (c = d) beside a > (b = c) > d: of 6 pairs 4 alike, a tie in each
    assert found["tau"] == pytest.approx(4 / 5)
    # seed 0: a b c d in both; seed 1: a b d c beside a c b d
    seed = (6 / 6, 2 / 6)
    assert found["seeds"]["mean"] == pytest.approx(sum(seed) / 2)
    wide = 12.706205 * (seed[0] - seed[1]) / 2  # t of one degree of freedom
    assert found["seeds"]["low"] == pytest.approx(sum(seed) / 2 - wide)
    assert found["policies"] == 4


def test_a_ranking_agrees_with_itself_and_is_turned_round_by_its_reverse():
    assert ranking.agreement(PROXY, PROXY)["tau"] == pytest.approx(1)
    turned = {name: {s: -v for s, v in of.items()} for name, of in PROXY.items()}
    found = ranking.agreement(PROXY, turned)
    assert found["tau"] == pytest.approx(-1)
    assert found["seeds"]["high"] == pytest.approx(-1)


def test_policies_that_are_all_alike_have_no_tau():
    same = reached(a=[1.0], b=[1.0])
    found = ranking.agreement(same, reached(a=[1.0], b=[2.0]))
    assert (found["tau"], found["p"], found["seeds"]["mean"]) == (None, None, None)


def test_each_model_ranks_and_the_winner_is_compared_in_pairs_of_runs():
    larger = reached(a=[5.0, 7.0], b=[6.0, 6.0], c=[2.0, 2.0], d=[1.0, 1.0])
    found = ranking.ranking({"proxy": PROXY, "larger": larger}, "b", ["b", "a", "c"])
    ranks = {m: [own[p]["rank"] for p in "abcd"] for m, own in found["models"].items()}
    assert ranks == {"proxy": [1, 2, 3, 4], "larger": [1, 2, 3, 4]}
    assert found["models"]["proxy"]["c"]["winner_minus"]["mean"] == pytest.approx(1.5)
    assert found["models"]["proxy"]["c"]["points"]["mean"] == pytest.approx(1.5)
    assert found["holds"]["search"]["tau"] == pytest.approx(1 / 3)  # b a c beside a b c
    assert found["holds"]["search"]["policies"] == 3
    assert set(found["holds"]) == {"search", "larger"}
