"""A plan with weights: embeddings, encoder and the heads of its tasks; to a folder and back."""

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from curate.dataset.errors import ParamsError, WeightsError
from curate.stage import plugin
from curate.stage.params import build
from train import masking, media, passes, region_task, weights
from train.batch import Batch
from train.embeddings import MeanOfNorms, SumOfNorms, TextEmbedding, VisionEmbedding
from train.encoder import Encoder, set_epsilon
from train.grid import Grid
from train.joined import FURTHER, Joined
from train.objectives import Score, States, itm
from train.patches import Patches
from train.plan import Plan, Sizes, to_dict
from train.pooling import POOLS
from train.taps import tapped
from train.visibility import among, source

CONFIG_FILE = "config.json"
WEIGHTS_FILE = "model.safetensors"
VISUAL: dict[str, type[VisionEmbedding]] = {
    "sum": VisionEmbedding,
    "sum_of_norms": SumOfNorms,
    "mean_of_norms": MeanOfNorms,
    "joined": Joined,
    "patches": Patches,
    "grid": Grid,
}
"""Embeddings of pictures by the plan's name for them."""
_DEVIATION = 0.02  # of fresh weights, as in BERT
MATCHING = ("match", "itm")  # tasks whose heads judge a pair, what was fine-tuned first
_UNFIT = "{}: weights and config.json do not fit: {}"


def objective(name: str) -> ModuleType:
    """The module of one pretraining task.

    Raises:
        PluginError: there is no such file; says which there are.
    """
    return plugin.load("train.objectives", name)


