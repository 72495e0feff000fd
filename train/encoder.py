"""One transformer encoder for every plan: embedded words and regions in, hidden states out.

A layer with `norm="post"` computes what a layer of BERT's encoder computes (Devlin et al.,
2019); with `norm="pre"` the norms come before the sublayers, as in CLIP's text tower, and one
more follows the last layer of each part.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from train.attention import Attention, CrossAttention
from train.plan import Plan, parse
from train.unpadding import packed, unpacked
from train.visibility import Visible

EPSILON = 1e-12  # BERT's, in every layer norm; that of a plan takes its place


class Layer(nn.Module):
    """Attention and a feed-forward network, each with a residual connection.

    Args:
        plan: norm and dropout.
        attention: of a sequence to itself, or to another.
        width: of hidden states.
        inner: width of the feed-forward network.
    """

    def __init__(self, plan: Plan, attention: nn.Module, width: int, inner: int) -> None:
        super().__init__()
        self.pre = plan.norm == "pre"
        self.attention = attention
        self.attention_norm = nn.LayerNorm(width, EPSILON)
        self.up = nn.Linear(width, inner)
        self.down = nn.Linear(inner, width)
        self.forward_norm = nn.LayerNorm(width, EPSILON)
        self.drop = nn.Dropout(plan.dropout)

    def forward(self, x: Tensor, visible: Tensor, *context: Tensor) -> Tensor:
        """Hidden states `(B, L, D)`; `visible`, as for `attend`, of `x` or of the `context`."""
        if self.pre:
            x = x + self.drop(self.attention(self.attention_norm(x), visible, *context))
            return x + self.drop(self.down(F.gelu(self.up(self.forward_norm(x)))))
        x = self.attention_norm(x + self.drop(self.attention(x, visible, *context)))
        return self.forward_norm(x + self.drop(self.down(F.gelu(self.up(x)))))


def text_layer(plan: Plan) -> Layer:
    """A layer of self-attention, as wide as the words."""
    attention = Attention(plan.width, plan.attended, plan.heads, plan.attention_dropout)
    return Layer(plan, attention, plan.width, plan.inner)


def vision_layer(plan: Plan) -> Layer:
    """A layer of self-attention, as wide as the regions."""
    inner = plan.vision_attended
    attention = Attention(plan.vision_width, inner, plan.vision_heads, plan.attention_dropout)
    return Layer(plan, attention, plan.vision_width, plan.vision_inner)


def _final(plan: Plan, width: int) -> nn.Module:
    return nn.LayerNorm(width, EPSILON) if plan.norm == "pre" else nn.Identity()


class Joint(nn.Module):
    """Layers over one sequence: the words, then the regions (a single-stream model)."""

    def __init__(self, layers: int, plan: Plan) -> None:
        super().__init__()
        self.layers = nn.ModuleList(text_layer(plan) for _ in range(layers))
        self.final = _final(plan, plan.width)

    def forward(self, text: Tensor, vision: Tensor, see: Visible) -> tuple[Tensor, Tensor]:
        """Hidden states of words and of regions, as `Encoder.forward` has them."""
        x, visible = torch.cat([text, vision], 1), see.joint()
        length = visible.shape[1]
        x, visible, places = packed(x, visible)
        for layer in self.layers:
            x = layer(x, visible)
        x = unpacked(self.final(x), places, length)
        return x[:, : text.shape[1]], x[:, text.shape[1] :]


class Text(nn.Module):
    """Layers over the words alone."""

    def __init__(self, layers: int, plan: Plan) -> None:
        super().__init__()
        self.layers = nn.ModuleList(text_layer(plan) for _ in range(layers))
        self.final = _final(plan, plan.width)

    def forward(self, text: Tensor, vision: Tensor, see: Visible) -> tuple[Tensor, Tensor]:
        """Hidden states of words and of regions, as `Encoder.forward` has them."""
        for layer in self.layers:
            text = layer(text, see.words_of_words)
        return self.final(text), vision


class Vision(nn.Module):
    """Layers over the regions alone."""

    def __init__(self, layers: int, plan: Plan) -> None:
        super().__init__()
        self.layers = nn.ModuleList(vision_layer(plan) for _ in range(layers))
        self.final = _final(plan, plan.vision_width)

    def forward(self, text: Tensor, vision: Tensor, see: Visible) -> tuple[Tensor, Tensor]:
        """Hidden states of words and of regions, as `Encoder.forward` has them."""
        for layer in self.layers:
            vision = layer(vision, see.regions)
        return text, self.final(vision)


class CrossLayer(nn.Module):
    """LXMERT's: words look at regions and regions at words, then each stream's own layer.

    One attention, with one norm, serves both directions, as in the authors' code.
    """

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.pre = plan.norm == "pre"
        self.attention = CrossAttention(
            plan.width, plan.width, plan.attended, plan.heads, plan.attention_dropout
        )
        self.attention_norm = nn.LayerNorm(plan.width, EPSILON)
        self.drop = nn.Dropout(plan.dropout)
        self.text, self.vision = text_layer(plan), vision_layer(plan)

    def _look(self, x: Tensor, visible: Tensor, context: Tensor) -> Tensor:
        if self.pre:
            x_, context = self.attention_norm(x), self.attention_norm(context)
            return x + self.drop(self.attention(x_, visible, context))
        return self.attention_norm(x + self.drop(self.attention(x, visible, context)))

    def forward(self, text: Tensor, vision: Tensor, see: Visible) -> tuple[Tensor, Tensor]:
        """Hidden states of words and of regions, as `Encoder.forward` has them."""
        looked = (
            self._look(text, see.regions_of_words, vision),
            self._look(vision, see.words, text),
        )
        return self.text(looked[0], see.words_of_words), self.vision(looked[1], see.regions)


class CoattentionLayer(nn.Module):
    """ViLBERT's: each stream has a layer that looks at the other, then one that looks at itself.

    Queries, keys and values are as wide as those of the regions, with as many heads.
    """

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        text, vision, inner = plan.width, plan.vision_width, plan.vision_attended
        more = (inner, plan.vision_heads, plan.attention_dropout)
        to_vision = CrossAttention(text, vision, *more)
        to_text = CrossAttention(vision, text, *more)
        self.text_to_vision = Layer(plan, to_vision, text, plan.inner)
        self.vision_to_text = Layer(plan, to_text, vision, plan.vision_inner)
        self.text, self.vision = text_layer(plan), vision_layer(plan)

    def forward(self, text: Tensor, vision: Tensor, see: Visible) -> tuple[Tensor, Tensor]:
        """Hidden states of words and of regions, as `Encoder.forward` has them."""
        seen, read = vision, text
        if self.text_to_vision.pre:
            seen = self.vision_to_text.attention_norm(vision)
            read = self.text_to_vision.attention_norm(text)
        looked = (
            self.text_to_vision(text, see.regions_of_words, seen),
            self.vision_to_text(vision, see.words, read),
        )
        return self.text(looked[0], see.words_of_words), self.vision(looked[1], see.regions)


class _Between(nn.Module):
    """Layers in which the two streams meet."""

    layer: type[CrossLayer | CoattentionLayer]

    def __init__(self, layers: int, plan: Plan) -> None:
        super().__init__()
        self.layers = nn.ModuleList(self.layer(plan) for _ in range(layers))
        self.final_text = _final(plan, plan.width)
        self.final_vision = _final(plan, plan.vision_width)

    def forward(self, text: Tensor, vision: Tensor, see: Visible) -> tuple[Tensor, Tensor]:
        """Hidden states of words and of regions, as `Encoder.forward` has them."""
        for layer in self.layers:
            text, vision = layer(text, vision, see)
        return self.final_text(text), self.final_vision(vision)


class Cross(_Between):
    """Layers of cross-attention (LXMERT)."""

    layer = CrossLayer


class Coattention(_Between):
    """Layers of co-attention (ViLBERT, ERNIE-ViL)."""

    layer = CoattentionLayer


KINDS: dict[str, type[nn.Module]] = {
    "joint": Joint,
    "text": Text,
    "vision": Vision,
    "cross": Cross,
    "coattention": Coattention,
}


def set_epsilon(model: nn.Module, plan: Plan) -> None:
    """Let all norms of a model add what its plan says; those of open_clip's keep their own."""
    for module in model.modules():
        if isinstance(module, nn.LayerNorm) and module.eps == EPSILON:
            module.eps = plan.norm_epsilon


