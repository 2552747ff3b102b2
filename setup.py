from setuptools import find_packages, setup

# data_manifests/ stands at the top of the repository and is installed inside the
# package (package_dir in setup.cfg), so that protocols are found wherever kpoc is.
ROOMS = ["kpoc", "kpoc.*", "tuning", "tuning.*"]

setup(packages=[*find_packages(include=ROOMS), "kpoc.data_manifests"])
