"""Looks at somebody's images and writes a protocol and two recipes for them."""

from kpoc.data_init.make import Initialised, init_task

__all__ = ["Initialised", "init_task"]
