import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

from align.mirrored import agree, named, shown
from curate.dataset import sides


def encoded(image):
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


@pytest.fixture(scope="module")
def arrow():
    image = Image.new("RGB", (120, 90), "white")
    ImageDraw.Draw(image).polygon([(10, 45), (60, 10), (60, 80)], fill="navy")
    return image


def test_a_mirrored_picture_is_told_by_its_pixels_however_it_was_turned_and_shaded(arrow):
    mirror = arrow.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    for angle in (-10, 0, 10):
        for level in (0.7, 1.2):
            straight = arrow.rotate(angle, fillcolor="white").point(lambda v, x=level: int(v * x))
            turned = mirror.rotate(angle, fillcolor="white").point(lambda v, x=level: int(v * x))
            assert shown(encoded(straight), encoded(arrow)) == {False}
            assert shown(encoded(turned), encoded(arrow)) == {True}


def test_a_symmetric_picture_may_be_shown_either_way_and_other_pictures_show_none(arrow):
    square = Image.new("RGB", (80, 80), "white")
    ImageDraw.Draw(square).rectangle((20, 20, 59, 59), fill="red")
    assert shown(encoded(square), encoded(square)) == {True, False}
    noise = np.random.default_rng(0).integers(0, 255, (80, 80, 3), np.uint8)
    assert shown(encoded(Image.fromarray(noise)), encoded(arrow)) == set()
    assert shown(encoded(Image.new("RGB", (9, 9), "red")), encoded(arrow)) == set()


TWO_SIDES = {  # language -> a caption that names two sides, and that of the mirrored picture
    "en": ("Left arrow curving right: dark", "Right arrow curving left: dark"),
    "de": ("Linker Schuh, Pfeil nach rechts", "Rechter Schuh, Pfeil nach links"),
    "es": ("ojo izquierdo, mano derecha", "ojo derecho, mano izquierda"),
    "fr": ("poing à gauche, main à droite", "poing à droite, main à gauche"),
    "ru": ("палец слева, левая рука", "палец справа, правая рука"),
    "ja": ("左向きの右手", "右向きの左手"),
}
LANGUAGES = sorted(sides.languages())


def test_the_known_answers_are_of_every_language_with_words_for_sides():
    assert sorted(TWO_SIDES) == LANGUAGES


@pytest.mark.parametrize("lang", LANGUAGES)
def test_in_a_mirror_each_side_is_exchanged_for_its_opposite_and_nothing_else(lang):
    before, right = TWO_SIDES[lang]
    (first, second), (other, _) = named(before, lang), named(right, lang)
    assert agree(right, before, lang, is_mirrored=True)
    assert agree(before, right, lang, is_mirrored=True)
    assert not agree(before, before, lang, is_mirrored=True)  # not swapped, or swapped twice
    half = before.casefold().replace(first, other, 1)
    assert named(half, lang) == [other, second]  # one of two was swapped
    assert not agree(half, before.casefold(), lang, is_mirrored=True)
    assert not agree(f"{right} x", before, lang, is_mirrored=True)
    assert not agree(right.replace(" ", "  ").replace("の", "と"), before, lang, is_mirrored=True)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_where_nothing_is_mirrored_the_sides_stay(lang):
    before, other = TWO_SIDES[lang]
    assert agree(before, before, lang, is_mirrored=False)
    assert not agree(other, before, lang, is_mirrored=False)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_word_for_a_side_is_false_in_a_mirror_where_it_stays(lang):
    for word in (*sides.of(lang).words, *sides.of(lang).opposites):
        caption = f"a {word.replace('*', '')}, b"
        assert named(caption, lang), word
        assert not agree(caption, caption, lang, is_mirrored=True), word


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_word_with_an_opposite_is_true_in_a_mirror_as_that(lang):
    for word, other in sides.of(lang).opposites.items():
        for one, two in ((word, other), (word.capitalize(), other.capitalize())):
            assert agree(f"{two} b", f"{one} b", lang, is_mirrored=True), word


def test_sides_are_whole_words():
    assert named("Left-facing fist, upright; the rightmost bright copyright", "en-GB") == [
        *("left", "rightmost")
    ]
    assert named("svg_left_arrow", "en") == ["left"]
    assert named("правило", "ru") == named("schlecht", "de") == []


def test_of_a_language_without_words_no_side_is_told():
    assert named("mano sinistra", "it") == []
