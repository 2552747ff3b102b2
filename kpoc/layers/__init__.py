"""Keras layers for augmentation."""
