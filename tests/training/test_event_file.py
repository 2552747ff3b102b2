"""Event files, read by TensorFlow's own reader, which checks the checksums."""

import pytest
from tensorflow import make_ndarray
from tensorflow.compat.v1.train import summary_iterator

from kpoc.training.event_file import EventFile


def test_tensorflow_reads_what_is_written(tmp_path):
    file = EventFile(tmp_path / "train")
    file.add(0, {"epoch_loss": 1.5, "epoch_älter": -2.25})
    file.add(300, {"epoch_loss": 3e-7})
    first, *events = summary_iterator(str(file.path))
    assert first.file_version == "brain.Event:2" and first.wall_time > 1.7e9
    found = [
        (event.step, value.tag, make_ndarray(value.tensor).item())
        for event in events
        for value in event.summary.value
    ]
    assert found == [
        (0, "epoch_loss", 1.5),
        (0, "epoch_älter", -2.25),
        (300, "epoch_loss", pytest.approx(3e-7)),
    ]
    for event in events:
        for value in event.summary.value:
            assert value.metadata.plugin_data.plugin_name == "scalars"
            assert value.metadata.data_class == 1
