from align import features, rules, tokens
from align.features import ATTRIBUTE_OF, RELATED, RELATED_BACK


def reading(caption, words):
    (part,) = tokens.sentences(caption, words)
    return features.read(part, rules.read(caption, words), words)


def test_what_the_rules_relate_is_told_of_both_directions(words):
    found = reading("a big dog on a hat", words)
    assert found.heads == [1, 2, 5]
    assert found.rules == {(1, 2): ATTRIBUTE_OF, (2, 5): RELATED, (5, 2): RELATED_BACK}
    assert found.edges[2, 5].lemma == "on"


def test_digits_are_one_word_and_pairs_know_their_distance(words):
    found = reading("12 dogs 34 hats", words)
    assert found.words == ["00", "dogs", "00", "hats"]
    places, apart, known = features.of_pairs(found, [(1, 3), (3, 1)])
    assert places.tolist() == [[1, 3], [3, 1]]
    assert (apart - features.FARTHEST).tolist() == [2, -2]
    assert known.shape == (2, features.PAIR_WIDTH)


def test_forms_that_training_has_not_are_certain(words):
    assert set(reading("the “kite” stamp", words).certain) == {1}
    assert set(reading("the letter k", words).certain) == {2}
    assert set(reading("no dogs", words).certain) == {1}
    assert reading("two dogs", words).certain == {}
