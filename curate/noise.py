"""A picture or caption and a draw in; the same spoilt in one known way, out.

Kinds of noise of a web crawl, to be planted where it is to be known what is noise
(`curate.plant`): each is a function of what it spoils and of a name, from which alone it draws.
"""

import io

import numpy as np
from PIL import Image

from curate.rules.counts import hashes, unit

SHUFFLED = "shuffled"  # the caption of another picture
BOILERPLATE = "boilerplate"  # a stock phrase in another language than the caption's tag
DUPLICATE = "duplicate"  # the picture once more, smaller or encoded again
BLANK = "blank"  # one colour and nothing else
BROKEN = "broken"  # pixels of chance, as a wrong decoder leaves them
LEAKED = "leaked"  # a picture of the test split once more, as DUPLICATE
KINDS = (SHUFFLED, BOILERPLATE, DUPLICATE, BLANK, BROKEN, LEAKED)
OF_CAPTIONS = (SHUFFLED, BOILERPLATE)  # the others are of pictures, with all their captions
PHRASES = (
    "Haga clic aquí para obtener más información",
    "Añadir al carrito, envío gratuito a partir de {number} €",
    "Todos los derechos reservados {year}",
    "Kostenloser Versand ab {number} Euro, jetzt bestellen",
    "Diese Webseite verwendet Cookies, um Inhalte anzuzeigen",
    "Bild kann vom Original abweichen, Artikelnummer {number}",
    "Cliquez sur l'image pour l'agrandir",
    "Tous droits réservés, reproduction interdite, {year}",
    "Livraison offerte dès {number} euros d'achat",
    "Нажмите, чтобы увеличить изображение",
    "Купить в интернет-магазине с доставкой, артикул {number}",
    "Все права защищены, {year}",
    "画像をクリックすると拡大します",
    "無断転載を禁じます {year}",
    "カートに入れる 商品番号 {number}",
    "Kliknij, aby powiększyć zdjęcie",
    "Zaloguj się, aby zobaczyć cenę",
    "Clicca qui per ingrandire l'immagine",
)
_LONGEST = 256  # pixels of what is drawn
_SHRUNK = (0.6, 0.95)  # factor of a copy's sides
_QUALITY = (55, 91)  # of a copy's JPEG


def draws(name: str, number: int) -> np.ndarray:
    """Numbers above 0, up to 1, that a name gives, `(number,)`."""
    return unit(hashes(np.array([f"{name} {place}" for place in range(number)]), 0))


def phrase(name: str) -> str:
    """A stock phrase, some with a number that few others have."""
    which, number, year = draws(name, 3)
    said = PHRASES[int(which * len(PHRASES)) % len(PHRASES)]
    return said.format(number=10 + int(number * 990), year=1996 + int(year * 29))


def copied(picture: Image.Image, name: str) -> bytes:
    """The picture as a JPEG of less quality, in half of the cases smaller."""
    whether, factor, quality = draws(name, 3)
    if whether < 0.5:
        scale = _SHRUNK[0] + factor * (_SHRUNK[1] - _SHRUNK[0])
        size = (max(1, round(side * scale)) for side in picture.size)
        picture = picture.resize(tuple(size), Image.Resampling.LANCZOS)
    return _jpeg(picture, _QUALITY[0] + int(quality * (_QUALITY[1] - _QUALITY[0])))


def blank(picture: Image.Image, name: str) -> bytes:
    """One colour in the shape of the picture."""
    colour = tuple(int(value * 255) for value in draws(name, 3))
    return _jpeg(Image.new("RGB", _size(picture), colour), 90)


def broken(picture: Image.Image, name: str) -> bytes:
    """Pixels of chance in the shape of the picture."""
    width, height = _size(picture)
    generator = np.random.default_rng(int(hashes(np.array([name]), 0)[0]))
    pixels = generator.integers(0, 256, (height, width, 3), np.uint8)
    return _jpeg(Image.fromarray(pixels), 90)


SPOILT = {DUPLICATE: copied, BLANK: blank, BROKEN: broken, LEAKED: copied}
"""Of the kinds of pictures: (picture, name) -> encoded bytes of a JPEG."""


def _size(picture: Image.Image) -> tuple[int, int]:
    scale = min(1.0, _LONGEST / max(picture.size))
    width, height = (max(1, round(side * scale)) for side in picture.size)
    return width, height


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return out.getvalue()