class Model(nn.Module):
    """A vision-language model with its pretraining heads.

    Args:
        name: file in `train/models/` that the plan comes from.
        plan: layers, embeddings and tasks.
        sizes: vocabulary, feature length and classes.
    """

    def __init__(self, name: str, plan: Plan, sizes: Sizes) -> None:
        super().__init__()
        self.name, self.plan, self.sizes = name, plan, sizes
        self.build(plan, sizes)
        self.heads = nn.ModuleDict(
            {task: objective(task).Head(plan, sizes) for task in plan.objectives}
        )
        region_task.share(plan, self.heads)
        set_epsilon(self, plan)
        bound: list[Any] = [head for head in self.heads.values() if hasattr(head, "bind")]
        for head in bound:
            head.bind(self.heads)
        self._alone, self._tapped, self._parted = (
            {task for task in plan.objectives if getattr(objective(task), mark, False)}
            for mark in ("ALONE", "TAPPED", "PARTED")
        )
        self.fresh()

    def build(self, plan: Plan, sizes: Sizes) -> None:
        """Make the embeddings, the layers and the pool.

        Raises:
            ParamsError: they cannot do the plan's tasks.
        """
        alone = [t for t in plan.objectives if getattr(objective(t), "ALONE", False)]
        if alone and plan.kinds() != {"joint"}:
            raise ParamsError(
                f"layers {plan.streams!r} cannot read one side alone, as the task {alone[0]} asks; "
                f"leave it out (`objectives: {{{alone[0]}: null}}`) or take a model of joint layers"
            )
        region_task.check(plan)
        self.text = TextEmbedding(plan, sizes, FURTHER if plan.visual == "joined" else 0)
        self.vision = VISUAL[plan.visual](plan, sizes)
        self.media = media.embeddings(plan)
        self.encoder = Encoder(plan)
        self.pool = POOLS[plan.pool](plan)

    def fresh(self) -> None:
        """Draw the weights."""
        self.apply(_fresh)

    def states(self, batch: Batch, tap: bool = False) -> States:
        """Hidden states of a batch; `tap` asks for `States.taps`, too."""
        wanted = "mixable" in batch.notes or not self._alone.isdisjoint(batch.targets)
        bare = passes.unaligned(batch) if wanted else batch
        said, seen, there = self.vision.embed(self.text, bare)
        alone, shown = None, torch.empty(0)
        if wanted:
            alone, shown = self._each_alone(batch, said, seen, there)
        if bare is not batch:
            said, seen, there = self.vision.embed(self.text, batch)
        further = media.embedded(self.media, batch)
        visible = media.beside(seen, there, further)
        with tapped(self.encoder, tap) as taps:
            parted = batch.targets and self._parted.issuperset(batch.targets)
            text, beside = (said, visible[0]) if parted else self._encoded(batch, said, *visible)
        vision, together = beside[:, : seen.shape[1]], beside[:, seen.shape[1] :]
        sides = (said, batch.words), (seen, there)
        return States(
            text=text,
            vision=self.vision.regions(vision, batch),
            pooled=self.pool(text, vision),
            alone=alone,
            shown=shown,
            mixed=self._mixed(batch, alone, shown) if alone and "mixable" in batch.notes else None,
            apart=self._apart(batch) if "apart" in batch.notes else None,
            asked=self._asked(batch) if "question" in batch.notes else None,
            features=self.vision.standardise(masking.true_features(batch)),
            words=self.text.word.weight,
            taps=taps,
            projection=self.vision.projection(),
            media=media.read(self.encoder, batch, further, *sides, together),
        )

    def _encoded(
        self, batch: Batch, said: Tensor, seen: Tensor, there: Tensor
    ) -> tuple[Tensor, Tensor]:
        """States of embedded words, to which a batch's facts are joined, and of visual tokens."""
        sees = among(batch)
        if sees is not None and sees.shape[1] > said.shape[1]:
            told = self.text.facts(batch.notes["facts"], batch.notes["facts_positions"])
            said = torch.cat([said, told], 1)
        text, vision = self.encoder(said, seen, batch.words, there, sees, source(batch))
        return text[:, : batch.tokens.shape[1]], vision

    def _each_alone(
        self, batch: Batch, said: Tensor, seen: Tensor, there: Tensor
    ) -> tuple[tuple[Tensor, Tensor], Tensor]:
        """`States.alone` and `States.shown` of a batch."""
        words, _ = self._encoded(batch, said, seen[:, :0], there[:, :0])
        _, vision = self.encoder(said[:, :0], seen, batch.words[:, :0], there)
        parts, shown = self.vision.parts(vision, batch)
        return (words, parts), shown

    def vectors(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Unit vectors of captions and of pictures, `(B, D)` each, whose dot products compare.

        Raises:
            ParamsError: the model was not trained by contrast.
        """
        if "itc" not in self.heads:
            raise ParamsError(
                f"{self.name} has no task itc whose vectors captions and pictures are compared "
                "by; pretrain it with `objectives: {itc: {}}` beside its own"
            )
        itc: Any = self.heads["itc"]
        alone = self._each_alone(batch, *self.vision.embed(self.text, passes.unaligned(batch)))
        return itc.vectors(*alone)

    def _mixed(self, batch: Batch, alone: tuple[Tensor, Tensor], shown: Tensor) -> Tensor:
        """Pooled vectors of wrong pairs, each as masked as its caption and its picture are."""
        itc: Any = self.heads["itc"]
        with torch.no_grad():
            captions, pictures = itc.vectors(alone, shown)
            alike = captions @ pictures.T * itc.factor()
        texts, images = itm.mixed(alike, batch.notes["mixable"], batch.notes["mixed_by"])
        pairs = passes.crossed(batch, texts, images)
        return self.pool(*self._read(pairs))

    def _apart(self, batch: Batch) -> Tensor:
        """[CLS] of several captions `(P, K, W)`, each read with the whole of its row's picture."""
        rows, tokens = batch.targets["negatives"], batch.notes["apart"]
        of, words = rows.repeat_interleave(tokens.shape[1]), batch.notes["apart_words"]
        told = passes.retold(batch, of, tokens.flatten(0, 1), words.flatten(0, 1))
        return self._read(told)[0][:, 0].unflatten(0, tokens.shape[:2])

    def _asked(self, batch: Batch) -> Tensor:
        """Pooled vectors of questions `(Q, W)`, each read with the whole of its row's picture."""
        rows, words = batch.targets["vqa"], batch.notes["question_words"]
        return self.pool(*self._read(passes.retold(batch, rows, batch.notes["question"], words)))

    def _read(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """States of a batch's words and visual tokens."""
        return self._encoded(batch, *self.vision.embed(self.text, batch))

    def forward(self, batch: Batch) -> dict[str, Score]:
        """Summed loss and figure of each task that a batch was prepared for."""
        states = self.states(batch, tap=not self._tapped.isdisjoint(batch.targets))
        return {
            task: head(states, batch) for task, head in self.heads.items() if task in batch.targets
        }

    @property
    def matches(self) -> bool:
        """Whether it learnt which captions and pictures belong together."""
        return any(task in self.heads for task in MATCHING)

    @property
    def compares(self) -> bool:
        """Whether it learnt to match or by contrast, so that captions and pictures find others."""
        return self.matches or "itc" in self.heads

    def match(self, batch: Batch) -> Tensor:
        """Log-odds that each caption belongs to its picture, `(B,)`.

        No alignment is shown: labels that were made of the right picture would tell it. Nor are
        further media.

        Raises:
            ParamsError: the model was not trained to match.
        """
        if not self.matches:
            raise ParamsError(
                f"{self.name} has no task itm to match captions and pictures by; pretrain it "
                "with `objectives: {itm: {}}` beside its own"
            )
        head: Any = next(self.heads[task] for task in MATCHING if task in self.heads)
        return head.logits(self.states(passes.plain(passes.unaligned(batch))))


def make(name: str, plan: Plan, sizes: Sizes) -> Model:
    """The model of a plan, with fresh weights; see `Model`."""
    if plan.towers:
        from train.towers import Towers

        return Towers(name, plan, sizes)
    return Model(name, plan, sizes)


def _fresh(module: nn.Module) -> None:
    if isinstance(module, nn.Linear | nn.Embedding):
        nn.init.normal_(module.weight, std=_DEVIATION)
    if isinstance(module, nn.Linear) and module.bias is not None:
        nn.init.zeros_(module.bias)


def save(
    model: Model,
    folder: Path,
    whole: Mapping[str, Tensor] | None = None,
    told: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Write `model.safetensors` and `config.json`.

    Args:
        model: in this process.
        folder: is made.
        whole: its weights, where they are sharded or in another form; None: as they are.
        told: what the file of weights says of them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    named = (whole or model.state_dict()).items()  # what heads share is written for each
    tensors = {k: v.detach().cpu().contiguous().clone() for k, v in named}
    save_file(tensors, folder / WEIGHTS_FILE, metadata={"format": "pt", **told})
    config = {"model": model.name, "plan": to_dict(model.plan), "sizes": to_dict(model.sizes)}
    (folder / CONFIG_FILE).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def load(folder: Path) -> Model:
    """The model that `save` wrote, in evaluation mode.

    Raises:
        WeightsError: a file is missing, or weights and plan do not fit each other.
    """
    model = like(folder, WEIGHTS_FILE)
    stored = weights.read(folder / WEIGHTS_FILE)
    try:
        model.load_state_dict(stored)
    except RuntimeError as error:
        raise WeightsError(_UNFIT.format(folder, error)) from error
    return model.eval()


def like(folder: Path, *needed: str) -> Model:
    """A model of the plan that `save` wrote, with fresh weights.

    Raises:
        WeightsError: the plan, or another file that is needed, is missing; or it is no plan.
    """
    missing = [name for name in (CONFIG_FILE, *needed) if not (folder / name).is_file()]
    if missing:
        raise WeightsError(f"{folder} has no {', '.join(missing)}; run `dvc repro pretrain`")
    try:
        config = json.loads((folder / CONFIG_FILE).read_text(encoding="utf-8"))
        plan = build(Plan, config["plan"], "plan")
        return make(config["model"], plan, Sizes(**config["sizes"]))
    except Exception as error:  # whatever sizes and towers of another's may raise
        raise WeightsError(_UNFIT.format(folder, error)) from error
