"""Records and examples against what TensorFlow writes."""

import pytest
import tensorflow as tf

from kpoc.ground.tfrecord import crc32c, record, spans
from kpoc.sources.example import Span, read_example


def test_the_checksum_is_that_of_the_standard():
    # RFC 3720, appendix B.4
    assert crc32c(bytes(32)) == 0x8A9136AA
    assert crc32c(b"\xff" * 32) == 0x62A8AB43
    assert crc32c(bytes(range(32))) == 0x46DD794E


def test_files_are_tensorflows(tmp_path):
    contents = [b"", b"a", bytes(1000)]
    with tf.io.TFRecordWriter(str(tmp_path / "theirs")) as writer:
        for content in contents:
            writer.write(content)
    data = (tmp_path / "theirs").read_bytes()
    assert data == b"".join(map(record, contents))
    assert [data[start:end] for start, end in spans(data)] == contents


def test_examples_of_every_kind_of_value():
    feature, text = tf.train.Feature, ["ä".encode(), b""]
    written = tf.train.Example(
        features=tf.train.Features(
            feature={
                "bytes": feature(bytes_list=tf.train.BytesList(value=text)),
                "floats": feature(float_list=tf.train.FloatList(value=[0.5, -3e9])),
                "one": feature(int64_list=tf.train.Int64List(value=[-7])),
                "many": feature(
                    int64_list=tf.train.Int64List(value=[0, 300, -(2**63), 2**63 - 1])
                ),
                "nothing": feature(),
            }
        )
    ).SerializeToString()
    data = memoryview(b"..." + written + b"..")
    found = read_example(data, 3, len(data) - 2)
    assert all(isinstance(each, Span) for each in found["bytes"])
    assert [bytes(data[each.start : each.end]) for each in found.pop("bytes")] == text
    assert found == {
        "floats": [0.5, -3e9],
        "one": [-7],
        "many": [0, 300, -(2**63), 2**63 - 1],
        "nothing": [],
    }


@pytest.mark.parametrize("data", [b"\x0a\x05abc", b"\x0b", b"\x80", b"\x08\x01"])
def test_what_is_no_example_is_refused(data):
    with pytest.raises(ValueError, match="begins at byte 0|cut off|no field"):
        read_example(memoryview(data), 0, len(data))
