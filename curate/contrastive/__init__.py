"""Contrastive training of a small CLIP: vocabulary, views, objective, training, retrieval."""
