"""Sections of the page on a search, one file each: see `kpoc.report.section`."""
