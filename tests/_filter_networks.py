"""The parameters of a filter network that learns a few words of drawings within seconds."""

from typing import Any

from curate.contrastive.recipe import Network, Training
from curate.filter_network import FilterNetworkParams

NETWORK = Network(
    tower="test_resnet",
    size=32,
    embedding=32,
    width=32,
    layers=1,
    context=12,
    vocabulary=400,
)
TRAINING: dict[str, Any] = {
    "rate": 3e-3,
    "warm_up": 0.1,
    "decay": 0.05,
    "words": 1.0,
    "first_size": 32,
    "last": 0.2,
    "zoom": 0.9,
    "jitter": 0.05,
    "caption": 10,
    "split": 0.2,
    "main_share": 0.6,
    "precision": "fp32",
    "seed": 0,
}


def small(source: str, epochs: int, batch: int) -> FilterNetworkParams:
    """Learnt from one source whose main language is English."""
    training = Training(epochs=epochs, batch=batch, **TRAINING)
    return FilterNetworkParams(sources=(source,), main="en", network=NETWORK, training=training)
