"""How several pictures of one size stand side by side."""

import math

PAGE = 1072
GAP = 20


def column_width(count: int, least: int) -> int:
    """The column width in CSS pixels that leaves no row of a wide page half empty.

    As many columns as fit, then as few as need no more rows: four pictures of which
    three would fit stand two by two. A narrow page has fewer columns of this width.

    Args:
        count: Number of pictures.
        least: Width that one needs, in CSS pixels.

    Example:
        >>> column_width(4, 240), column_width(4, 340), column_width(5, 340)
        (253, 526, 344)
    """
    fitting = max(1, min(count, (PAGE + GAP) // (least + GAP)))
    columns = math.ceil(count / math.ceil(count / fitting))
    return (PAGE + GAP) // columns - GAP
