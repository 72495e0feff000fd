"""Pictures in; boxes with features, joint embeddings and soft labels out.

A maker of regions (`align.regions.makers`) says where things may be; an image tower of open_clip
(`tower`) describes each box; nouns of the scene graphs (`vocabulary`) or a codebook (`codebook`)
give it its classes. `align.labelers.regions` puts them together.
"""
