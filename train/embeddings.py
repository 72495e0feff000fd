"""Words and regions to vectors, before any attention: one row each of the embedding sum."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from curate.dataset.errors import ParamsError
from train.batch import Batch
from train.boxes import BOXES
from train.encoder import EPSILON
from train.following import Second, placed
from train.plan import Plan, Sizes

TEXT = 0  # segment of a caption; that of another that follows it is 1


class TextEmbedding(nn.Module):
    """BERT's: LN(word + position + segment), with dropout.

    By the plan what a noun means is added (`entities`): without a bias, so that words of which
    nothing is known are what they are without.

    Args:
        plan: sizes and dropout.
        sizes: the vocabulary, and the vectors of concepts.
        further: positions beyond the longest caption's.
    """

    def __init__(self, plan: Plan, sizes: Sizes, further: int = 0) -> None:
        super().__init__()
        if plan.entities and not sizes.entities:
            raise ParamsError(
                "entities: true needs vectors of concepts, and these have no length; label with "
                "`label.knowledge` and run `dvc repro`, or leave `entities` out"
            )
        self.word = nn.Embedding(sizes.vocabulary, plan.width)
        self.position = nn.Embedding(plan.text_tokens + further, plan.width)
        self.segment = nn.Embedding(2, plan.width)
        self.entity = nn.Linear(sizes.entities, plan.width, bias=False) if plan.entities else None
        self.norm = nn.LayerNorm(plan.width, EPSILON)
        self.drop = nn.Dropout(plan.dropout)

    def summed(
        self, tokens: Tensor, entities: Tensor | None = None, second: Second | None = None
    ) -> Tensor:
        """Token ids to the sum alone, `(B, T, D)`; arguments are those of `forward`."""
        if second is None:
            place = self.position.weight[: tokens.shape[1]] + self.segment.weight[TEXT]
        else:
            at, segment = placed(tokens.shape[1], second, self.position.num_embeddings)
            on = self.position.weight[: tokens.shape[1]]
            place = (on if at is None else self.position(at)) + self.segment(segment)
        summed = self.word(tokens) + place
        if self.entity is not None and entities is not None:
            summed = summed + self.entity(entities)
        return summed

    def facts(self, tokens: Tensor, positions: Tensor) -> Tensor:
        """Facts' token ids and soft positions, `(B, F)` each, to `(B, F, D)`."""
        place = self.position(positions)
        return self.finish(self.word(tokens) + place + self.segment.weight[TEXT])

    def mean_position(self, stands_at: Tensor) -> Tensor:
        """The mean of the positions of some tokens for each region; zeros where there are none.

        Args:
            stands_at: which tokens a region stands at, `(B, R, T)` bool.

        Returns:
            `(B, R, D)`.
        """
        number = stands_at.sum(-1, keepdim=True).clamp(min=1)
        place = self.position.weight[: stands_at.shape[-1]]
        return stands_at[..., : len(place)].to(place.dtype) @ place / number

    def finish(self, summed: Tensor) -> Tensor:
        """Norm and dropout of a sum, `(B, L, D)`."""
        return self.drop(self.norm(summed))

    def forward(
        self, tokens: Tensor, entities: Tensor | None = None, second: Second | None = None
    ) -> Tensor:
        """Embed captions.

        Args:
            tokens: ids, `(B, T)`.
            entities: what they mean, `(B, T, V)`.
            second: where captions begin that follow others, and how.

        Returns:
            `(B, T, D)`.
        """
        return self.finish(self.summed(tokens, entities, second))


