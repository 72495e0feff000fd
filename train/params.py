"""Parameters of a pretraining run, fit to be read without loading torch."""

from dataclasses import field
from typing import Any, Literal

from curate.stage.params import parameters
from train.ranges import Above0, Below1, Count, Least0, Number, Part, Share


@parameters
class Worth:
    """How often pairs are passed over by a score; between `low` and `high` by a straight line."""

    low: float  # score up to which a pair is passed over `least` times; may lie above `high`
    high: float  # score from which on it is passed over as often as otherwise; a threshold if `low`
    least: Share = 0.0  # 0-1
    unknown: Share = 1.0  # for pairs without the score, 0-1


@parameters
class Stage:
    """The first part of a run, or the next, in which pairs are chosen otherwise than at its end."""

    until: Number  # steps of the run at the stage's end
    sources: dict[str, Least0] = field(default_factory=lambda: {"other": 1.0})  # as in Sampling
    scores: dict[str, Worth] = field(default_factory=dict)  # as in Sampling


@parameters
class Sampling:
    """How an epoch is made of pairs, and how wrong pairs are made."""

    languages: dict[str, Least0] = field(default_factory=lambda: {"en": 1.0, "other": 0.1})
    # ^ passes over a language's pairs in an epoch, by BCP-47 tag; `other` for all not named;
    # 0 holds a language out, see train/languages.py
    alpha: Share = 1.0  # exponent of a language's share; below 1 rare ones come more often, 0-1
    sources: dict[str, Least0] = field(default_factory=lambda: {"other": 1.0})  # factor of passes
    scores: dict[str, Worth] = field(default_factory=dict)  # factors by <scorer>.<column>
    stages: list[Stage] = field(default_factory=list)  # that come before: other sources and scores
    negatives: Share = 0.5  # share of a batch that is mismatched, 0-1
    by_caption: Share = 0.5  # share of the mismatched that take another's caption, not its picture
    hard: Share = 0.5  # share of the mismatched that take a similar picture's side, 0-1
    neighbours: Number = 64  # similar pictures that a hard negative is drawn from
    twins: Share = 0.5  # share of the mismatched with such pairs that take one differing in a fact
    unmasked: Share = 0.0  # share of the pairs, matched or not, that no task may mask, 0-1


@parameters
class Vocabulary:
    """What splits captions into tokens."""

    kind: Literal["initial", "wordpiece", "unigram", "folder", "hub"] = "initial"
    # ^ of what initial weights come from; two ways to learn from the training captions; a ready one
    size: Number = 8000  # tokens of a learnt one, at most
    folder: str | None = None  # with tokenizer.json and tokenizer_config.json (Hugging Face's)
    name: str | None = None  # of a model on Hugging Face's hub: owner/name
    commit: str | None = None  # of that model, 40 hexadecimal digits: a branch may move


@parameters
class RunParams:
    """A run of the training loop."""

    sampling: Sampling = field(default_factory=Sampling)  # pairs of an epoch, negatives
    steps: Number  # optimizer steps
    batch: Number  # pairs in a batch
    accumulate: Number = 1  # batches in a step; processes started by torchrun share them
    workers: Count = 0  # processes that make batches ahead of the step; 0: it makes them itself
    picture_cache: Count = 256  # MiB of decoded pictures that each of these holds; 0: none
    rate: Above0 | None = None  # peak learning rate; null, here and below: as the paper has it
    layer_decay: Share = 1.0  # factor of the rate from each layer to the one below, 0-1
    warm_up: Share | None = None  # share of the steps until the peak, 0-1
    decay: Literal["linear", "cosine", "inverse_root"] | None = None  # of the rate, from the peak
    weight_decay: Least0 | None = None  # of matrices; none for biases, norms and embeddings
    clip: Above0 | None = None  # largest norm of the gradient
    betas: tuple[Below1, Below1] | None = None  # of Adam: what its two moving means keep, 0-1
    epsilon: Above0 | None = None  # of Adam: added to the root of the mean square
    ema: Share = 0.0  # share of the averaged weights that a step keeps, 0-1; 0: no average
    explodes: Least0 = 10.0  # a loss so many times what was usual ends the run; 0: none does
    precision: Literal["auto", "bf16", "fp16", "fp32"] = "auto"  # of matrix products
    shard: bool = False  # weights and moments are spread over the processes of torchrun (FSDP2)
    recompute: bool = False  # layers are computed again for their gradients: slower, less memory
    compile: bool = False  # encoder by torch.compile: minutes at first, then faster on a GPU
    seed: int = 0  # fixes initial weights, order, masks, negatives and dropout
    log: Count = 20  # steps between logged losses
    tensorboard: bool = False  # whether they are also written for TensorBoard (train/events.py)
    validate: Count = 200  # steps between validations
    validation_pairs: Count = 512  # pairs in a validation
    candidates: Count = 0  # pictures and captions that a validation's retrieval is among; 0: none
    validation_languages: tuple[str, ...] = ()  # further ones, BCP-47, each validated by itself
    checkpoint: Count = 200  # steps between checkpoints
    keep: Count = 0  # steps between states that stay in the model's folder, steps/; 0: none stays


