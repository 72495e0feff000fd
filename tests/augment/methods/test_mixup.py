import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from augment.methods import mixgen, mixup

BLACK, WHITE = (Image.new("RGB", (40, 40), colour) for colour in ("black", "white"))


def test_the_share_is_the_first_pictures():
    blended = mixup.blend(BLACK, WHITE, {"longest_side": 256, "share": 0.6})
    assert blended.size == (40, 40)
    assert np.abs(np.asarray(blended).astype(int) - 102).max() <= 1


def test_mixgen_shows_both_half_and_half():
    recipe = {"longest_side": 32, **mixgen._plan("a", "b", 0)}
    blended = np.asarray(mixup.blend(BLACK, WHITE, recipe))
    assert blended.shape == (32, 32, 3)
    assert np.abs(blended.astype(int) - 127).max() <= 1


def test_a_bound_that_hides_a_picture_is_refused():
    with pytest.raises(ValidationError, match="least"):
        mixup.Params(least=0.1)
