"""One file a format; each registers a `kpoc.exporting.format.Format`."""
