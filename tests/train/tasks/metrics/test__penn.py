"""English words as Stanford's PTBTokenizer 3.4.1 gives them, in small letters and without marks."""

import pytest

from train.tasks.metrics import _penn


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("I don't know", "i do n't know"),
        ("He can’t, you cannot go.", "he ca n't you can not go"),
        ("Ain't isn't won't shan't", "ai n't is n't wo n't sha n't"),
        ("they'll we've he'd you're I'm", "they 'll we 've he 'd you 're i 'm"),
        ("A man's dogs' tails", "a man 's dogs tails"),
        ("a mother-in-law's hat", "a mother-in-law 's hat"),
        ("I'm gonna wanna gimme it", "i 'm gon na wan na gim me it"),
        ("five o'clock, the 1960's and '60s", "five o'clock the 1960 's and '60s"),
        ("at 3.5 miles, 1,000 people, 10:30", "at 3.5 miles 1,000 people 10:30"),
        ("-40 and +2.5 and $.50", "-40 and +2.5 and $ .50"),
        ("It's 5 a.m. in New York", "it 's 5 a.m. in new york"),
        ("at 5 a.m.", "at 5 a.m."),
        ("Mr. Smith of the U.S. army", "mr. smith of the u.s. army"),
        ("St. Mary's vs. Real, dogs, etc.", "st. mary 's vs. real dogs etc."),
        ("sign no. 5 says no.", "sign no. 5 says no"),
        ("A dog. A cat runs. on a board", "a dog a cat runs on a board"),
        ("a medium-dark blue T-shirt", "a medium-dark blue t-shirt"),
        ("black/white and 1/2 of it", "black/white and 1/2 of it"),
        ("50% off #1 AT&T black & white", "50 % off # 1 at&t black & white"),
        ("a 2x4 (red) [blue] {green}", "a 2x4 -lrb- red -rrb- -lsb- blue -rsb- -lcb- green -rcb-"),
        ('she said “hello” and "bye"', "she said hello and bye"),
        ("wait... what—really -- no - yes", "wait what really no yes"),
        ("A cat; a dog: a bird! really?", "a cat a dog a bird really"),
        ("mail me@x.com, http://x.com/y.", "mail me@x.com http://x.com/y"),
        ("café naïve", "café naïve"),
        ("... — !", ""),
    ],
)
def test_words_are_parted_as_the_evaluators_tokenizer_parts_them(text, told):
    assert _penn.words(text) == tuple(told.split())
