from setuptools import find_packages, setup

# data_manifests/ stands at the top of the repository and is installed inside the
# package (package_dir in setup.cfg), so that protocols are found wherever kpoc is.
setup(packages=[*find_packages(include=["kpoc", "kpoc.*"]), "kpoc.data_manifests"])
