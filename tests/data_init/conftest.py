"""Folders of small pictures, each with content of its own."""

import cv2
import numpy as np
import pytest


class Pictures:
    """Writes pictures below a folder."""

    def __init__(self, root):
        self.root = root
        self.count = 0

    def write(self, name, size=(40, 36), like=None):
        """One picture; a copy of the file `like`, if that is given."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if like is not None:
            path.write_bytes((self.root / like).read_bytes())
            return name
        self.count += 1
        pixels = np.full((*size, 3), 128, np.uint8)
        pixels[0, 0] = (self.count % 256, self.count // 256, 7)
        path.write_bytes(cv2.imencode(".png", pixels)[1].tobytes())
        return name

    def classes(self, **counts):
        """`name=count` folders of pictures."""
        for name, count in counts.items():
            for i in range(count):
                self.write(f"{name}/{i}.png")
        return self.root


@pytest.fixture
def pictures(tmp_path, monkeypatch):
    """Pictures go below `photos`, in the folder where the test works."""
    monkeypatch.chdir(tmp_path)
    return Pictures(tmp_path / "photos")
