"""From a snapshot to a pretrained vision-language model and its figures."""
