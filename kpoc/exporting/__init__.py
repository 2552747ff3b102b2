"""A finished run to files that are served without kpoc, and without Keras.

- `formats/` holds one file a format; a new one is a new file.
- `serving.py` makes the model that is converted: uint8 images of any size in, what
  `kpoc predict` prints out.
- `checking.py` compares what was written with `kpoc predict`, on real images.
- `export.py` does it all; `card.py` is what the files say of themselves.
"""
