"""Captions in; captions false of the same picture by one fact, and twins that stay true, out.

What may be exchanged for what is data (`lexicon/<language>.toml`) or follows from a scene graph and
WordNet; the proof that a fact differs, the blind attackers and the balance are the same for all.
"""
