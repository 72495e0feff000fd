import pytest
import torch
import torchvision


@pytest.fixture(scope="session")
def untrained(tmp_path_factory):
    """Writes the state dict of a detector of 3 classes that has learnt nothing; gives its path."""

    def write(architecture):
        torch.manual_seed(0)
        build = getattr(torchvision.models.detection, architecture)
        network = build(weights=None, weights_backbone=None, num_classes=3)
        file = tmp_path_factory.mktemp("weights") / "detector.pth"
        torch.save(network.state_dict(), file)
        return str(file)

    return write
