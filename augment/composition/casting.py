"""What composing methods share: the things of the pool, their cut-outs, and partners for them."""

import functools
import itertools
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import PIL
from PIL import Image

from augment.composition import backdrops, colours, composing, mixing, naming, partners
from augment.composition.backdrops import Backdrop
from augment.composition.cutouts import cut_out
from augment.composition.naming import Thing
from augment.composition.placing import Place
from augment.composition.publishing import publish
from augment.composition.scenes import Part, Scene, Telling
from augment.made import Batch, Context, MethodParams
from curate.dataset.errors import DataError, ImageError
from curate.dataset.shards import ShardReader
from curate.stage.params import parameters

_LOOKED_AT, _TRIED = 5000, 40  # candidates for a partner: of all, and of those that fit
NO_NAME = "no plain name"
NO_CUT_OUT = "no cut-out"
NO_PARTNER = "no partner"


@parameters
class ComposingParams(MethodParams):
    """What every composing method is asked for."""

    sources: tuple[str, ...] = ()  # of the pictures whose objects are used; none: of every source


class Cast:
    """The things of the training pictures with their cut-outs; closes what it opened.

    Args:
        context: of the method; it needs the pool's labels.
        params: of the method.

    Raises:
        DataError: there are no labels.
    """

    def __init__(self, context: Context, params: ComposingParams) -> None:
        if context.labels is None:
            raise DataError("composing needs the pool's labels (scene, knowledge): pass --labels")
        self._context = context
        self._canvas = params.longest_side
        self._things = naming.things(context.training, context.labels)
        self._sources = params.sources
        self._namesakes: dict[tuple[str | None, str], list[Thing]] = defaultdict(list)
        for image in sorted(self._things.by_image):
            if (thing := self.thing(image)) is not None:
                self._namesakes[thing.picture.licence, thing.lemma].append(thing)
        self._readers: dict[str, ShardReader] = {}
        self.cut_out = functools.lru_cache(maxsize=256)(self._cut_out)

    def close(self) -> None:
        """Close the opened sets."""
        for reader in self._readers.values():
            reader.close()

    def thing(self, image: str) -> Thing | None:
        """The thing that a picture shows, if it has a plain name and is of a wanted source."""
        found = self._things.by_image.get(image)
        wanted = found is not None and (not self._sources or found.pair["source"] in self._sources)
        return found if wanted else None

    def partners(
        self, thing: Thing, fits: Callable[[Thing], bool], *draw: object
    ) -> Iterator[Thing]:
        """Things of the same licence that fit and have a cut-out, from a drawn place on."""
        around = partners.following(
            self._things.names[thing.picture.licence], thing.image, *map(str, draw)
        )
        near = itertools.islice(around, _LOOKED_AT)
        known = (other for name in near if (other := self.thing(name)) is not None)
        for other in itertools.islice(filter(fits, known), _TRIED):
            if self.cut_out(other.image) is not None:
                yield other

    def namesakes(self, thing: Thing) -> list[Thing]:
        """Other things of the same licence and object, in the order of their pictures' names."""
        same = self._namesakes[thing.picture.licence, thing.lemma]
        return [other for other in same if other.image != thing.image]

    def anchors(self, rows: Sequence[dict[str, Any]], batch: Batch) -> Iterator[Thing]:
        """The things among some rows' pictures; what is none is rejected."""
        for picture in partners.grouped(rows):
            thing = self.thing(picture.image)
            reason = NO_NAME if thing is None else NO_CUT_OUT
            if thing is not None and self.cut_out(thing.image) is not None:
                yield thing
                continue
            batch.rejected += [(pair["uid"], reason, "") for pair in picture.pairs]

    def shown(self, part: Part) -> Image.Image | None:
        """The object that a part shows, in the colour that it is painted in."""
        cutout = self.cut_out(part.thing.image)
        paint = part.painted and part.colour
        return colours.painted(cutout, paint) if cutout is not None and paint else cutout

    def before(
        self, scene: Scene, plan: Mapping[str, Any], *draw: object
    ) -> tuple[dict[str, Any], Backdrop] | None:
        """A scene's recipe before a picture from which every object stands out; None: none does."""
        things = [part.thing for part in scene.parts]
        cutouts = [image for part in scene.parts if (image := self.cut_out(part.thing.image))]
        for backdrop in backdrops.backdrops(
            things, self._context, self._sources, self._canvas, self._readers, *draw
        ):
            found = backdrops.before(plan, backdrop)
            if backdrops.all_stand_out(found, [*cutouts, backdrop.shown]):
                return found, backdrop
        return None

    def _cut_out(self, image: str) -> Image.Image | None:
        thing = self._things.by_image[image]
        try:
            return cut_out(mixing.read(thing.picture, self._readers))
        except ImageError:
            return None


def recipe(
    method: str,
    scene: Scene,
    places: Sequence[Place],
    ground: tuple[int, int, int],
    params: ComposingParams,
) -> dict[str, Any]:
    """All that is needed to draw a scene again from the pictures of its parts."""
    return {
        "method": method,
        "library": f"pillow {PIL.__version__}",
        "images": [part.thing.image for part in scene.parts],
        "canvas": [params.longest_side, params.longest_side],
        "ground": list(ground),
        "objects": [
            {"parent": owner, "box": list(place), **_paint(scene.parts[owner])}
            for owner, place in zip(scene.owners(), places, strict=True)
        ],
        "quality": params.quality,
    }


def _paint(part: Part) -> dict[str, str]:
    return {"colour": part.colour} if part.painted and part.colour else {}


def draw_scene(
    scene: Scene,
    plan: dict[str, Any],
    cast: Cast,
    batch: Batch,
    backdrop: Backdrop | None = None,
) -> dict[str, Telling]:
    """Draw a scene by its recipe and add it to a batch; returns uid -> how it tells the scene."""
    pictures = [image for part in scene.parts if (image := cast.cut_out(part.thing.image))]
    behind = [] if backdrop is None else [backdrop]
    composed = composing.compose(plan, [*pictures, *(one.shown for one in behind)])
    data = composing.encoded(composed.picture, plan)
    return publish(scene, plan, composed, data, batch, [one.uid for one in behind])
