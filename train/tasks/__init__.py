"""One file per task that a pretrained model is measured on."""
