"""Items wait in little room, and come out as they went in."""

import pickle
import tracemalloc
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from curate.packed import Packed
from curate.sources import Refusal, webdataset
from curate.sources._tars import Member

values = st.one_of(st.text(), st.integers(), st.binary(), st.none(), st.just(Path("a/b.png")))


def sample(number):
    name = f"{number:09}.jpg"
    picture = Member(name, 512 * number, 1200 + number % 300)
    said = (("json", Member(f"{number:09}.json", 512 * number + 1024, 110)),)
    return webdataset.Item(
        f"web/00.tar#{name}", "web/00.tar", "7-9", "web/00.tar", picture, said, (), ()
    )


@given(st.lists(st.tuples(values, values), max_size=20))
def test_items_come_out_as_they_went_in_also_in_another_process(items):
    packed = pickle.loads(pickle.dumps(Packed(items)))
    assert len(packed) == len(items)
    assert list(packed) == items
    assert list(packed) == items  # as often as they are asked for


def test_refusals_wait_among_them():
    items = [sample(1), Refusal("a.tar#2", "no picture", "none of jpg")]
    assert list(Packed(items)) == items


def test_samples_that_wait_take_a_tenth_of_their_room_at_most():
    def held(make):
        tracemalloc.start()
        kept = make()
        size = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        return size, kept

    as_they_are, items = held(lambda: [sample(number) for number in range(1024)])
    Packed(items)  # the first time is pickle's own
    waiting, _ = held(lambda: Packed(items))
    assert waiting * 10 < as_they_are
