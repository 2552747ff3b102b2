"""Training images as a recipe's augmentation changes them."""

from kpoc.report.data.subject import Subject

TITLE = "Augmented images"
MISSING = None
PLACE = 100


def context(subject: Subject) -> dict | None:
    """Pass on the pictures with the labels, which stay the same."""
    augmented = subject.augmented
    if augmented is None:
        return None
    rows = subject.manifest.rows("train").set_index("id", drop=False)
    return {
        "augmented": augmented,
        "strips": [
            {"id": name, "words": subject.words(rows.loc[name]), "pictures": pictures}
            for name, pictures in zip(augmented.ids, augmented.pictures, strict=True)
        ],
    }
