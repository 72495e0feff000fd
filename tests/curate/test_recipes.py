"""Presets from pictures to kept pairs, beside calculations that share nothing with our scorers."""

import io
import shutil
from pathlib import Path

import open_clip
import pytest
import torch
import yaml
from PIL import Image, ImageDraw

from curate import presets, recipes, score
from curate.dataset import sets
from curate.stage import params as parameter_file

ROOT = Path(__file__).resolve().parents[2]
ENGLISH = (
    "the {} boat is sailing on the quiet water",
    "a little {} house stands between the trees",
    "these {} flowers grow in the garden",
)
GERMAN = "das kleine {} Haus steht zwischen den Bäumen und der Straße"
SHORT = "ox"
COLOURS = ("red", "green", "blue", "orange", "navy", "gold")
SIDES = ((240, 240), (640, 200), (210, 500), (150, 400), (200, 640), (230, 300))  # pixels
ASKED = ("caption", "language", "image")


def drawn(colour, size, number):
    picture = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(picture)
    pen.ellipse((20, 20, 90 + 9 * number, 140), fill=colour)
    pen.rectangle((60 + 4 * number, 100, 130, 180), fill="grey")
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def pool(project, write_set):
    """36 pairs of pictures and captions by uid, as drawn and written; three scorers have run."""
    rows = []
    for number, colour in enumerate(COLOURS):
        for place, size in enumerate(SIDES):
            words = [*ENGLISH, GERMAN, SHORT][(number + 2 * place) % 5].format(colour)
            rows.append((drawn(colour, size, number), "en", words))
    written = write_set(Path("data/pool"), rows).to_pylist()
    for name in ASKED:
        params = parameter_file.load(ROOT / "params.yaml", f"score.{name}")
        score.main(name, Path("data/pool"), Path(f"data/scores/{name}.parquet"), params)
    shutil.copytree(ROOT / "presets", "presets")
    rules = "words: {column: caption.words, at_least: 3}"
    Path("params.yaml").write_text(f"filter: {{rules: {{{rules}}}}}\n")
    by_words = {(words, Image.open(io.BytesIO(data)).size): data for data, _, words in rows}
    return {
        row["uid"]: (by_words[row["caption"], (row["width"], row["height"])], row["caption"])
        for row in written
    }


def changed(name, change):
    """Write a preset anew."""
    file = Path("presets") / f"{name}.yaml"
    values = yaml.safe_load(file.read_text())
    change(values)
    file.write_text(yaml.safe_dump(values, sort_keys=False))
    return file


def kept(name):
    pairs = sets.located([Path("data/pool")])
    values = parameter_file.load(Path("presets") / f"{name}.yaml", "filter")
    keep = presets.keeps(values, pairs, Path("data/scores"), recipes.scores(Path("data")))
    return set(pairs.filter(keep).column("uid").to_pylist())


def told(capsys, name):
    presets.presets([name], Path("presets"), Path("data"), Path("params.yaml"), run=True)
    return capsys.readouterr().out


def english(words, least):
    """Written in English, of so many words and six characters."""
    return len(words.split()) >= least and len(words) >= 6 and "Haus" not in words


def best(values, share):
    least = sorted(values.values(), reverse=True)[round(share * len(values)) - 1]
    return {uid for uid, value in values.items() if value >= least}


def test_datacomp_basic_keeps_of_pictures_what_their_files_say(pool):
    expected = set()
    for uid, (data, words) in pool.items():
        short, long = sorted(Image.open(io.BytesIO(data)).size)
        if english(words, 3) and short >= 200 and long / short <= 3:
            expected.add(uid)
    assert 5 <= len(expected) <= 25
    assert kept("datacomp-basic") == expected


def test_image_based_and_clip_keep_what_the_bare_model_says(pool, tiny_clip, capsys, write_set):
    model = {"model": f"local-dir:{tiny_clip()}", "weights": None}
    target = [drawn("purple", (300, 300), 2), drawn("navy", (210, 500), 4)]
    write_set(Path("target"), [(data, "en", "a target") for data in target])
    score.main("clip", Path("target"), Path("t.parquet"), dict(model), Path("data/target"))
    name = "datacomp-image-clip"
    changed(name, lambda values: values["score"]["clip_l14"].update(model))
    assert f"{name} " in told(capsys, name)

    network, look = open_clip.create_model_from_pretrained(model["model"])
    read = open_clip.get_tokenizer(model["model"])

    def seen(data):
        picture = look(Image.open(io.BytesIO(data)).convert("RGB"))
        return network.encode_image(picture[None], normalize=True)[0]

    with torch.inference_mode():
        sought = torch.stack([seen(data) for data in target])
        cosine, near = {}, {}
        for uid, (data, words) in pool.items():
            cosine[uid] = (
                seen(data) @ network.encode_text(read([words]), normalize=True)[0]
            ).item()
            near[uid] = (sought @ seen(data)).max().item()
    alike = best(cosine, 0.3) & best(near, 0.24)
    expected = {uid for uid in alike if english(pool[uid][1], 2)}
    assert 0 < len(expected) < len(alike)
    assert kept(name) == expected


def test_what_ran_is_beside_the_pools_own_tables_and_yours_are_not_run_again(
    pool, tiny_clip, capsys
):
    model = {"model": f"local-dir:{tiny_clip()}", "weights": None}
    changed("datacomp-clip", lambda values: values["score"]["clip_l14"].update(model))
    before = sorted(Path("data/scores").iterdir())
    assert recipes.lacking(Path("presets/datacomp-clip.yaml"), Path("data")) == ["clip_l14"]
    told(capsys, "datacomp-clip")
    assert recipes.lacking(Path("presets/datacomp-clip.yaml"), Path("data")) == []
    assert sorted(Path("data/scores").iterdir()) == before
    shutil.move("data/presets/scores/clip_l14.parquet", "data/scores")
    told(capsys, "datacomp-clip")
    assert list(Path("data/presets/scores").iterdir()) == []
    assert 0 < len(kept("datacomp-clip")) < len(pool)


def test_weights_that_are_not_there_are_told_with_how_to_get_them(pool, capsys):
    lost = {"weights": "lost/b32.pt"}
    changed("laion-400m", lambda values: values["score"]["clip_b32"].update(lost))
    out = told(capsys, "laion-400m")
    assert "laion-400m: score.clip_b32: model 'ViT-B-32' with weights 'lost/b32.pt' cannot" in out
    assert "no checkpoint at lost/b32.pt" in out


def test_every_scorer_that_a_preset_asks_is_its_own_or_the_default_jobs():
    ours = yaml.safe_load((ROOT / "params.yaml").read_text())
    known = {name for section in recipes.SECTIONS for name in ours[section]}
    for file in sorted((ROOT / "presets").glob("*.yaml")):
        values = yaml.safe_load(file.read_text())
        own = {name for section in recipes.SECTIONS for name in values.get(section, {})}
        asked = {column.partition(".")[0] for column in columns(values["filter"]["rules"])}
        assert asked <= known | own | {"pairs"}, file.name
        assert own <= asked | {
            values["score_embedded"]["norm_sim"]["of"] for _ in own & {"norm_sim"}
        }


def columns(rules):
    for rule in rules.values():
        if "column" in rule:
            yield rule["column"]
        yield from columns(rule.get("all_of", {}))


def test_a_section_of_scorers_with_nothing_below_it_asks_for_none(tmp_path):
    preset = tmp_path / "own.yaml"
    preset.write_text("score:\nfilter: {rules: {}}\n")
    assert recipes.lacking(preset, tmp_path) == []
