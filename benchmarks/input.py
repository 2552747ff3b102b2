"""Input at the fifth study's settings: kpoc beside Keras' layers and albumentations.

    python benchmarks/input.py --images DIR [--rounds 5]

JPEG files to normalised float32 batches at 224 px, through the full chain: crop, flip,
rotation, perspective, colour jitter, blur, erasing, normalise. Each contender lives in
a process of its own; they take turns on the same files within one run, so that what
else the machine does hits all alike. The ratios are what counts. Contenders whose
packages are missing are left out by name. Then: how much of a model's step speed is
left when its batches come from the pipeline, and whether memory stays flat.
"""

import argparse
import importlib.metadata
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")

from turns import in_turns

PACKAGES = ("tensorflow", "keras", "opencv-python-headless")
SIZE, BATCH = 224, 32
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
CHAIN = [
    {"name": "random_resized_crop", "scale": [0.5, 1.0]},
    "random_flip",
    {"name": "random_rotation", "degrees": 15},
    {"name": "random_perspective", "distortion_scale": 0.2},
    {
        "name": "color_jitter",
        "brightness": 0.2,
        "contrast": 0.2,
        "saturation": 0.2,
        "hue": 0.05,
    },
    {"name": "gaussian_blur", "kernel_size": 7, "p": 0.5},
    "random_erasing",
]


def _chain():
    from kpoc.augmentation.chain import make_augmentations
    from kpoc.ground.schema import Component

    return make_augmentations([Component.model_validate(c) for c in CHAIN])


def _rows(files):
    import numpy as np

    from kpoc.batches.pipeline import Rows

    return Rows(files, {"y": np.zeros(len(files), "int32")}, SIZE)


def _normalized(images):
    """As `kpoc.layers.Normalize`, rows as vectors: TensorFlow is slow at threes."""
    import tensorflow as tf

    scale = tf.tile(tf.constant([1.0 / (255.0 * s) for s in STD]), [SIZE])
    offset = tf.tile(
        tf.constant([m / s for m, s in zip(MEAN, STD, strict=True)]), [SIZE]
    )
    levels = tf.reshape(images, (-1, SIZE, 3 * SIZE))
    levels = tf.cast(levels, tf.float32) * scale - offset
    return tf.reshape(levels, (-1, SIZE, SIZE, 3))


def kpoc_decode(files):
    """The decoder and nothing else: the limit."""
    import tensorflow as tf

    from kpoc.pictures.decode import read_image

    def read(path):
        image = tf.numpy_function(lambda p: read_image(p.decode()), [path], tf.uint8)
        return tf.size(image)

    paths = tf.data.Dataset.from_tensor_slices(files)
    return paths.map(read, num_parallel_calls=os.cpu_count()).batch(BATCH).prefetch(2)


def kpoc_chain(files):
    """The training pipeline with the folded plan."""
    from kpoc.batches.pipeline import training_batches

    batches = training_batches(
        _rows(files), BATCH, seed=0, epochs=1, augmentations=_chain()
    )
    return batches.map(
        lambda images, *rest: _normalized(images), num_parallel_calls=os.cpu_count()
    )


class _Normalized:
    """Batches of a pipeline without TensorFlow, normalised."""

    def __init__(self, batches):
        self.batches = batches

    def __iter__(self):
        import numpy as np

        scale = np.array([1.0 / (255.0 * s) for s in STD], np.float32)
        offset = np.array([m / s for m, s in zip(MEAN, STD, strict=True)], np.float32)
        for images, *_ in self.batches:
            yield images * scale - offset


def kpoc_arrays(files):
    """The same batches by plain arrays in threads, as JAX and PyTorch get them."""
    from kpoc.batches.pipelines.arrays import training_batches

    return _Normalized(
        training_batches(_rows(files), BATCH, seed=0, epochs=1, augmentations=_chain())
    )


