"""A module and its data in; seconds of a step by Hugging Face's Trainer out.

Beside it the stock models of the same size as our plans, with what they are fed: our pairs, masked
by our tasks, in batches as long as their longest caption.
"""

import tempfile
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from transformers import (
    LxmertConfig,
    LxmertForPreTraining,
    Trainer,
    TrainerCallback,
    TrainingArguments,
    VisualBertConfig,
    VisualBertForPreTraining,
)

from benchmarks._train import _device
from benchmarks._train._setting import STEPS, WARM, Setting
from train import examine
from train.batch import Batch
from train.plan import parse

Collate = Callable[[list[Any]], dict[str, Any]]


class _Marks(TrainerCallback):
    """When the steps that count began, and ended."""

    def __init__(self) -> None:
        self.at: dict[int, float] = {}

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ARG002
        """Note the time."""
        self.at[state.global_step] = _device.now()


def seconds(model: nn.Module, rows: Sequence[Any], collate: Collate, batch: int) -> float:
    """Train for some steps, as AdamW of torch, clipping and a linear schedule have it.

    Args:
        model: its forward returns `loss`.
        rows: what it learns from, in any order.
        collate: of some rows the arguments of the model.
        batch: rows of a step.
    """
    marks = _Marks()
    with tempfile.TemporaryDirectory() as held:
        settings = TrainingArguments(
            output_dir=held,
            max_steps=WARM + STEPS,
            per_device_train_batch_size=batch,
            learning_rate=1e-4,
            weight_decay=0.01,
            warmup_steps=WARM,
            use_cpu=not _device.on_gpu(),
            bf16=_device.on_gpu(),
            save_strategy="no",
            logging_steps=WARM,
            report_to=[],
            disable_tqdm=True,
            remove_unused_columns=False,
            dataloader_pin_memory=False,
        )
        Trainer(model, settings, collate, train_dataset=rows, callbacks=[marks]).train()
    return (marks.at[WARM + STEPS] - marks.at[WARM]) / STEPS


def stock(setting: Setting) -> tuple[nn.Module, Collate]:
    """Hugging Face's model of a plan's name and size, and what makes its arguments of rows.

    Raises:
        KeyError: there is none of that name.
    """
    made, arguments = {
        "visualbert": (_visualbert, _visualbert_arguments),
        "lxmert": (_lxmert, _lxmert_arguments),
    }[setting.model.name]

    def collate(rows: list[int]) -> dict[str, Any]:
        chosen, plan = np.array(rows), setting.model.plan
        todo, words = setting.tasks, setting.words
        batch = examine.ready(setting.batches, chosen, plan, todo, words, 0, 0)
        batch.features = batch.features * ~batch.hidden[..., None]
        return arguments(batch)

    return made(setting), collate


def _visualbert(setting: Setting) -> nn.Module:
    plan, sizes = setting.model.plan, setting.model.sizes
    config = VisualBertConfig(
        vocab_size=sizes.vocabulary,
        hidden_size=plan.width,
        visual_embedding_dim=sizes.features,
        num_hidden_layers=dict(parse(plan.streams))["joint"],
        num_attention_heads=plan.heads,
        intermediate_size=plan.inner,
        max_position_embeddings=plan.text_tokens,
        pad_token_id=0,
    )
    return VisualBertForPreTraining(config)


def _visualbert_arguments(batch: Batch) -> dict[str, Tensor]:
    targets = torch.full(batch.regions.shape, -100)
    return {
        "input_ids": batch.tokens,
        "attention_mask": batch.words.long(),
        "visual_embeds": batch.features,
        "visual_attention_mask": batch.regions.long(),
        "labels": torch.cat([batch.targets["mlm"], targets], 1),
        "sentence_image_labels": (~batch.matched).long(),
    }


def _lxmert(setting: Setting) -> nn.Module:
    plan, sizes = setting.model.plan, setting.model.sizes
    layers = dict(parse(plan.streams))
    config = LxmertConfig(
        vocab_size=sizes.vocabulary,
        hidden_size=plan.width,
        num_attention_heads=plan.heads,
        intermediate_size=plan.inner,
        max_position_embeddings=plan.text_tokens,
        l_layers=layers["text"],
        r_layers=layers["vision"],
        x_layers=layers["cross"],
        visual_feat_dim=sizes.features,
        num_object_labels=sizes.classes,
        task_qa=False,
        visual_attr_loss=False,
    )
    return LxmertForPreTraining(config)


def _lxmert_arguments(batch: Batch) -> dict[str, Any]:
    hidden = batch.hidden.float()
    return {
        "input_ids": batch.tokens,
        "attention_mask": batch.words.long(),
        "visual_feats": batch.features,
        "visual_pos": batch.boxes,
        "visual_attention_mask": batch.regions.long(),
        "labels": batch.targets["mlm"],
        "obj_labels": {
            "obj": (batch.labels.clamp(min=0), hidden),
            "feat": (batch.features, hidden),
        },
        "matched_label": batch.matched.long(),
    }
