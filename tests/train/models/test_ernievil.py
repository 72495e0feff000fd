import dataclasses

import pytest

from train.models import ernievil, vilbert


@pytest.mark.parametrize("size", vilbert.RECIPE.sizes)
def test_streams_and_embeddings_are_vilberts(size):
    found, other = (m.plan(m.Params(size=size)) for m in (ernievil, vilbert))
    assert dataclasses.replace(found, objectives={}) == dataclasses.replace(other, objectives={})


def test_the_words_of_the_scene_graph_are_learnt_beside_vilberts_tasks():
    found, other = (m.plan(m.Params()).objectives for m in (ernievil, vilbert))
    assert found == {**other, "scenegraph": {}}
