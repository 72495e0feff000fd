import torch

from tests import _peers as peers
from train.encoder import Encoder
from train.models import vilbert


def test_base_has_twelve_layers_of_words_six_of_regions_and_six_of_co_attention():
    plan = vilbert.plan(vilbert.Params(size="base"))
    words, meeting = Encoder(plan).parts
    assert len(words.layers) + len(meeting.layers) == 12
    assert len(meeting.layers) == 6
    assert {layer.vision.up.weight.shape for layer in meeting.layers} == {(1024, 1024)}
    assert {layer.text.up.weight.shape for layer in meeting.layers} == {(3072, 768)}
    assert plan.pooled_width == 1024


def test_matching_is_read_from_the_first_word_and_the_whole_picture():
    ours, some = peers.small(vilbert, "text 1 | coattention 1", vision_width=32), peers.batch()
    text, vision, there = ours.vision.embed(ours.text, some)
    text, vision = ours.encoder(text, vision, some.words, there)
    wanted = ours.pool.text(text[:, 0]).relu() * ours.pool.vision(vision[:, 0]).relu()
    states = ours.states(some)
    torch.testing.assert_close(states.pooled, wanted)
    assert torch.equal(states.vision, vision[:, 1:])


def test_the_whole_picture_has_the_frame_as_box():
    ours, some = peers.small(vilbert, "coattention 1"), peers.batch()
    _, boxes, _ = ours.vision.seen(some.features, some.boxes, some.regions, some.hidden)
    assert ours.vision._encode(boxes)[:, 0].tolist() == [[0.0, 0.0, 1.0, 1.0, 1.0]] * 4


def test_soft_labels_are_learnt_of_regions_that_are_hidden_with_what_overlaps_them():
    paper, code = (vilbert.plan(vilbert.Params(follow=way)) for way in ("paper", "code"))
    assert paper.objectives["mrckl"] == {"kept": 0.1, "overlap": 0.4, "deep": True}
    assert code.objectives["mrckl"]["overlap"] is None
