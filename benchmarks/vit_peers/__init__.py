"""Who takes part in vit.py: a module a peer, run by `step.py` in a process of its own.

A module has `make(shape, batch, way, bfloat16)`, which gives what makes one training
step and returns when it is done: forward, backward and AdamW on a ViT of `shape` with
1000 classes at 224 px, from random weights, on images that lie in memory.
"""

SIDE, CLASSES = 224, 1000
LEARNING_RATE, WEIGHT_DECAY = 1e-4, 0.05
