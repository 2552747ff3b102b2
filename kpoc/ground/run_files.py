"""What the files of a run directory are called.

`kpoc.runs` reads and writes them. Their names stand here, since `kpoc.weights` and
`kpoc.models`, which lie below it, take a trained encoder from such a directory.
"""

RECIPE = "recipe.yaml"
RECORD = "run.json"
MANIFEST = "manifest.parquet"
HISTORY = "metrics.csv"
EVENTS = "tensorboard"
BEST_WEIGHTS = "best.weights.h5"
MODEL = "model.keras"
CARD = "card.md"
CHECKPOINT = "checkpoint.zip"
EXPORTS = "export"
"""A folder, as is `EVENTS`."""


def predictions(split: str, label: str = "") -> str:
    """The file of a split's predictions.

    Args:
        split: `validation` or `test`.
        label: How the model was asked, where that is not as in training.

    Example:
        >>> predictions("test"), predictions("test", "288")
        ('predictions_test.parquet', 'predictions_test@288.parquet')
    """
    return f"predictions_{split}{label and '@'}{label}.parquet"
