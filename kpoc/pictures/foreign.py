"""Names for what lies where an image should be, and for images not read here."""

from __future__ import annotations

from pathlib import PurePosixPath

_STARTS = {
    b"%PDF": "a PDF document",
    b"PK\x03\x04": "a ZIP archive",
    b"\x1f\x8b": "a gzip archive",
    b"8BPS": "a Photoshop document",
    b"\x00\x00\x00\x0cjP  ": "a JPEG 2000 image, which is not read here",
    b"\xff\x4f\xff\x51": "a JPEG 2000 image, which is not read here",
    b"\xff\x0a": "a JPEG XL image, which is not read here",
    b"\x00\x00\x00\x0cJXL ": "a JPEG XL image, which is not read here",
    b"\x00\x05\x16\x07": "notes of macOS on another file (._name)",
    b"version https://git-lfs": "a Git LFS pointer: `git lfs pull` gets the file",
}
_TEXTS = {
    b"<!doctype html": "an HTML page",
    b"<html": "an HTML page",
    b"<svg": "an SVG drawing, which is not read here",
    b"<?xml": "an XML document",
    b"{": "a JSON document",
}
_BRANDS = {
    b"avif": "an AVIF image, which is not read here",
    b"heic": "a HEIC image, which is not read here",
    b"heix": "a HEIC image, which is not read here",
    b"mif1": "a HEIF image, which is not read here",
}
_LOOKED_AT = 64
_UNREAD = {
    "a HEIF image": ("heic", "heif", "hif"),
    "an AVIF image": ("avif",),
    "a JPEG XL image": ("jxl",),
    "a JPEG 2000 image": ("jp2", "j2k", "jpx", "jpf"),
    "an SVG drawing": ("svg", "svgz"),
    "a Photoshop document": ("psd", "psb"),
    "an OpenEXR image": ("exr",),
    "a Targa image": ("tga",),
    "a DICOM image": ("dcm",),
    "a camera's raw image": (
        *("3fr", "arw", "cr2", "cr3", "crw", "dng", "erf", "iiq", "kdc", "mef", "mrw"),
        *("nef", "nrw", "orf", "pef", "raf", "raw", "rw2", "sr2", "srf", "srw", "x3f"),
    ),
}
_BY_SUFFIX = {f".{end}": name for name, ends in _UNREAD.items() for end in ends}


def name_unread(path: str) -> str | None:
    """Says what a file is by its name, if it is an image that is not read here.

    Example:
        >>> name_unread("a/IMG_1.HEIC"), name_unread("notes.txt")
        ('a HEIF image, which is not read here', None)
    """
    name = _BY_SUFFIX.get(PurePosixPath(path).suffix.lower())
    return name and f"{name}, which is not read here"


def name_foreign(data: bytes) -> str:
    """Says what a file holds that no format recognises.

    Args:
        data: The file's content.

    Example:
        >>> name_foreign(b" <!DOCTYPE HTML><title>404 Not Found")
        'an HTML page'
    """
    for start, name in _STARTS.items():
        if data.startswith(start):
            return name
    if data[4:8] == b"ftyp":
        return _BRANDS.get(data[8:12], "a film or an image in a film's container")
    head = data[:_LOOKED_AT].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for start, name in _TEXTS.items():
        if head.startswith(start):
            return name
    if not data.strip(b"\0"):
        return "nothing but zero bytes"
    if data.isascii():
        return "text"
    return "not an image of a format that is read here"
