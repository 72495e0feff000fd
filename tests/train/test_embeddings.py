import pytest
import torch
from transformers import BertConfig
from transformers.models.bert.modeling_bert import BertEmbeddings

from curate.dataset.errors import ParamsError
from train.boxes import corners_area
from train.embeddings import TextEmbedding, VisionEmbedding
from train.plan import Plan, Sizes

SIZES = Sizes(vocabulary=50, features=6, classes=4)


def plan(**changed):
    values = {"streams": "joint 1", "width": 8, "heads": 2, "inner": 16, "dropout": 0.0}
    return Plan(**{**values, "text_tokens": 12, "regions": 4, **changed})


def regions(number=3, count=4):
    features = torch.randn(number, count, 6)
    boxes = torch.rand(number, count, 4)
    there = torch.ones(number, count, dtype=torch.bool)
    return features, boxes, there, torch.zeros_like(there)


def test_words_are_embedded_as_bert_embeds_them():
    ours = TextEmbedding(plan(), SIZES).eval()
    config = BertConfig(vocab_size=50, hidden_size=8, max_position_embeddings=12, type_vocab_size=2)
    theirs = BertEmbeddings(config).eval()
    theirs.word_embeddings.weight.data = ours.word.weight.data
    theirs.position_embeddings.weight.data = ours.position.weight.data
    theirs.token_type_embeddings.weight.data = ours.segment.weight.data
    torch.nn.init.normal_(ours.norm.weight)
    theirs.LayerNorm.load_state_dict(ours.norm.state_dict())
    tokens = torch.randint(0, 50, (3, 9))
    torch.testing.assert_close(ours(tokens), theirs(tokens))


def test_what_no_embedding_can_be_is_said():
    with pytest.raises(ParamsError, match=r"entities: true needs vectors.*leave `entities` out"):
        TextEmbedding(plan(entities=True), SIZES)
    with pytest.raises(ParamsError, match=r"no encoding of boxes 'round' \(known: .*corners_area"):
        VisionEmbedding(plan(box="round"), SIZES)


def test_what_a_noun_means_is_projected_and_added_before_the_norm():
    sizes = Sizes(vocabulary=50, features=6, classes=4, entities=3)
    ours = TextEmbedding(plan(entities=True), sizes).eval()
    tokens, entities = torch.randint(0, 50, (2, 5)), torch.zeros(2, 5, 3)
    entities[0, 2] = torch.randn(3)
    found, without = ours(tokens, entities), ours(tokens)
    summed = ours.summed(tokens)[0, 2] + ours.entity.weight @ entities[0, 2]
    torch.testing.assert_close(found[0, 2], ours.norm(summed))
    others = (entities == 0).all(-1)
    assert found[others].equal(without[others])


def test_a_visual_token_is_the_norm_of_feature_segment_box_and_one_shared_position():
    embedding = VisionEmbedding(plan(whole_image=False), SIZES).eval()
    torch.nn.init.normal_(embedding.segment)
    torch.nn.init.normal_(embedding.position)
    features, boxes, there, hidden = regions()
    found, _ = embedding(features, boxes, there, hidden)
    summed = (
        embedding.feature(features)
        + embedding.box(corners_area(boxes))
        + embedding.segment
        + embedding.position
    )
    torch.testing.assert_close(found, embedding.norm(summed))


def test_regions_have_no_order():
    embedding = VisionEmbedding(plan(whole_image=False), SIZES).eval()
    features, boxes, there, hidden = regions()
    turned = torch.tensor([2, 0, 3, 1])
    found, _ = embedding(features, boxes, there, hidden)
    again, _ = embedding(features[:, turned], boxes[:, turned], there, hidden)
    torch.testing.assert_close(found[:, turned], again)


@pytest.mark.parametrize("whole", [True, False])
def test_a_hidden_or_missing_feature_shows_nowhere(whole):
    embedding = VisionEmbedding(plan(whole_image=whole), SIZES).eval()
    features, boxes, there, hidden = regions()
    hidden[0, 1], there[1, 2] = True, False
    found, _ = embedding(features, boxes, there, hidden)
    other = features.clone()
    other[0, 1], other[1, 2] = 100.0, -100.0
    again, _ = embedding(other, boxes, there, hidden)
    assert torch.equal(found, again)


def test_the_whole_image_is_the_mean_of_the_regions_that_are_seen():
    embedding = VisionEmbedding(plan(), SIZES).eval()
    features, boxes, there, hidden = regions()
    hidden[0, 1], there[0, 3] = True, False
    found, present = embedding(features, boxes, there, hidden)
    assert found.shape == (3, 5, 8)
    assert present[:, 0].all()
    assert torch.equal(present[:, 1:], there)
    frame = torch.tensor([[[0.0, 0.0, 1.0, 1.0]]])
    alone = VisionEmbedding(plan(whole_image=False), SIZES).eval()
    alone.load_state_dict(embedding.state_dict())
    mean = features[0, [0, 2]].mean(0)[None, None]
    one = torch.ones(1, 1, dtype=torch.bool)
    wanted, _ = alone(mean, frame, one, ~one)
    torch.testing.assert_close(found[0, 0], wanted[0, 0])


def test_a_picture_with_every_region_hidden_gives_numbers():
    embedding = VisionEmbedding(plan(), SIZES).eval()
    features, boxes, there, hidden = regions()
    found, _ = embedding(features, boxes, there, ~hidden)
    assert torch.isfinite(found).all()
