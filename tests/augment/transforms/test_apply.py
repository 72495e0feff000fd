import numpy as np
import pytest

from augment.layout import Layout
from augment.transforms.apply import apply
from augment.transforms.plan import plan, shrink
from augment.transforms.rules import RULES


@pytest.fixture(scope="module")
def picture():
    y, x = np.mgrid[0:80, 0:120]
    waves = [127 + 120 * np.sin(x / a + y / b) for a, b in ((9, 23), (17, 11), (31, 7))]
    return np.stack(waves, axis=2).astype(np.uint8)


@pytest.fixture(scope="module")
def mask(picture):
    found = np.zeros(picture.shape[:2], np.uint8)
    found[20:60, 30:90] = 255
    return found


def composed(recipe, **targets):
    """What albumentations' own pipeline makes of a recipe."""
    import albumentations

    steps = []
    for step in recipe["transforms"]:
        values = {k: tuple(v) if isinstance(v, list) else v for k, v in step.items()}
        steps.append(getattr(albumentations, values.pop("name"))(p=1.0, **values))
    return albumentations.Compose(steps, seed=recipe["seed"])(**targets)


def recipes(names):
    """Three recipes with arguments of all that the rules allow."""
    specs = {
        name: {"p": 1.0, **{k: [low, high] for k, (low, high) in RULES[name].bounds.items()}}
        for name in names
    }
    for index in range(3):
        recipe = plan("photometric", "picture", index, names, specs, Layout(None, 0.0))
        yield recipe | {"transforms": shrink((80, 120, 3), 100) + recipe["transforms"]}


OWN = [name for name in RULES if name != "LongestMaxSize"]


@pytest.mark.parametrize(
    "names", [*([name] for name in OWN), ["HorizontalFlip", "Rotate", "GaussNoise", "ToGray"]]
)
def test_a_recipe_gives_what_a_pipeline_of_albumentations_gives_to_the_byte(names, picture, mask):
    for recipe in recipes(names):
        expected = composed(recipe, image=picture, mask=mask)
        drawn = apply(recipe, picture, mask)
        assert np.array_equal(drawn.pixels, expected["image"])
        assert np.array_equal(drawn.mask, expected["mask"])
        assert np.array_equal(apply(recipe, picture).pixels, expected["image"])
