"""Downloads through tensorflow-datasets, which knows what the files must hash to."""

from __future__ import annotations

import urllib.request
from pathlib import Path

from kpoc.sources.source import SourceError

_SECONDS = 20


def download(url: str, dataset: str, cache: Path, instead: str) -> Path:
    """Downloads a file of a dataset once; later calls find it.

    Args:
        url: The file; one that tensorflow-datasets lists for the dataset is checked
            against the hash listed there.
        dataset: The dataset's name in tensorflow-datasets.
        cache: The cache folder.
        instead: What to do without network, for errors.

    Returns:
        The file.

    Raises:
        SourceError: tensorflow-datasets is not installed, the file cannot be had, or
            is not the one that is listed.
    """
    try:
        import tensorflow_datasets as tfds
    except ImportError as error:
        raise SourceError(
            "the download needs tensorflow-datasets (pip install 'kpoc[tfds]'). "
            f"{instead} Received: {error}"
        ) from error
    folder = cache / "downloads"
    try:
        if not any(folder.rglob("*.INFO*")):
            _require_reachable(url)
        manager = tfds.download.DownloadManager(
            download_dir=folder,
            url_infos=tfds.builder_cls(dataset).url_infos,
            dataset_name=dataset,
        )
        return Path(manager.download(url))
    except Exception as error:  # whatever the transport and the file system raise
        raise SourceError(
            f"{url} could not be downloaded. {instead} Received: "
            f"{type(error).__name__}: {error}"
        ) from error


def _require_reachable(url: str) -> None:
    # tensorflow-datasets itself tries for minutes before it gives up
    request = urllib.request.Request(url, method="HEAD")
    urllib.request.urlopen(request, timeout=_SECONDS).close()