def kpoc_layer(files):
    """The same plan by `keras.ops`: what a GPU runs, here on the CPU."""
    import tensorflow as tf

    from kpoc import layers

    augment = layers.Augmentations(CHAIN, size=SIZE, seed=0)
    compiled = tf.function(lambda images: _normalized(augment(images, training=True)))
    return _tensorflow_decoded(files, resize=False).map(
        compiled, num_parallel_calls=os.cpu_count()
    )


def _tensorflow_decoded(files, resize=True):
    import tensorflow as tf

    def load(path):
        image = tf.io.decode_jpeg(tf.io.read_file(path), channels=3)
        return tf.image.resize(image, (SIZE, SIZE)) if resize else image

    paths = tf.data.Dataset.from_tensor_slices(files)
    images = paths.map(load, num_parallel_calls=tf.data.AUTOTUNE)
    return images.batch(BATCH, drop_remainder=True).prefetch(2)


def keras_decode(files):
    """TensorFlow's decode and resize, as Keras' data sets do it."""
    return _tensorflow_decoded(files)


def keras_chain(files):
    """Keras' own layers, one after the other, in tf.data."""
    import tensorflow as tf
    from keras import layers

    levels = {"value_range": (0, 255)}
    chain = [
        layers.RandomZoom((-0.3, 0.0), (-0.3, 0.0)),
        layers.RandomFlip("horizontal"),
        layers.RandomRotation(15 / 360),
        layers.RandomPerspective(factor=0.5, scale=0.2),
        layers.RandomColorJitter(
            brightness_factor=0.2,
            contrast_factor=0.2,
            saturation_factor=(0.4, 0.6),
            hue_factor=0.05,
            **levels,
        ),
        layers.RandomGaussianBlur(factor=0.5, kernel_size=7, sigma=1.0, **levels),
        layers.RandomErasing(factor=0.5, fill_value=0.0, **levels),
        layers.Normalization(
            mean=[255 * m for m in MEAN], variance=[(255 * s) ** 2 for s in STD]
        ),
    ]

    def augment(images):
        for layer in chain:
            images = layer(images, training=True)
        return images

    return _tensorflow_decoded(files).map(augment, num_parallel_calls=tf.data.AUTOTUNE)


class _Files:
    """A data set as torch's DataLoader takes it."""

    def __init__(self, files, transform):
        self.files, self.transform = files, transform

    def __len__(self):
        return len(self.files)

    def __getitem__(self, index):
        import cv2

        image = cv2.cvtColor(cv2.imread(self.files[index]), cv2.COLOR_BGR2RGB)
        return self.transform(image=image)["image"]


def albumentations_chain(files):
    """PyTorch's DataLoader with albumentations, a worker a core."""
    import albumentations as transforms
    from albumentations.pytorch import ToTensorV2
    from torch.utils.data import DataLoader

    chain = [
        transforms.RandomResizedCrop((SIZE, SIZE), scale=(0.5, 1.0)),
        transforms.HorizontalFlip(),
        transforms.Rotate(15, p=1.0),
        transforms.Perspective(scale=(0.0, 0.1), p=0.5),
        transforms.ColorJitter(
            (0.8, 1.2), (0.8, 1.2), (0.8, 1.2), (-0.05, 0.05), p=1.0
        ),
        transforms.GaussianBlur(blur_limit=(7, 7), sigma_limit=(0.1, 2.0), p=0.5),
        transforms.Erasing(p=0.5),
        transforms.Normalize(MEAN, STD),
        ToTensorV2(),
    ]
    return DataLoader(
        _Files(files, transforms.Compose(chain)),
        BATCH,
        num_workers=os.cpu_count(),
        drop_last=True,
        persistent_workers=True,
    )


