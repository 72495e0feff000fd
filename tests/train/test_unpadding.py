"""What is not there costs nothing and changes nothing."""

import pytest
import torch

from train.encoder import Encoder
from train.plan import Plan
from train.unpadding import packed, unpacked

VISIBLE = torch.tensor(
    [[1, 1, 0, 0, 1, 0], [1, 0, 0, 0, 1, 1], [0, 0, 0, 0, 0, 0]], dtype=torch.bool
)


def test_what_is_there_moves_to_the_front_in_its_order_and_back():
    x = torch.arange(18.0).view(3, 6, 1)
    short, there, places = packed(x, VISIBLE)
    assert short[0, :, 0].tolist() == [0, 1, 4]
    assert short[1, :, 0].tolist() == [6, 10, 11]
    assert there.tolist() == [[True] * 3, [True] * 3, [False] * 3]
    back = unpacked(short, places, 6)
    torch.testing.assert_close(back[VISIBLE], x[VISIBLE])
    assert back[0, ~VISIBLE[0], 0].tolist() == [0, 0, 0]


def test_what_each_sees_moves_with_it():
    sees = VISIBLE[:, :, None] & VISIBLE[:, None, :]
    sees[0, 1, 4] = False
    short, seen, _ = packed(torch.arange(18.0).view(3, 6, 1), sees)
    assert short[0, :, 0].tolist() == [0, 1, 4]
    assert seen[0].tolist() == [[True, True, True], [True, True, False], [True, True, True]]
    assert seen[1].all()
    assert not seen[2].any()


def test_a_full_sequence_among_them_leaves_all_as_they_are():
    full = VISIBLE.clone()
    full[1] = True
    x = torch.rand(3, 6, 2)
    short, there, places = packed(x, full)
    assert short is x
    assert there is full
    assert unpacked(short, places, 6) is x


@pytest.mark.parametrize("norm", ["pre", "post"])
def test_states_are_those_of_each_pair_alone_without_any_gap(norm):
    torch.manual_seed(0)
    plan = Plan("joint 2", width=16, heads=2, inner=32, text_tokens=4, regions=3, norm=norm)
    encoder = Encoder(plan).eval()
    words = torch.tensor([[1, 1, 1, 0], [1, 1, 0, 0]], dtype=torch.bool)
    regions = torch.tensor([[1, 0, 0], [1, 1, 0]], dtype=torch.bool)
    text, vision = torch.rand(2, 4, 16), torch.rand(2, 3, 16)
    said, seen = encoder(text, vision, words, regions)
    for row in range(2):
        one, other = words[row], regions[row]
        alone = encoder(
            text[row : row + 1, one],
            vision[row : row + 1, other],
            one[None, one],
            other[None, other],
        )
        torch.testing.assert_close(said[row, one], alone[0][0], atol=1e-6, rtol=1e-5)
        torch.testing.assert_close(seen[row, other], alone[1][0], atol=1e-6, rtol=1e-5)