@parameters
class PretrainParams(RunParams):
    """A pretraining run."""

    model: dict[str, Any]  # parameters of the file in train/models/
    tokenizer: Vocabulary = field(default_factory=Vocabulary)  # what reads the captions
    initial: Literal["none", "words", "layers"] = "words"  # what the filter network gives
    backbone: str | None = None  # file of weights that the network of `visual: grid` begins with
    bert: str | None = None  # folder of a BERT, RoBERTa or XLM-R that gives it, tokenizer too
    allow_leaks: bool = False  # whether to train on what an evaluation set holds


TASK_SAMPLING = Sampling(languages={"other": 1.0}, negatives=0.0, hard=0.0, twins=0.0)
"""Of a task's examples: all of them, as they are."""


@parameters
class TuneParams(RunParams):
    """A run by which a pretrained model goes on with tasks."""

    model: str  # folder of the model that it begins with
    change: dict[str, Any] = field(default_factory=dict)  # fields of the model's plan
    rate: Above0 | None = 5e-5  # peak learning rate: LXMERT's, as these three
    warm_up: Share | None = 0.1  # share of the steps until the peak, 0-1
    decay: Literal["linear", "cosine", "inverse_root"] | None = "linear"


@parameters
class FinetuneParams(TuneParams):
    """A fine-tuning run."""

    task: str  # key under `tasks`
    objective: dict[str, Any] = field(default_factory=dict)  # parameters of the task's objective
    sampling: Sampling = TASK_SAMPLING


@parameters
class PretrainTaskParams(TuneParams):
    """A run of pretraining on a task's own texts and pictures."""

    task: str  # key under `tasks`
    objectives: dict[str, dict[str, Any]] = field(default_factory=lambda: {"mlm": {}})
    # ^ pretraining tasks with their parameters; heads that the model has go on
    sampling: Sampling = Sampling(languages={"other": 1.0})


@parameters
class MultitaskParams(TuneParams):
    """A run by which one model learns several tasks, a step of one or of another by lot."""

    tasks: dict[str, dict[str, Any]]  # keys under `tasks`, and parameters of their objectives
    temperature: Above0 = 2.0  # 1: a task comes as often as it has examples; more: more alike
    sampling: Sampling = TASK_SAMPLING


@parameters
class Writing:
    """How a model writes texts."""

    way: Literal["beam", "nucleus"] = "beam"
    # ^ the likeliest text that a search finds, or one drawn among likely words (Holtzman et al.)
    beams: Number = 4  # texts that the search goes on with; 1: always the likeliest word
    length: float = 1.0  # exponent of the length that the search divides a text's log-chance by
    top_p: Part = 0.9  # share of the chance that the likely words have together, 0-1
    temperature: Above0 = 1.0  # of the drawn words' chances: below 1 likely ones are drawn more
    no_repeat: Count = 0  # so many tokens in a row never come again in a text; 0: they may
    tokens: Count = 0  # of a text, at most; 0: as many as the model reads
    seed: int = 0  # fixes what is drawn, of each example by its name alone