OWN = "kpoc, OpenCV in tf.data"
CONTENDERS = {
    "decode only, kpoc": (kpoc_decode, ()),
    "decode and resize only, TensorFlow": (keras_decode, ()),
    OWN: (kpoc_chain, ()),
    "kpoc, OpenCV in threads, without TensorFlow": (kpoc_arrays, ()),
    "kpoc.layers.Augmentations in tf.data": (kpoc_layer, ()),
    "Keras' layers in tf.data": (keras_chain, ()),
    "PyTorch DataLoader + albumentations": (
        albumentations_chain,
        ("torch", "albumentations"),
    ),
}


def serve(name: str) -> None:
    """A contender's process: a pass over the files for each line on stdin."""
    import psutil

    batches = CONTENDERS[name][0](json.loads(sys.stdin.readline()))
    me = psutil.Process()

    def seconds_of_cpu():
        return sum(sum(p.cpu_times()[:2]) for p in [me, *me.children(recursive=True)])

    for _ in sys.stdin:
        before = seconds_of_cpu()
        for _ in batches:
            pass
        print(seconds_of_cpu() - before, flush=True)


class Child:
    """A contender in a process of its own; called, it passes over the files."""

    def __init__(self, name: str, files: list[str]):
        self.process = subprocess.Popen(
            [sys.executable, __file__, "--serve", name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.cpu: list[float] = []
        self._tell(json.dumps(files))

    def _tell(self, line: str) -> None:
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def __call__(self) -> None:
        self._tell("go")
        self.cpu.append(float(self.process.stdout.readline()))

    def end(self) -> None:
        """Ends the process."""
        self.process.stdin.close()
        self.process.wait()


def compare(files: list[str], rounds: int) -> None:
    """Lets the contenders take turns and prints a row each."""
    children = {}
    for name, (_, packages) in CONTENDERS.items():
        if missing := [p for p in packages if importlib.util.find_spec(p) is None]:
            print(f"left out: {name}, for want of {', '.join(missing)}\n")
        else:
            children[name] = Child(name, files)
    times = in_turns(children, rounds, warm_up=1)
    count = len(files) // BATCH * BATCH
    own, own_cpu = times[OWN], statistics.median(children[OWN].cpu[1:])
    print("| | images/s | CPU ms an image | kpoc is faster by | by CPU time |")
    print("|---|---|---|---|---|")
    for name, child in children.items():
        child.end()
        wall, cpu = times[name].wall, statistics.median(child.cpu[1:])
        # within a round the two ran one after the other
        ratio = statistics.median(a / b for a, b in zip(wall, own.wall, strict=True))
        print(
            f"| {name} | {count / statistics.median(wall):.0f} | "
            f"{cpu / count * 1e3:.2f} | {ratio:.2f} | {cpu / own_cpu:.2f} |"
        )


def drawn(folder: str, count: int) -> list[str]:
    """Files where none are given: 200 x 200 pixels of soft noise."""
    import cv2
    import numpy as np

    rng, files = np.random.default_rng(0), []
    for number in range(count):
        picture = rng.normal(128, 200, (200, 200, 3)).clip(0, 255).astype("uint8")
        files.append(str(Path(folder) / f"{number}.jpg"))
        cv2.imwrite(files[-1], cv2.GaussianBlur(picture, (0, 0), 2.0))
    return files


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", help="a folder with JPEG files; drawn ones if none")
    parser.add_argument("--count", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--serve", choices=CONTENDERS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve)
        return
    with tempfile.TemporaryDirectory() as folder:
        if options.images:
            found = sorted(Path(options.images).rglob("*.jp*g"))
            files = [
                str(path) for path in found[:: max(1, len(found) // options.count)]
            ]
            files = files[: options.count]
        else:
            files = drawn(folder, options.count)
        print(
            f"{len(files)} files, {SIZE} px, batches of {BATCH}, {os.cpu_count()} CPU "
            f"cores, {options.rounds} rounds, "
            + ", ".join(f"{p} {importlib.metadata.version(p)}" for p in PACKAGES)
            + "\n"
        )
        compare(files, options.rounds)


if __name__ == "__main__":
    main()
