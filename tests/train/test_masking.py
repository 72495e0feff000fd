import numpy as np
import torch

from tests._rates import assert_rate
from train import masking
from train.batch import Batch


def batch_of(number, length, matched=None):
    """Pairs whose words are token 7 throughout."""
    there = torch.ones(number, length, dtype=torch.bool)
    return Batch(
        keys=np.random.default_rng(0).integers(0, 2**63, number).astype(np.uint64),
        tokens=torch.full((number, length), 7),
        words=there,
        features=torch.ones(number, length, 3),
        boxes=torch.zeros(number, length, 4),
        regions=there,
        hidden=torch.zeros_like(there),
        labels=torch.zeros(number, length, dtype=torch.long),
        matched=torch.ones(number, dtype=torch.bool) if matched is None else matched,
        maskable=torch.ones(number, 2, dtype=torch.bool),
    )


def test_words_are_chosen_at_the_rate_and_hidden_80_10_10(words):
    batch = batch_of(35_000, 20)
    chosen = masking.choose(batch, batch.words, 0.15, "words", 0)
    masking.hide_words(batch, chosen, words, 0.1, 0.1, "words", 0)
    number = chosen.sum()
    assert_rate(number, chosen.numel(), 0.15)
    masked = (batch.tokens == words.mask) & chosen
    other = chosen & ~masked & (batch.tokens != 7)
    assert_rate(masked.sum(), number, 0.8)
    assert_rate(other.sum(), number, 0.1 * (1 - 1 / len(words.ordinary)))
    assert (batch.tokens[~chosen] == 7).all()
    assert np.isin(batch.tokens[other].numpy(), words.ordinary).all()


def test_a_word_that_is_replaced_becomes_each_ordinary_word_as_often(words):
    batch = batch_of(5000, 20)
    masking.hide_words(batch, batch.words, words, 0.0, 1.0, "words", 0)
    place = np.searchsorted(words.ordinary, batch.tokens.numpy())
    assert (words.ordinary[place] == batch.tokens.numpy()).all()
    for part in range(4):  # of the vocabulary
        of = np.arange(len(words.ordinary)) * 4 // len(words.ordinary) == part
        assert_rate(of[place].sum(), place.size, of.mean())


def test_regions_are_chosen_at_the_rate_and_zeroed_but_for_a_tenth():
    batch = batch_of(35_000, 20)
    chosen = masking.choose(batch, batch.regions, 0.15, "regions", 0)
    zeroed = masking.hide_regions(batch, chosen, 0.1, "regions", 0)
    assert_rate(chosen.sum(), chosen.numel(), 0.15)
    assert_rate(zeroed.sum(), chosen.sum(), 0.9)
    assert torch.equal(batch.hidden, zeroed)
    assert (chosen | ~zeroed).all()


def test_what_is_not_there_or_may_not_be_masked_is_never_chosen():
    batch = batch_of(50, 10)
    batch.maskable[:20] = False
    what = batch.words.clone()
    what[:, 5:] = False
    chosen = masking.choose_words(batch, what, 1.0, "words")
    assert not chosen[:20].any()
    assert not chosen[:, 5:].any()
    assert chosen[20:, :5].all()


def test_the_choice_does_not_depend_on_whether_a_pair_matches():
    matched = torch.arange(100) % 2 == 0
    one, two = batch_of(100, 10, matched), batch_of(100, 10, ~matched)
    assert torch.equal(
        masking.choose(one, one.words, 0.15, "words"), masking.choose(two, two.words, 0.15, "words")
    )


def test_two_tasks_with_one_purpose_choose_the_same_and_a_higher_rate_chooses_more():
    batch = batch_of(100, 10)
    first = masking.choose(batch, batch.regions, 0.15, "regions", 1)
    assert torch.equal(first, masking.choose(batch, batch.regions, 0.15, "regions", 1))
    assert not torch.equal(first, masking.choose(batch, batch.regions, 0.15, "regions", 2))
    assert (masking.choose(batch, batch.regions, 0.3, "regions", 1) | ~first).all()


