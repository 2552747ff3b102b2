"""Sections of the page on data, one file each: see `kpoc.report.section`."""
