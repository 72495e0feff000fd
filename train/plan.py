"""What a model is, in words and numbers: the plan that one encoder carries out.

A file in `train/models/` turns its parameters into a `Plan`; the plan goes into the model's
`config.json` and is all that is needed, beside the weights, to build the model again.
"""

import dataclasses
import re
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from curate.dataset.errors import ParamsError
from train import fitting
from train.ranges import Above0, Below1, Count, Least0, Number, Share

STREAMS = ("joint", "text", "vision", "cross", "coattention")
"""Kinds of layers that `train/encoder.py` builds."""
Tokens = Annotated[int, Field(ge=3)]  # start, a word, end


@dataclass(frozen=True)
class Plan:
    """Layers, sizes, embeddings and tasks of one model.

    Attributes:
        streams: layers in words, one part after another: `joint 12` is twelve over words and
            regions together; `text 9 | vision 5 | cross 5` nine over the words, five over the
            regions, five in which they meet; `text 6 | coattention 6` six over the words, six in
            which each stream has a layer that looks at the other and one that looks at itself.
        width: of hidden states.
        heads: of attention.
        attended: width of queries, keys and values, those of all heads together; 0: as the hidden
            states. Less where heads were pruned.
        inner: width of the feed-forward layers.
        vision_width: of the regions' hidden states, where they have layers of their own; 0: as
            the words', and so the next two.
        vision_heads: of the regions' attention.
        vision_attended: as `attended`, of the regions; 0: as their hidden states.
        vision_inner: width of the regions' feed-forward layers.
        text_tokens: longest caption, start and end token among them.
        regions: most regions of a picture, the whole-image region not among them.
        norm: layer norm after each sublayer (BERT) or before it.
        norm_epsilon: what a layer norm adds to the variance: BERT's 1e-12; RoBERTa's is 1e-5. A run
            that begins with a model of transformers' takes that model's.
        box: encoding of boxes, a name in `train.boxes.BOXES`.
        visual: how feature and box become a visual token: `sum` (ImageBERT, ViLBERT,
            VisualBERT), `sum_of_norms` (UNITER), `mean_of_norms` (LXMERT), or `joined` (VL-BERT,
            whose words carry the whole picture, too). `patches` (ViLT, see `train.patches`) and
            `grid` (Pixel-BERT, see `train.grid`) read pixels instead: they have no boxes and no
            mask embedding.
            Or `towers`: open_clip's, which read pixels and never meet (CLIP, see `train.towers`).
        towers: open_clip's configuration of them; empty for all others.
        pixels: side of the square that pictures are read as; 0: no pixels are read.
        patch: side in pixels of a patch, or of a grid's cell; 0 where no pixels are read so.
        backbone: timm's name of the convolutional network whose map is the grid, such as
            `resnet18`; empty for all others.
        backbone_norm: its norms, `group` (trained from the start) or `fixed` (the statistics that
            came with its weights), see `train.backbone`.
        frozen: whether it stays as it is.
        sampled: so many patches or cells of a picture, drawn anew, a step of pretraining reads; 0:
            all (Pixel-BERT: 100).
        hide_pixels: whether the pixels of hidden regions are zeroed (VL-BERT); without it no task
            that hides regions goes with what reads pixels.
        whole_image: whether the first visual token stands for the whole picture: the mean of the
            visible regions, or before patches and cells a learned vector.
        mask_embedding: whether a learned vector stands for a hidden feature; else zeros do.
        shared_norm: whether words and regions share the embeddings' norm.
        positions: of the regions: `shared` (one that all have) or `aligned` (the mean of those of
            the words that name a region is added, as VisualBERT's where alignments are known).
        pool: what matching is read from: `first` ([CLS]), `tanh` (a layer and tanh over it), or
            `product` (with the whole-image region's).
        dropout: probability, of embeddings and of what sublayers give.
        attention_dropout: probability, of attention weights; without it attention is fused.
        one_side: whether of each pair either words or regions are masked, never both (UNITER's
            conditional masking); else both may be.
        withheld: share of the pairs whose caption is shown without its picture (VL-BERT: half).
        second: share of the pairs that have a second caption, of the picture or of another, which
            matching is then about (VisualBERT: all); see `train.sentences`.
        facts: whether what is known of a caption's words, of the labeler knowledge, is joined to
            it behind them, seen by them alone (K-BERT; see `train.notes.facts`).
        entities: whether the vectors of what a caption's nouns mean, of the labeler knowledge,
            are projected and added to these (as ERNIE's of Tsinghua and KEPLER's are aligned
            with words; see `train.notes.entities`).
        sound: whether spoken captions are heard, as log-mel patches that follow the regions (see
            `train.hearing`); pairs without sound are read as they are by models that hear none.
        video: whether clips beside pictures are watched, as patches of frames that follow, too (see
            `train.watching`).
        muted: share of the pairs that are read without a medium that they have.
        spec_augment: share of the sounds that are distorted in training, see `train.spec_augment`.
        clip_crops: share of the clips that are distorted in training, see `train.clip_crops`.
        objectives: pretraining tasks and their parameters.
        mix: how often each task is drawn, one for each step, those joined by `+` together
            (UNITER); empty: every step has all tasks.
        late: share of a run's steps after which a task joins, of tasks that are not learnt from its
            start on (LXMERT: questions, in the last half).
        schedule: what the paper says of optimizer and rates, see `train.schedule`.
    """

    streams: str
    width: Number
    heads: Number
    inner: Number
    text_tokens: Tokens
    regions: Number
    norm: Literal["post", "pre"] = "post"
    norm_epsilon: Above0 = 1e-12
    box: str = "corners_area"
    visual: Literal[
        "sum", "sum_of_norms", "mean_of_norms", "joined", "patches", "grid", "towers"
    ] = "sum"
    towers: dict[str, Any] = field(default_factory=dict)
    pixels: Count = 0
    patch: Count = 0
    backbone: str = ""
    backbone_norm: Literal["group", "fixed"] = "group"
    frozen: bool = False
    sampled: Count = 0
    hide_pixels: bool = False
    whole_image: bool = True
    mask_embedding: bool = False
    shared_norm: bool = False
    positions: Literal["shared", "aligned"] = "shared"
    pool: Literal["first", "tanh", "product"] = "first"
    dropout: Share = 0.1
    attention_dropout: Share = 0.1
    vision_width: Count = 0
    vision_heads: Count = 0
    vision_inner: Count = 0
    attended: Count = 0
    vision_attended: Count = 0
    one_side: bool = False
    withheld: Share = 0.0
    second: Share = 0.0
    facts: bool = False
    entities: bool = False
    sound: bool = False
    video: bool = False
    muted: Share = 0.0
    spec_augment: Share = 0.0
    clip_crops: Share = 0.0
    objectives: dict[str, dict[str, Any]] = field(default_factory=dict)
    mix: dict[str, Least0] = field(default_factory=dict)
    late: dict[str, Below1] = field(default_factory=dict)
    schedule: dict[str, Any] = field(default_factory=dict)

    __pydantic_config__ = ConfigDict(extra="forbid")  # read by `curate.stage.params.build`

    def __post_init__(self) -> None:
        """Sizes of the regions' layers that are not given are the words'.

        Raises:
            ParamsError: sizes that no layers can have.
        """
        for name in ("width", "heads", "inner"):
            if not getattr(self, f"vision_{name}"):
                object.__setattr__(self, f"vision_{name}", getattr(self, name))
        for side in ("", "vision_"):
            named = f"{side}attended" if getattr(self, f"{side}attended") else f"{side}width"
            width, heads = getattr(self, named), getattr(self, f"{side}heads")
            if width % heads:
                raise ParamsError(f"{named} {width} is no multiple of {side}heads {heads}")
            object.__setattr__(self, f"{side}attended", width)
        fitting.check(self)

    @property
    def cells(self) -> int:
        """Patches of a picture, or cells of its grid."""
        return (self.pixels // self.patch) ** 2 if self.patch else 0

    def kinds(self) -> set[str]:
        """The kinds of layers."""
        return {kind for kind, _ in parse(self.streams)}

    @property
    def pooled_width(self) -> int:
        """Width of the vector that matching is read from."""
        return self.vision_width if self.pool == "product" else self.width


@dataclass(frozen=True)
class Sizes:
    """What the data say about a model's size.

    Attributes:
        vocabulary: tokens the tokenizer knows.
        features: length of a region's feature.
        classes: number of region classes.
        entities: length of a concept's vector, where the plan reads such.
        pad, end: ids of the tokens that fill up a caption and that end it; read by towers alone.
        answers: those that the task vqa chooses among, in the order of its last layer.
    """

    vocabulary: int
    features: int
    classes: int
    entities: int = 0
    pad: int = 0
    end: int = 0
    answers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Answers that were read from a file are a list."""
        object.__setattr__(self, "answers", tuple(self.answers))


def parse(streams: str) -> list[tuple[str, int]]:
    """`text 9 | vision 5 | cross 5` -> [("text", 9), ("vision", 5), ("cross", 5)].

    Raises:
        ParamsError: it is not of that form, or names a kind of layers that is not built.
    """
    found = [re.fullmatch(r"\s*([a-z]+)\s+([1-9]\d*)\s*", part) for part in streams.split("|")]
    if not all(found):
        raise ParamsError(
            f"layers {streams!r} are not of the form 'joint 12' or 'text 9 | vision 5 | cross 5'"
        )
    parsed = [(match[1], int(match[2])) for match in found if match]
    if unknown := sorted({kind for kind, _ in parsed} - set(STREAMS)):
        raise ParamsError(
            f"layers {streams!r}: no kind {', '.join(unknown)} (known: {', '.join(STREAMS)})"
        )
    return parsed


def to_dict(value: Plan | Sizes) -> dict[str, Any]:
    """A plan or sizes as JSON-like values."""
    return dataclasses.asdict(value)
