"""The examples of docs/export.md, each in a process that cannot import kpoc."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kpoc.exporting.format import FORMATS

PAGE = Path(__file__).parents[2] / "docs" / "export.md"
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), flags=re.DOTALL)
CHECK = """
assert sys.modules["kpoc"] is None and ("keras" in sys.modules) <= ("tf" in globals())
plain = {name: outputs[name].tolist() for name in outputs}
print("RESULT", json.dumps({"outputs": plain, "card": card}))
"""


@pytest.fixture(scope="module")
def predicted(kpoc_here, run_folder):
    """A picture of another size, and what `kpoc predict` says of it."""
    import cv2

    from kpoc import Run

    face = run_folder.parent / "face.png"
    picture = cv2.imread(str(Run(run_folder).manifest.paths("test")[0]))
    cv2.imwrite(str(face), cv2.resize(picture, (50, 41)))
    printed = kpoc_here("predict", run_folder, face, "--format", "json").stdout
    return face, json.loads(printed)[0]


def test_every_format_has_its_example():
    assert len(BLOCKS) == len(FORMATS.names())
    for name in FORMATS.names():
        assert sum(FORMATS.get(name).file in block for block in BLOCKS) == 1


@pytest.mark.parametrize("block", BLOCKS, ids=["savedmodel", "onnx", "tflite"])
def test_examples_run_without_kpoc(block, predicted, exported, tmp_path):
    face, expected = predicted
    shutil.copy(face, tmp_path)
    (tmp_path / "export").symlink_to(exported.folder)
    script = f"import sys; sys.modules['kpoc'] = None\n{block}{CHECK}"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.split("RESULT", 1)[1])
    outputs, card = result["outputs"], result["card"]
    assert abs(outputs["age"][0] - expected["age"]["value"]) < 0.5
    assert card["outputs"]["age"]["unit"] == expected["age"]["unit"] == "years"
    for name in ("kind", "tribe"):
        labels = card["outputs"][name]["classes"]
        probabilities = dict(zip(labels, outputs[name][0], strict=True))
        for label, chance in expected[name]["probabilities"].items():
            assert abs(probabilities[label] - chance) < 0.01
    assert card["recipe"] == exported.record["recipe"]
