"""Drawn pictures and the project's own code in; a folder in which the whole DAG runs, out."""

import json
import random
import shutil
import subprocess
from pathlib import Path

import yaml
from PIL import Image, ImageDraw

from tests._strange import CAPTIONS, LONG

ROOT = Path(__file__).resolve().parent.parent
CODE = ("curate", "augment", "align", "train", "dvc.yaml", "blocklist.txt")
CODE += (".dvcignore", ".gitignore", "forgotten.csv")
CODE += tuple(  # empty until something is asked for
    str(kept.parent.relative_to(ROOT)) for kept in sorted(ROOT.glob("metrics/*/.gitkeep"))
)
COLOURS = {"red": "rot", "green": "grün", "blue": "blau", "orange": "orange", "black": "schwarz"}
SHAPES = {"circle": "Kreis", "square": "Quadrat", "triangle": "Dreieck"}
PICTURES = 64
METHODS = ("photometric", "rewrite", "compose", "diffusion")  # of making; one of each kind
SIDE = 128  # pixels


def scene(number):
    """A picture of three shapes, drawn from its number, with a caption in two languages."""
    drawn = random.Random(number)
    image = Image.new("RGB", (SIDE, SIDE), "white")
    pen = ImageDraw.Draw(image)
    said = []
    for _ in range(3):
        colour, shape = drawn.choice(sorted(COLOURS)), drawn.choice(sorted(SHAPES))
        x, y, size = drawn.randrange(80), drawn.randrange(80), drawn.randrange(24, 48)
        if shape == "circle":
            pen.ellipse((x, y, x + size, y + size), fill=colour)
        elif shape == "square":
            pen.rectangle((x, y, x + size, y + size), fill=colour)
        else:
            pen.polygon([(x + size // 2, y), (x, y + size), (x + size, y + size)], fill=colour)
        said.append((colour, shape))
    english = " and ".join(f"a {colour} {shape}" for colour, shape in said)
    german = " und ".join(f"{SHAPES[shape]} in {COLOURS[colour]}" for colour, shape in said)
    return image, f"{english} near the number {number}\nde: {german}, Nummer {number}\n"


def draw_folder(folder):
    """Pictures, one copy, one near-duplicate, one broken file and one that nothing is said of."""
    folder.mkdir(parents=True)
    for number in range(PICTURES):
        image, text = scene(number)
        image.save(folder / f"{number:03}.png")
        (folder / f"{number:03}.txt").write_text(text, encoding="utf-8")
    image, text = scene(0)
    image.save(folder / "alike.jpg", quality=80)
    (folder / "alike.txt").write_text("three shapes that were saved again\n")
    shutil.copy(folder / "001.png", folder / "copy.png")
    shutil.copy(folder / "001.txt", folder / "copy.txt")
    (folder / "broken.png").write_bytes((folder / "002.png").read_bytes()[:200])
    (folder / "broken.txt").write_text("a broken picture\n")
    scene(1000)[0].save(folder / "silent.png")


def draw_strange(folder):
    """A picture for each caption that nobody expects, one of them very long."""
    folder.mkdir(parents=True)
    lines = []
    for number, text in enumerate((*CAPTIONS.values(), LONG)):
        scene(2000 + number)[0].save(folder / f"{number:03}.png")
        lines.append(json.dumps({"file_name": f"{number:03}.png", "caption": text}))
    (folder / "metadata.jsonl").write_text("\n".join(lines))


def small(params, site_url=None, methods=METHODS):
    """The project's own parameters, made small, with some of its methods of making."""
    read = ("wordnet-base", "cldr-core", "cldr-annotations-derived-full", "emoji-json")
    params["fetch"]["packages"] = {name: params["fetch"]["packages"][name] for name in read}
    params["crawl"]["sources"] = {
        "drawn": {"kind": "folder", "path": "pictures", "licence": "CC0-1.0"},
        "strange": {"kind": "folder", "path": "strange", "licence": "CC0-1.0"},
    }
    if site_url:
        params["crawl"]["sources"]["site"] = {
            "kind": "html",
            "seeds": [site_url],
            "private_hosts": ["127.0.0.1"],
            "contact": "mailto:tests@pairwright.invalid",
            "licence": "CC0-1.0",
            "delay": 0.0,
        }
    params["split"] |= {"train": 0.6, "validation": 0.2, "test": 0.2, "distance": 2}
    params["filter_network"]["sources"] = ["drawn"]
    params["filter_network"]["network"]["vocabulary"] = 400
    params["filter_network"]["training"] |= {"epochs": 4, "batch": 16}
    for rule in params["filter"]["rules"].values():
        rule["except_sources"] = ["strange"]  # all of it goes through all stages
        if rule.get("order"):
            rule["order"] = ["drawn", "site", "strange"]
    params["filter"]["rules"]["clip"]["at_least"] = -1.0
    params["filter_made"]["rules"]["clip"]["of_parent"] = -10.0
    params["diffusion_model"]["sources"] = ["drawn"]
    params["diffusion_model"]["squeezing"]["steps"] = 20
    params["diffusion_model"]["training"]["steps"] = 20
    params["diffusion_model"]["shown"] |= {"captions": 4, "steps": 2}
    params["make"]["photometric"]["share"] = 0.8
    params["make"]["diffusion"] |= {"prompts": {"count": 6, "least": 1}, "steps": 2}
    params["make"]["diffusion"]["judge"]["least"] = -1.0
    params["make"] = {name: params["make"][name] for name in methods}
    params["label_linked"]["regions"]["vocabulary"]["least"] = 1
    licences = params["snapshot"]["datasheet"]["licence_urls"]
    licences["CC0-1.0"] = "https://spdx.org/licenses/CC0-1.0.html"
    params["pretrain"]["imagebert"] |= {"steps": 12, "batch": 16, "log": 4, "validate": 6}
    params["evaluate"] |= {"candidates": 20, "task_pairs": 50}
    return params


def ours():
    return yaml.safe_load((ROOT / "params.yaml").read_text("utf-8"))


def call(*command, folder):
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def begin(folder, params):
    """Code, pictures and parameters in a folder, under git and DVC, with one commit."""
    for name in CODE:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    draw_folder(folder / "pictures")
    draw_strange(folder / "strange")
    (folder / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))
    (folder / "baseline.json").write_text("null\n")  # these pairs have no accepted version yet
    for command in (
        ("git", "init", "-q"),
        ("git", "config", "user.name", "t"),
        ("git", "config", "user.email", "t@t.invalid"),
        ("dvc", "init", "-q"),
        ("git", "add", "."),
        ("git", "commit", "-qm", "start"),
    ):
        done = call(*command, folder=folder)
        assert done.returncode == 0, done.stderr
    shutil.copytree(ROOT / ".dvc/plots", folder / ".dvc/plots")


def finished(folder, site_url):
    """Begin a project in a folder that is not there yet, and run `dvc repro` to its end."""
    begin(folder, small(ours(), site_url))
    done = call("dvc", "repro", folder=folder)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-8000:]
    return folder
