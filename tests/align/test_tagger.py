from align.tagger import tag


def tags(caption, words):
    return " ".join(f"{t.text}/{t.tag}" for t in tag(caption, words))


def test_tags_depend_on_the_words_around(words):
    assert tags("a grinning man", words) == "a/D grinning/A man/N"
    assert tags("a man is grinning", words) == "a/D man/N is/B grinning/G"
    assert tags("the cat's hat", words) == "the/D cat/N 's/S hat/N"
    assert tags("the cat is big", words) == "the/D cat/N is/B big/A"


def test_set_phrases_are_one_preposition(words):
    assert tags("cat on the left side of a box", words) == "cat/N on left side of/P a/D box/N"
    assert tags("cat next to a box", words) == "cat/N next to/P a/D box/N"


def test_a_quotation_is_one_token_without_its_marks(words):
    caption = "the “candy cane” flag"
    (quotation,) = [t for t in tag(caption, words) if t.text.startswith("candy")]
    assert caption[quotation.start : quotation.end] == "candy cane"


def test_spans_cut_words_out_of_the_caption_as_written(words):
    caption = "  A big-eyed CAT, 2.5 hats\tand\nmouse_box"
    found = [caption[t.start : t.end] for t in tag(caption, words)]
    assert found == ["A", "big-eyed", "CAT", ",", "2.5", "hats", "and", "mouse", "box"]


def test_upper_case_tells_a_name_from_a_pronoun(words):
    assert tags("US flag", words) == "us/N flag/N"
