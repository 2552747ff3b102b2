"""Carries out plans with `keras.ops`, a batch at a time, on any backend."""

from __future__ import annotations

from keras import ops

from kpoc.augmentation.plan import FINE, Colour, Plan


def execute(images, plan: Plan, fill: Colour, whole: bool):
    """Carries out a plan.

    Args:
        images: RGB (B, H, W, 3), levels 0 to 255, of any dtype.
        plan: The plan for these images, made of `keras.ops`.
        fill: Levels outside of the source.
        whole: Whether levels stay whole numbers, as they do in an image file.

    Returns:
        (B, height, width, 3), float32.
    """

    def settled(levels):
        levels = ops.clip(levels, 0.0, 255.0)
        return ops.round(levels) if whole else levels

    if plan.matrix is None:
        images = ops.cast(images, "float32")
    else:
        images = _resampled(images, plan, fill)
        images = settled(images) if whole else images
    if plan.gain is not None:
        images = settled(_recoloured(images, plan))
    if plan.sigma is not None:
        images = _blurred(images, plan)
        images = settled(images) if whole else images
    if plan.threshold is not None:
        threshold = plan.threshold[:, None, None, None]
        images = ops.where(images >= threshold, 255.0 - images, images)
    for box, value in plan.boxes:
        images = _covered(images, box, value)
    return images


def _resampled(images, plan: Plan, fill: Colour):
    """Bilinear; where more than two pixels fall on one of the result, their mean."""
    down, across = _times(images, plan)
    count = down * across
    if isinstance(count, int) and min(down, across) < FINE:
        return _picked(images, plan, fill, 0.0, 0.0)
    # of a picture that is not made that much smaller, the same pixels every time
    apart = ops.cast(plan.fineness() >= FINE, "float32")[:, None]

    def added(number, total):
        y = apart * _offset(number // across, down)
        x = apart * _offset(number % across, across)
        return total + _picked(images, plan, fill, y, x)

    total = ops.fori_loop(1, count, added, added(0, 0.0))
    return total / ops.cast(count, "float32")


def _times(images, plan: Plan):
    """How often height and width of the result fit into those of the sources."""
    sides = zip(ops.shape(images)[1:3], plan.size, strict=True)
    times = [source // result for source, result in sides]
    return [max(1, n) if isinstance(n, int) else ops.maximum(n, 1) for n in times]


def _offset(number, count):
    """Of the middles of `count` equal parts of a pixel, how far one is off its own."""
    return (ops.cast(number, "float32") + 0.5) / ops.cast(count, "float32") - 0.5


def _picked(images, plan: Plan, fill: Colour, down, across):
    """Bilinear, at places that are so many pixels of the result away, (B, 1).

    Beyond the edge lies the fill, or the edge if no fill is in sight.
    """
    count, height, width, channels = ops.shape(images)
    rows, columns = plan.size
    y = ops.repeat(ops.arange(rows, dtype="float32"), columns) + down
    x = ops.tile(ops.arange(columns, dtype="float32"), [rows]) + across
    matrix = plan.pixel_matrix()[:, :, :, None]
    x, y = x[..., None, :], y[..., None, :]
    places = matrix[:, :, 0] * x + matrix[:, :, 1] * y + matrix[:, :, 2]
    high, wide = ops.cast(height, "float32"), ops.cast(width, "float32")
    # two pixels beyond the edge there is nothing but the fill
    x = ops.clip(places[:, 0] / places[:, 2], -2.0, wide + 1.0)
    y = ops.clip(places[:, 1] / places[:, 2], -2.0, high + 1.0)
    inside = plan.stays_inside()
    part, upright = plan.part()
    upright = (upright & inside)[:, None]
    x = ops.where(upright, _between(x, part[:, 1], part[:, 3]), x)
    y = ops.where(upright, _between(y, part[:, 0], part[:, 2]), y)
    left, top = ops.floor(x), ops.floor(y)
    inside = inside[:, None]
    pixels = ops.reshape(images, (-1, channels))
    first = ops.arange(count, dtype="int32")[:, None] * (height * width)
    outside = ops.convert_to_tensor(fill, "float32")

    def corner(row, column, share):
        seen = (row >= 0.0) & (row < high) & (column >= 0.0) & (column < wide)
        row = ops.cast(ops.clip(row, 0.0, high - 1.0), "int32")
        column = ops.cast(ops.clip(column, 0.0, wide - 1.0), "int32")
        found = ops.take(pixels, first + row * width + column, axis=0)
        found = ops.where(
            (seen | inside)[..., None], ops.cast(found, "float32"), outside
        )
        return found * share[..., None]

    right, down = x - left, y - top
    total = (
        corner(top, left, (1.0 - right) * (1.0 - down))
        + corner(top, left + 1.0, right * (1.0 - down))
        + corner(top + 1.0, left, (1.0 - right) * down)
        + corner(top + 1.0, left + 1.0, right * down)
    )
    return ops.reshape(total, (-1, rows, columns, channels))


def _between(place, one, other):
    """Pixel numbers, kept to those between two edges."""
    low, high = ops.minimum(one, other), ops.maximum(one, other) - 1.0
    return ops.minimum(ops.maximum(place, low[:, None]), high[:, None])


def _recoloured(images, plan: Plan):
    mean = ops.mean(images, axis=(1, 2))
    offset = ops.matmul(plan.of_mean, mean[:, :, None])[:, None, None, :, 0]
    return ops.einsum("bhwc,bdc->bhwd", images, plan.gain) + offset


def _blurred(images, plan: Plan):
    reach = plan.kernel // 2
    steps = ops.arange(-reach, reach + 1, dtype="float32")
    # a sigma near 0 leaves the middle of the kernel alone
    sigma = ops.maximum(plan.sigma, 1e-3)[:, None]
    weights = ops.exp(-0.5 * ops.square(steps / sigma))
    weights = weights / ops.sum(weights, axis=1, keepdims=True)
    weights = weights[:, :, None, None, None]
    rows, columns = plan.size
    padded = _reflected(images, rows, reach, axis=1)
    images = sum(padded[:, i : i + rows] * weights[:, i] for i in range(plan.kernel))
    padded = _reflected(images, columns, reach, axis=2)
    return sum(
        padded[:, :, i : i + columns] * weights[:, i] for i in range(plan.kernel)
    )


def _reflected(images, side, reach: int, axis: int):
    """Mirrored at the outermost pixels' centres, as often as it takes."""
    there_and_back = ops.maximum(2 * side - 2, 1)
    place = ops.arange(-reach, side + reach, dtype="int32") % there_and_back
    return ops.take(images, ops.minimum(place, there_and_back - place), axis=axis)


def _covered(images, box, value: Colour):
    box = box[:, :, None]
    top, left, height, width = box[:, 0], box[:, 1], box[:, 2], box[:, 3]
    y = ops.arange(images.shape[1], dtype="float32")
    x = ops.arange(images.shape[2], dtype="float32")
    rows = (y >= top) & (y < top + height)
    columns = (x >= left) & (x < left + width)
    inside = rows[:, :, None, None] & columns[:, None, :, None]
    return ops.where(inside, ops.convert_to_tensor(value, "float32"), images)
