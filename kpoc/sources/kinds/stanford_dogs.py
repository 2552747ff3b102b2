"""Source `stanford_dogs`: photos of dogs in one folder a breed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import ClassVar

from kpoc.sources.download import download
from kpoc.sources.finding import find_dataset
from kpoc.sources.kinds.folder import Folder
from kpoc.sources.source import Listing, Source, register_source

URL = "http://vision.stanford.edu/aditya86/ImageNetDogs/images.tar"
INSTEAD = (
    "Without network: fetch images.tar elsewhere, and pass --data FILE (in Python: "
    "`root`), or the folder it was unpacked to."
)
_FOLDER = re.compile(r"(n[0-9]{8})-(.+)")


def parse_folder(name: str) -> tuple[str, str]:
    """Reads WordNet's number and the breed from the name of a folder.

    Args:
        name: The folder's name, such as `n02099601-golden_retriever`.

    Returns:
        The synset and the breed, with spaces.

    Raises:
        ValueError: The name has another form.

    Example:
        >>> parse_folder("n02099601-golden_retriever")
        ('n02099601', 'golden retriever')
    """
    match = _FOLDER.fullmatch(name)
    if not match:
        raise ValueError("not in a folder of a breed (n02085620-Chihuahua)")
    return match[1], match[2].replace("_", " ").strip()


def _holds_breeds(folder: Path) -> bool:
    return any(
        _FOLDER.fullmatch(each.name) and each.is_dir() and any(each.iterdir())
        for each in folder.iterdir()
    )


@register_source("stanford_dogs")
class StanfordDogs(Source):
    """Stanford Dogs: 20,580 photos of dogs of 120 breeds, taken from ImageNet.

    Labels: `breed` (as the folder says it, with spaces) and `synset` (its number in
    WordNet). The root is the folder `Images`, one that holds it, or `images.tar` as
    downloaded, which is unpacked once into the cache. Without a root the archive is
    downloaded by tensorflow-datasets (the extra `tfds`).

    Attributes:
        url: Where `images.tar` is downloaded from. Another copy than the original is
            not checked against the original's hash.
    """

    url: str = URL

    needs_root: ClassVar[bool] = False
    citation: ClassVar[str] = (
        "Khosla, Jayadevaprakash, Yao, Li: Novel Dataset for Fine-Grained Image "
        "Categorization, Workshop on Fine-Grained Visual Categorization, CVPR 2011"
    )
    licence: ClassVar[str] = (
        "non-commercial research and education, as ImageNet's terms say; the copyright "
        "stays with the images' owners"
    )
    overlap: ClassVar[str] = (
        "The pictures come from ImageNet, and all 120 breeds are classes of "
        "ImageNet-1k: a backbone that was pre-trained on it has probably seen the test "
        "pictures, with their labels. Figures here are better than on new pictures, "
        "and not equally so for every backbone."
    )

    def read(self, root: Path | None, cache: Path) -> Listing:
        """See `Source.read`."""
        if root is None:
            root = download(self.url, "stanford_dogs", cache, INSTEAD)
        folder = find_dataset(
            Path(root),
            cache,
            name="Images",
            looked_for="folders such as n02085620-Chihuahua",
            holds=_holds_breeds,
        )
        listing = Folder(label="breed").read(folder, cache)
        reported, labels = list(listing.reported), {}
        for name, rows in listing.frame.groupby("breed")["id"]:
            try:
                labels[name] = parse_folder(name)
            except ValueError as error:
                reported += [(row, str(error)) for row in rows]
        frame = listing.frame[listing.frame["breed"].isin(list(labels))]
        found = [labels[name] for name in frame["breed"]]
        frame = frame.assign(
            breed=[breed for _, breed in found], synset=[synset for synset, _ in found]
        )
        return Listing(frame.reset_index(drop=True), listing.root, reported)
