from align.tokens import LONGEST, sentences


def test_a_caption_is_parted_at_the_ends_of_its_sentences(words):
    parts = sentences("Left: cat. A dog's hat, red", words)
    assert [[t.text for t in part] for part in parts] == [
        ["left"], ["cat"], ["a", "dog", "'s", "hat", ",", "red"],
    ]  # fmt: skip


def test_a_long_sentence_is_read_in_parts(words):
    parts = sentences("dog " * (LONGEST + 3), words)
    assert [len(part) for part in parts] == [LONGEST, 3]


def test_nothing_makes_no_part(words):
    assert sentences(" ... ", words) == []
