import base64
import random
import string

import pytest
from sklearn.metrics import roc_auc_score

from curate.dataset import oddness

REAL = """
Example of using Rounded rectangle on a selection
The option is checked. The crop rectangle extends outside the canvas.
The Linear light, sRGB, and LAB channel encodings compared.
Deuteranopia; in deuteranopia, yellow is shifted toward red.
Layers dialog where a layer group is selected.
The same pressing Ctrl
Save a .gbr brush
The “Filters” menu
The gradient editor
Applying “Flip Layer Horizontally”
The selected layer after threshold fit
A selection and the Selection Editor
“Placement” tab options
Rotation tool options
A sitting gnu.
“T-intersection”.
A rainbow lorikeet.
A mountaingoat.
The letter g.
Two wild boars.
“No U-Turn”.
The letter m.
Not equal to.
A head of lettuce.
A quarter of pizza.
A head of red lettuce.
The sign for the number 5 in American Sign Language.
Laser Printer. Zip, zap, wow!
anxious face with sweat
curling stone
foot: medium-dark skin tone
woman technologist: medium-dark skin tone
cherry blossom
man: light skin tone, white hair
black small square
man pouting: medium-dark skin tone
sparkling heart
woman walking: dark skin tone
person playing handball: medium-light skin tone
pinching hand: medium-light skin tone
person running: medium-light skin tone
woman shrugging
Lucchetto grigio
toon-battery for a gensplash [boot image] theme
Celtic Solomons Knot
paper side 1
Hotel Icon Satellite TV
British Virgin Islands
Acoustic Guitar
Chalet di montagna Architetto Francesco Rollandin
Naval Semaphore Flag z
Double Arrow Sign
Font Samples
Turkey on Platter
Lightbulb sketch
crosses 1 pattern
""".strip().splitlines()  # captions of the demo's packages; nothing was fitted on any


def shuffled(text, rng):
    return "".join(rng.sample(text, len(text)))


def mashed(text, rng):
    return "".join(rng.choice(string.ascii_lowercase) if one != " " else one for one in text)


def encoded(text, rng):
    return base64.b64encode(rng.randbytes(len(text))).decode()[: len(text)]


@pytest.mark.parametrize(("noise", "least"), [(shuffled, 0.95), (mashed, 0.97), (encoded, 0.98)])
def test_noise_is_odder_than_captions_that_people_wrote(noise, least):
    rng = random.Random(0)
    made = [noise(text, rng) for text in REAL for _ in range(5)]
    of_noise = [odd for odd in map(oddness.oddness, made) if odd is not None]
    of_real = [odd for odd in map(oddness.oddness, REAL) if odd is not None]
    truth = [0] * len(of_real) + [1] * len(of_noise)
    assert len(of_real) > 50
    assert roc_auc_score(truth, of_real + of_noise) > least


def test_pieces_are_those_of_the_model_whose_vocabulary_it_is():
    import open_clip

    known = open_clip.SimpleTokenizer()
    for text in [*REAL, "it's 3 o'clock!!", "schön, 赤い丸"]:
        plain = text.replace("“", '"').replace("”", '"')  # as that tokenizer cleans it
        assert oddness._tokenizer().encode(plain.lower()).ids == known.encode(plain)


def test_of_what_is_too_short_nothing_is_said():
    assert oddness.oddness("") is None
    assert oddness.oddness("A   y a k .") is None
    assert oddness.oddness("A RED CIRCLE") == oddness.oddness("a red circle") > 0


def test_numbers_make_no_caption_odd():
    assert oddness.oddness("Boeing 737-800") is None
    assert oddness.oddness("1920 x 1080") is None
    plain = oddness.oddness("a photo taken in Rome at noon")
    for told in ("12/24/2019", "1,200.50", "10:30", "7"):
        assert oddness.oddness(f"a photo taken in Rome {told} at noon") == plain


def test_digits_within_a_word_count_as_they_do_in_noise():
    assert oddness.oddness("HASH(0x8a40c04)") > 9
    assert oddness.oddness("a1b2c3d4e5f6a7b8c9") > 9
