"""What MixGen, Mixup and CutMix promise together; each has a file for what is its own."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from PIL import Image

from augment.composition import mixing, partners
from augment.made import Context
from augment.methods import cutmix, mixgen, mixup
from curate.dataset import pixels, record, sets, tables
from curate.dataset.shards import ShardReader

METHODS = {"mixgen": mixgen, "mixup": mixup, "cutmix": cutmix}


@pytest.fixture
def training(project, write_set):
    """Writes a training table of (bytes, language, caption[, source]) rows; gives its context."""

    def write(*pairs, licence="CC0-1.0", labels=None):
        table = write_set(project / "pool", list(pairs))
        place = pa.array(["pool"] * table.num_rows, pa.string())
        table = table.add_column(1, sets.LOCATED.field("set"), place)
        if callable(licence):
            column = pa.array([licence(row) for row in table.to_pylist()], pa.string())
            table = table.set_column(
                table.column_names.index("licence"), sets.LOCATED.field("licence"), column
            )
        file = project / "training.parquet"
        tables.write(table, file, ["image", "uid"], sets.LOCATED)
        return tables.read(file), Context(file, Path("packages"), labels, None)

    return write


def pictures(drawn):
    return [
        (drawn("square", "red"), "en", "A box."),
        (drawn("circle", "blue"), "en", "ball"),
        (drawn("triangle", "green"), "en", "A tent!"),
        (drawn("square", "black", 64), "en", "chip"),
    ]


@pytest.fixture(params=METHODS)
def method(request):
    return METHODS[request.param]


def test_a_mixture_is_made_again_from_its_recipe_byte_for_byte(training, drawn, method):
    rows, context = training(*pictures(drawn))
    batch = method.make(rows, context, method.Params(per_image=3))
    assert len(batch.made) == 12
    pool = partners.training(context.training)
    owner = {row["uid"]: row["image"] for row in rows.to_pylist()}
    for made in batch.made:
        (caption,) = made.captions
        parents = [pool.picture(owner[uid]) for uid in (caption.parent, *caption.others)]
        assert [p.image for p in parents] == caption.recipe["images"]
        readers: dict[str, ShardReader] = {}
        data = [mixing.read(parent, readers) for parent in parents]
        assert method.remake(caption.recipe, data, context) == made.data
        assert pixels.probe(made.data) == ("jpg", made.width, made.height)


def test_a_joined_caption_is_told_again_and_another_is_found_out(training, drawn, method):
    rows, context = training(*pictures(drawn))
    owner = {row["uid"]: row["caption"] for row in rows.to_pylist()}
    for made in method.make(rows, context, method.Params()).made:
        (caption,) = made.captions
        given = [owner[uid] for uid in (caption.parent, *caption.others)]
        assert method.recaption(caption.recipe, given, "en") == caption.caption
        other = next(text for text in owner.values() if text not in given)
        assert method.recaption(caption.recipe, [given[0], other], "en") != caption.caption


def test_captions_are_joined_only_in_languages_that_both_have(training, drawn, method):
    rows, context = training(
        (drawn("square", "red"), "en", "box"),
        (drawn("square", "red"), "de", "Kiste"),
        (drawn("circle", "blue"), "en", "ball"),
        (drawn("circle", "blue"), "fr", "balle"),
    )
    batch = method.make(rows, context, method.Params())
    assert len(batch.made) == 2
    assert {c.lang for made in batch.made for c in made.captions} == {"en"}
    told = [c.caption.replace(".", "").split() for made in batch.made for c in made.captions]
    assert all({"box", "ball"} <= set(words) for words in told)


@pytest.mark.parametrize(
    "caption",
    [
        "two balls",
        "balls and bats",
        "the whole ball",
        "ball, filter applied",
        "8 balls",
        "a pair of balls",
    ],
)
def test_counts_groups_edges_and_processing_are_never_mixed(training, drawn, method, caption):
    rows, context = training(
        (drawn("square", "red"), "en", "box"), (drawn("circle", "blue"), "en", caption)
    )
    batch = method.make(rows, context, method.Params())
    assert batch.made == []
    assert {reason for _, reason, _ in batch.rejected} == {"no partner", "no caption to join"}


def test_colours_are_joined_where_no_pixel_changes_colour_and_nowhere_else(training, drawn, method):
    rows, context = training(
        (drawn("square", "red"), "en", "red box"), (drawn("circle", "blue"), "en", "blue ball")
    )
    batch = method.make(rows, context, method.Params())
    assert bool(batch.made) == (method is cutmix)


def test_sides_are_joined_where_the_picture_keeps_its_frame_and_nowhere_else(
    training, drawn, method
):
    rows, context = training(
        (drawn("square", "red"), "en", "box at left"), (drawn("circle", "blue"), "en", "ball")
    )
    batch = method.make(rows, context, method.Params())
    assert bool(batch.made) == (method is not cutmix)


def test_partners_have_the_same_licence(training, drawn, method):
    rows, context = training(*pictures(drawn), licence=lambda row: row["caption"][0])
    batch = method.make(rows, context, method.Params())
    licence = {row["uid"]: row["licence"] for row in rows.to_pylist()}
    assert len(batch.made) == 2  # "A box." and "A tent!"
    for made in batch.made:
        for caption in made.captions:
            assert licence[caption.parent] == licence[caption.others[0]] == "A"


def test_a_picture_is_not_mixed_with_its_own_caption(training, drawn, method):
    rows, context = training(
        (drawn("square", "red"), "en", "A box."), (drawn("square", "blue"), "en", "a box")
    )
    assert method.make(rows, context, method.Params()).made == []


def test_only_pictures_of_the_named_sources_are_mixed(training, drawn, method):
    named = [(*row, "stamps" if i < 2 else "manual") for i, row in enumerate(pictures(drawn))]
    rows, context = training(*named)
    batch = method.make(rows, context, method.Params(sources=("stamps",)))
    source = {row["uid"]: row["source"] for row in rows.to_pylist()}
    assert len(batch.made) == 2
    told = [c for made in batch.made for c in made.captions]
    assert {source[uid] for c in told for uid in (c.parent, *c.others)} == {"stamps"}


def test_what_would_hardly_show_is_not_mixed(training, drawn, method):
    rows, context = training(
        (drawn("square", "red"), "en", "box"), (drawn("square", "white"), "en", "ghost")
    )
    batch = method.make(rows, context, method.Params())
    assert batch.made == []
    assert {reason for _, reason, _ in batch.rejected} == {"too faint to be seen in the mixture"}


def test_an_english_caption_states_what_both_parents_state(training, drawn, method, project):
    rows, context = training(
        (drawn("square", "red"), "en", "box"), (drawn("circle", "blue"), "en", "ball")
    )
    same = {"node": 0, "kind": "object", "parent": None, "quantifier": None}
    nodes = [{"uid": row["uid"], "lemma": row["caption"], **same} for row in rows.to_pylist()]
    (project / "labels/scene").mkdir(parents=True)
    tables.write(pa.Table.from_pylist(nodes), project / "labels/scene/nodes.parquet", "uid")
    empty = pa.table({"uid": pa.array([], pa.string()), "edge": pa.array([], pa.int32())})
    tables.write(empty, project / "labels/scene/edges.parquet", "uid")
    context = Context(context.training, context.packages, project / "labels", None)
    batch = method.make(rows, context, method.Params())
    stated: dict[str, set[str]] = {}
    for fact in batch.rows["facts"]:
        stated.setdefault(fact["uid"], set()).add(fact["subject"])
    uids = {
        record.pair_uid(record.image_name(made.data), c.lang, c.caption)
        for made in batch.made
        for c in made.captions
    }
    assert stated == {uid: {"box", "ball"} for uid in uids}


def test_unusable_pictures_are_told_of(training, drawn):
    rows, context = training(
        (drawn("square", "red"), "en", "box"), (drawn("circle", "red", 20), "en", "ball")
    )
    batch = mixup.make(rows, context, mixup.Params())
    details = {reason: detail for _, reason, detail in batch.rejected}
    assert details.keys() == {"unusable picture", "no partner"}  # of the small one, of the other
    assert "20 x 20 is too small" in details["unusable picture"]


def test_a_partner_that_is_unusable_gives_way_to_the_next(training, drawn, method):
    small = [(drawn("circle", c, 20), "en", f"{c} ball") for c in ("red", "blue", "green")]
    good = [(drawn("square", "red"), "en", "box"), (drawn("triangle", "green"), "en", "tent")]
    rows, context = training(*good, *small)
    batch = method.make(rows, context, method.Params(per_image=4))
    owner = {row["uid"]: row["caption"] for row in rows.to_pylist()}
    mixed = [{owner[c.parent], owner[c.others[0]]} for m in batch.made for c in m.captions]
    assert mixed == [{"box", "tent"}] * 8
    unusable = {owner[uid] for uid, reason, _ in batch.rejected if reason == "unusable picture"}
    assert unusable <= {"red ball", "blue ball", "green ball"}


def test_a_whole_picture_is_scaled_into_its_box_on_its_own_ground(drawn):
    image = pixels.decode(drawn("square", "red"))
    fitted = np.asarray(mixing.fitted(image, 200, 96))
    assert fitted.shape == (96, 200, 3)
    assert (fitted[:, 52:148] == np.asarray(image)).all()
    assert (fitted[:, :52] == 255).all()


def test_no_band_of_colour_lies_beside_a_picture_that_fills_its_frame():
    stripes = np.zeros((60, 90, 3), np.uint8)
    stripes[:, :30], stripes[:, 30:60], stripes[:, 60:] = (200, 0, 0), (250, 220, 0), (0, 120, 60)
    stripes[::2, ::2] = 90
    fitted = np.asarray(mixing.fitted(Image.fromarray(stripes), 90, 90))
    assert (fitted[:15] == 255).all()
    assert (fitted[15:75] == stripes).all()


def test_what_is_made_of_a_picture_is_the_same_beside_any_others(training, drawn, method):
    rows, context = training(*pictures(drawn))
    apart = [
        one.data
        for image in sorted(rows["image"].to_pylist())
        for one in method.make(
            rows.filter(pc.equal(rows["image"], image)), context, method.Params()
        ).made
    ]
    assert apart == [one.data for one in method.make(rows, context, method.Params()).made]
