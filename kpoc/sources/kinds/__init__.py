"""The sources of images, one a file; a new file is a new source."""
