"""Models for small devices: what a trained model is shrunk to, and the forms that it is run in.

`forms/` has one file for each form of a model's matching head, that is of log-odds that a caption
belongs to a picture; `pruning.py` takes out what matters least. `train/compress.py` makes a variant
in all forms, `train/measure_compressed.py` says what each costs and what it still finds.
"""