class VisionEmbedding(nn.Module):
    """ImageBERT's: LN(feature + segment + box + one position that all regions share).

    Features are standardised by buffers (mean and deviation over the training regions), so a
    hidden region, whose standardised feature is zero, looks like the average one. The
    whole-image region is the mean of the regions that are not hidden: it cannot tell what a
    hidden one held. By the plan there is a learned vector in place of a hidden feature
    (`mask_embedding`), and no norm here but the words' (`shared_norm`).
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, plan: Plan, sizes: Sizes) -> None:
        super().__init__()
        if plan.box not in BOXES:
            raise ParamsError(f"no encoding of boxes {plan.box!r} (known: {', '.join(BOXES)})")
        self.length, self._encode = BOXES[plan.box]
        self._whole, self._shared = plan.whole_image, plan.shared_norm
        self.build(plan, sizes)
        self.mask = nn.Parameter(torch.zeros(sizes.features)) if plan.mask_embedding else None
        self.norm = self.last_norm(plan)
        self.drop = nn.Identity() if self._shared else nn.Dropout(plan.dropout)
        self.register_buffer("mean", torch.zeros(sizes.features))
        self.register_buffer("deviation", torch.ones(sizes.features))

    def build(self, plan: Plan, sizes: Sizes) -> None:
        """Make the weights that `combine` needs."""
        self.feature = nn.Linear(sizes.features, plan.vision_width)
        width = plan.vision_width
        self.box: nn.Module = nn.Linear(self.length, width) if self.length else nn.Identity()
        self.segment = nn.Parameter(torch.zeros(plan.vision_width))
        self.position = nn.Parameter(torch.zeros(plan.vision_width))

    def last_norm(self, plan: Plan) -> nn.Module:
        """The norm of the sum."""
        return nn.Identity() if self._shared else nn.LayerNorm(plan.vision_width, EPSILON)

    def combine(self, features: Tensor, boxes: Tensor) -> Tensor:
        """Standardised features `(B, R, F)` and boxes `(B, R, 4)` to their sum, `(B, R, D)`."""
        place = self.segment + self.position
        if self.length:
            place = self.box(self._encode(boxes)) + place
        return self.feature(features) + place

    def projection(self) -> Tensor:
        """What standardised features are multiplied by, `(D, F)`."""
        return self.feature.weight[:, -len(self.mean) :]

    def standardise(self, features: Tensor) -> Tensor:
        """Features `(..., F)` with the training regions' mean 0 and deviation 1."""
        return (features - self.mean) / self.deviation

    def seen(
        self, features: Tensor, boxes: Tensor, regions: Tensor, hidden: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """What may be seen of some regions: their features, boxes, and which are there.

        Args and shapes are those of `forward`; features come out standardised.
        """
        shown = regions & ~hidden
        features = self.standardise(features) * shown[..., None]
        total = features.sum(1)
        if self.mask is not None:
            features = features + self.mask * (regions & hidden)[..., None]
        if self._whole:
            number = shown.sum(1, keepdim=True).clamp(min=1)
            features = torch.cat([(total / number)[:, None], features], 1)
            frame = boxes.new_tensor([0.0, 0.0, 1.0, 1.0]).expand(len(boxes), 1, 4)
            boxes = torch.cat([frame, boxes], 1)
            regions = torch.cat([regions.any(1, keepdim=True), regions], 1)
        return features, boxes, regions

    def forward(
        self,
        features: Tensor,
        boxes: Tensor,
        regions: Tensor,
        hidden: Tensor,
        places: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Embed regions.

        Args:
            features: `(B, R, F)`.
            boxes: x1, y1, x2, y2 in [0, 1], `(B, R, 4)`.
            regions: which regions are there, `(B, R)` bool.
            hidden: which features are zeroed, `(B, R)` bool.
            places: positions to add, `(B, R, D)`.

        Returns:
            `(B, R, D)` and which of them are there `(B, R)`; with the whole-image region in
            front, R + 1 of each.
        """
        features, boxes, regions = self.seen(features, boxes, regions, hidden)
        summed = self.combine(features, boxes)
        if places is not None:  # the whole image, in front, has none
            summed = summed + F.pad(places, (0, 0, summed.shape[1] - places.shape[1], 0))
        return self.drop(self.norm(summed)), regions

    def parts(self, hidden: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """Hidden states of what makes up the pictures: here, the regions.

        Args:
            hidden: of all visual tokens.
            batch: what was embedded.

        Returns:
            `(B, N, E)`, and which of them are there, `(B, N)` bool.
        """
        first, number = int(self._whole), batch.regions.shape[1]
        return hidden[:, first : first + number], batch.regions

    def regions(self, hidden: Tensor, batch: Batch) -> Tensor:
        """Hidden states of the regions, `(B, R, E)`, given those of all visual tokens."""
        return self.parts(hidden, batch)[0]

    def embed(self, text: TextEmbedding, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """Embed the captions and pictures of a batch.

        With alignments (`train/notes/positions.py`) a region stands where the words that name it
        do; but for the pairs that no task may mask, which are shown as they are to be judged.

        Returns:
            words `(B, T, D)`, regions `(B, R, D)`, which of these are there `(B, R)`.
        """
        places = None
        if "stands_at" in batch.notes:
            shown = batch.notes["stands_at"] & batch.maskable.any(1)[:, None, None]
            places = text.mean_position(shown)
        vision, there = self(batch.features, batch.boxes, batch.regions, batch.hidden, places)
        said = text(batch.tokens, batch.notes.get("entities"), batch.second)
        return said, text.finish(vision) if self._shared else vision, there


class SumOfNorms(VisionEmbedding):
    """UNITER's: LN(LN(feature) + LN(box) + segment)."""

    def build(self, plan: Plan, sizes: Sizes) -> None:
        """Make the weights that `combine` needs."""
        self.feature = nn.Linear(sizes.features, plan.vision_width)
        self.feature_norm = nn.LayerNorm(plan.vision_width, EPSILON)
        self.box = nn.Linear(self.length, plan.vision_width)
        self.box_norm = nn.LayerNorm(plan.vision_width, EPSILON)
        self.segment = nn.Parameter(torch.zeros(plan.vision_width))

    def combine(self, features: Tensor, boxes: Tensor) -> Tensor:
        """Standardised features `(B, R, F)` and boxes `(B, R, 4)` to their sum, `(B, R, D)`."""
        place = self.box_norm(self.box(self._encode(boxes)))
        return self.feature_norm(self.feature(features)) + place + self.segment


class MeanOfNorms(VisionEmbedding):
    """LXMERT's: (LN(feature) + LN(box)) / 2, without a segment."""

    def build(self, plan: Plan, sizes: Sizes) -> None:
        """Make the weights that `combine` needs."""
        self.feature = nn.Linear(sizes.features, plan.vision_width)
        self.feature_norm = nn.LayerNorm(plan.vision_width, EPSILON)
        self.box = nn.Linear(self.length, plan.vision_width)
        self.box_norm = nn.LayerNorm(plan.vision_width, EPSILON)

    def last_norm(self, plan: Plan) -> nn.Module:  # noqa: ARG002
        """None: both parts are normed already."""
        return nn.Identity()

    def combine(self, features: Tensor, boxes: Tensor) -> Tensor:
        """Standardised features `(B, R, F)` and boxes `(B, R, 4)` to their mean, `(B, R, D)`."""
        place = self.box_norm(self.box(self._encode(boxes)))
        return (self.feature_norm(self.feature(features)) + place) / 2
