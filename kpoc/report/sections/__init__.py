"""The sections of a comparison's page, one file each: see `kpoc.report.section`."""
