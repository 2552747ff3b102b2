"""A file that Keras refuses, for whatever reason, is named in one kind of error."""

import io
import json
import zipfile

import pytest

import kpoc
from kpoc.ground.errors import UserError


def _archive(config):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("metadata.json", "{}")
        archive.writestr("config.json", config)
        archive.writestr("model.weights.h5", b"")
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no archive",
        _archive("[]"),
        _archive("{"),
        _archive(json.dumps({"module": "nosuch", "class_name": "A", "config": {}})),
        _archive(json.dumps({"module": "keras", "class_name": "Model", "config": 3})),
        _archive(
            json.dumps(
                {
                    "module": "keras.layers",
                    "class_name": "Lambda",
                    "config": {"function": {"class_name": "__lambda__", "config": {}}},
                }
            )
        ),
    ],
    # an archive holds the time at which it was made
    ids=["empty", "text", "list", "cut", "module", "config", "lambda"],
)
def test_what_is_no_model_is_refused_by_name(tmp_path, content):
    file = tmp_path / "model.keras"
    file.write_bytes(content)
    with pytest.raises(UserError, match=r"model\.keras"):
        kpoc.load(file)
