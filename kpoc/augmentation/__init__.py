"""Augmentations: what a recipe names, folded into one plan an image.

`kinds/` holds one kind a file: its parameters, how they are drawn, and which matrix
(or blur, or box) they give. `chain.py` folds a list of them into a `Plan`; `opencv.py`
carries plans out on a CPU, `files.py` straight from image files; `kpoc.layers` does it
with `keras.ops`.
"""
