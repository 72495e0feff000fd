from curate.dataset.questions import KINDS, OPEN, QUESTIONS, YES_NO


def test_every_kind_is_answered_by_yes_and_no_or_by_a_word():
    assert set(KINDS) == set(YES_NO) | set(OPEN)
    assert not set(YES_NO) & set(OPEN)
    assert set(QUESTIONS.key) < set(QUESTIONS.schema.names)
