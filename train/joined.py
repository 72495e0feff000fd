"""VL-BERT's embeddings: words that carry the whole picture, regions, and an [END] after them.

A region's content is ReLU(W[box ; feature]); LN(word + picture + position + segment) and LN(region
+ content + position + segment) share one norm, where picture and content pass a norm of their own
first. Its gain starts at 0, so that pictures do not drown words that are known already
(`visual_scale_text_init` and `visual_scale_object_init` of the released settings). All regions have
the position after the caption's last word, [END] the one after that. The words of a caption whose
picture is withheld carry a learned vector instead (Su et al., 2020, and the authors' code).
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from train.batch import Batch
from train.embeddings import TextEmbedding, VisionEmbedding
from train.encoder import EPSILON
from train.plan import Plan, Sizes

FURTHER = 2  # positions that follow a caption: the regions', and that of [END]


class Joined(VisionEmbedding):
    """Embeds both sides, since each needs something of the other; see the module."""

    def build(self, plan: Plan, sizes: Sizes) -> None:
        """Make the weights."""
        self.feature = nn.Linear(self.length + sizes.features, plan.vision_width)
        self.picture_norm = nn.LayerNorm(plan.vision_width, EPSILON)
        self.content_norm = nn.LayerNorm(plan.vision_width, EPSILON)
        for norm in (self.picture_norm, self.content_norm):
            nn.init.zeros_(norm.weight)
        self.region = nn.Parameter(torch.zeros(plan.vision_width))
        self.end = nn.Parameter(torch.zeros(plan.vision_width))
        self.no_picture = nn.Parameter(torch.zeros(plan.vision_width))
        self.segment = nn.Parameter(torch.zeros(plan.vision_width))

    def combine(self, features: Tensor, boxes: Tensor) -> Tensor:
        """Standardised features `(B, R, F)` and boxes `(B, R, 4)` to content `(B, R, D)`."""
        return F.relu(self.feature(torch.cat([self._encode(boxes), features], -1)))

    def embed(self, text: TextEmbedding, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """Embed the captions and pictures of a batch.

        Returns:
            words `(B, T, D)`; regions and [END], `(B, R + 2, D)`; which of these are there.
        """
        features, boxes, there = self.seen(batch.features, batch.boxes, batch.regions, batch.hidden)
        content = self.combine(features, boxes)
        picture = self.picture_norm(content[:, :1])
        if batch.withheld is not None:
            picture = torch.where(batch.withheld[:, None, None], self.no_picture, picture)
        words = text.summed(batch.tokens, batch.notes.get("entities"), batch.second) + picture
        # what is still to be written must not be told by where the regions stand
        last = batch.words.sum(1) if batch.onward is None else batch.onward
        if batch.second is not None and batch.second.way.anew:  # after the longer caption
            first = torch.minimum(last, batch.second.begin)
            last = torch.maximum(first, last - first)
        place = text.position(torch.stack([last, last + 1], 1)) + self.segment
        regions = self.content_norm(content) + self.region + place[:, :1]
        vision = torch.cat([regions, self.end + place[:, 1:]], 1)
        there = torch.cat([there, there.new_ones(len(there), 1)], 1)
        return text.finish(words), text.finish(vision), there