def test_members_of_a_unit_are_chosen_together_and_each_at_the_rate():
    batch = batch_of(15_000, 20)
    units = (torch.arange(20) // 3 * 3).expand(15_000, -1)
    chosen = masking.choose(batch, batch.words, 0.15, "words", 0, units=units)
    assert torch.equal(chosen, chosen.gather(1, units))
    assert_rate(chosen[:, ::3].sum(), 15_000 * 7, 0.15)


def test_units_of_one_choose_what_no_units_choose():
    batch = batch_of(100, 20)
    alone = torch.arange(20).expand(100, -1)
    assert torch.equal(
        masking.choose(batch, batch.words, 0.15, "words"),
        masking.choose(batch, batch.words, 0.15, "words", units=alone),
    )


BOXES = torch.tensor(
    [[0, 0, 0.4, 1], [0.6, 0, 1, 1], [0.1, 0, 0.5, 1], [0.2, 0, 0.6, 1], [0.6, 0.9, 1, 1]]
)


def test_regions_that_overlap_are_a_group_even_by_way_of_a_third():
    there = torch.ones(1, 5, dtype=torch.bool)
    # neighbours among the first, third and fourth overlap by 0.3 / 0.5; first and fourth by 1/3
    assert masking.overlapping(BOXES[None], there, 0.5).tolist() == [[0, 1, 0, 0, 4]]
    assert masking.overlapping(BOXES[None], there, 0.7).tolist() == [[0, 1, 2, 3, 4]]
    assert masking.overlapping(BOXES[None], there, 0.1).tolist() == [[0, 1, 0, 0, 1]]
    there[0, 2] = False
    assert masking.overlapping(BOXES[None], there, 0.5).tolist() == [[0, 1, 2, 3, 4]]


def test_groups_of_regions_are_chosen_whole_and_at_the_rate():
    batch = batch_of(50_000, 5)
    batch.boxes = BOXES.expand(50_000, -1, -1)
    chosen = masking.choose_regions(batch, 0.15, 0.5, 0)
    assert torch.equal(chosen[:, 0], chosen[:, 2])
    assert torch.equal(chosen[:, 0], chosen[:, 3])
    assert not torch.equal(chosen[:, 1], chosen[:, 4])
    groups = chosen[:, [0, 1, 4]]
    assert_rate(groups.sum(), 150_000, 0.15)
    assert torch.equal(
        masking.choose_regions(batch, 0.15, None, 0),
        masking.choose(batch, batch.regions, 0.15, "regions", 0),
    )


def test_a_pair_of_which_nothing_is_chosen_gets_its_first_word_or_any_region_with_its_unit():
    batch = batch_of(20_000, 5)
    units = torch.tensor([0, 0, 2, 3, 3]).expand(20_000, -1)
    what = batch.words.clone()
    what[::2, :2] = False  # the first that may be chosen is the third
    free = masking.choose_words(batch, what, 0.1, "words", units=units)
    forced = masking.choose_words(batch, what, 0.1, "words", units=units, forced=True)
    lacking = ~free.any(1)
    assert torch.equal(forced[~lacking], free[~lacking])
    assert forced[lacking].any(1).all()
    first = torch.tensor([[True, True, False, False, False], [False, False, True, False, False]])
    wanted = torch.where((torch.arange(20_000) % 2 == 0)[:, None], first[1], first[0])
    assert torch.equal(forced[lacking], wanted[lacking])
    batch = batch_of(100_000, 5)
    regions = masking.choose_regions(batch, 0.0, None, forced=True)
    assert (regions.sum(1) == 1).all()
    for place in range(5):
        assert_rate(regions[:, place].sum(), 100_000, 0.2)


def test_of_a_pair_either_words_or_regions_are_masked_as_likely_the_one_as_the_other():
    batch = batch_of(101_000, 1)
    batch.maskable[:1000] = False
    masking.choose_sides(batch, 0)
    words = masking.choose_words(batch, batch.words, 1.0, "words")
    regions = masking.choose_regions(batch, 1.0, None)
    assert not words[:1000].any()
    assert not regions[:1000].any()
    assert (words ^ regions)[1000:].all()
    assert_rate(words.sum(), 100_000, 0.5)


def test_a_caption_without_its_picture_has_no_region_and_no_match_but_its_words_count():
    batch = batch_of(100_000, 2)
    batch.matched[:1000] = False
    masking.withhold(batch, 0.5, 0)
    assert_rate(batch.withheld.sum(), 100_000, 0.5)
    assert not batch.regions[batch.withheld].any()
    assert batch.regions[~batch.withheld].all()
    assert not (batch.matched & batch.withheld).any()
    counted = masking.counted(batch, mismatched=False)
    assert torch.equal(counted, batch.matched | batch.withheld)
    assert masking.counted(batch, mismatched=True).all()


def test_a_tenth_of_the_chosen_regions_gets_another_pictures_feature():
    batch = batch_of(25_000, 5)
    batch.features = torch.arange(25_000.0)[:, None, None].expand(-1, 5, 3).clone()
    batch.regions = batch.regions.clone()
    batch.regions[:, 4] = False
    batch.features[:, 4] = -1.0
    before = batch.features.clone()
    chosen = batch.regions.clone()
    for _ in range(2):  # two tasks share the choice
        changed = masking.hide_regions(batch, chosen, 0.1, "regions", random=0.1)
    replaced = (batch.features != before)[..., 0]
    assert_rate(replaced.sum(), 100_000, 0.1)
    assert_rate(batch.hidden.sum(), 100_000, 0.8)
    assert torch.equal(changed, replaced | batch.hidden)
    assert not (replaced & batch.hidden).any()
    assert (batch.features[replaced] >= 0).all()  # of regions that are there
    assert torch.equal(masking.true_features(batch), before)


def test_another_pictures_feature_is_as_often_each_pairs_and_each_of_its_regions():
    number = 100_000
    batch = batch_of(number, 3)
    row, place = torch.arange(number), torch.arange(3)
    batch.features = (row[:, None] * 10 + place)[..., None].float()
    batch.regions = (place < 2).expand(number, -1)
    masking.hide_regions(batch, batch.regions, 0.0, "regions", random=1.0)
    lent = batch.features[:, 0, 0].long()
    ahead = (lent // 10 - row) % number
    assert (ahead > 0).all()  # never its own
    for part in range(4):
        assert_rate((ahead * 4 // number == part).sum(), number, 0.25)
    assert_rate((lent % 10 == 1).sum(), number, 0.5)


def test_so_many_cells_of_each_picture_are_read_and_each_as_often():
    batch = batch_of(100_000, 1)
    masking.sample(batch, 2, 6, "seed", 0)
    assert (batch.cells.sum(1) == 2).all()
    for cell in range(6):
        assert_rate(batch.cells[:, cell].sum(), 100_000, 2 / 6)
    assert_rate((batch.cells[:, 0] & batch.cells[:, 1]).sum(), 100_000, 1 / 15)  # any two of six