class Encoder(nn.Module):
    """The layers of a plan, one part after another.

    Raises:
        ParamsError: the plan names a kind of layers that is not built.
    """

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        named = parse(plan.streams)
        self.parts = nn.ModuleList(KINDS[kind](layers, plan) for kind, layers in named)

    def of_words(self) -> list[Layer]:
        """The layers of self-attention that words pass, in their order.

        Those of a stream between which it looks at the other are among them (ViLBERT's code: all
        twelve layers of BERT, of which six lie between co-attention).
        """
        found: list[Any] = []
        for part in self.parts:
            if isinstance(part, Joint | Text):
                found += part.layers
            elif isinstance(part, _Between):
                found += [layer.text for layer in part.layers]
        return found

    def forward(
        self,
        text: Tensor,
        vision: Tensor,
        words: Tensor,
        regions: Tensor,
        facts: Tensor | None = None,
        source: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Hidden states of words and regions.

        Args:
            text: embedded words, `(B, T, D)`; then facts about them, `(B, T + F, D)`.
            vision: embedded regions, `(B, R, E)`; E is D but where the streams never join.
            words: which words are there, `(B, T)` bool.
            regions: which regions are there, `(B, R)` bool.
            facts: which of words and facts each of them sees, `(B, T + F, T + F)` bool; None:
                there are no facts, and all words see each other.
            source: which words the regions see, `(B, T)` bool; None: all that are there.

        Returns:
            `(B, T, D)`, or `(B, T + F, D)`, and `(B, R, E)`; what is not there may come out as
            anything.
        """
        see = Visible.of(words, regions, facts, source)
        for part in self.parts:
            text, vision = part(text, vision, see)
        return text, vision
