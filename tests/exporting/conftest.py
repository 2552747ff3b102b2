import json
from types import SimpleNamespace

import pytest

from kpoc.exporting.format import FORMATS


@pytest.fixture(scope="session", params=FORMATS.names())
def form(request):
    """Each format, where its packages are installed."""
    form = FORMATS.get(request.param)()
    if missing := form.missing():
        pytest.skip(f"not installed: {', '.join(missing)}")
    return form


@pytest.fixture(scope="session")
def exported(kpoc_here, run_folder):
    """What `kpoc export RUN` printed and wrote."""
    for name in FORMATS.names():
        if missing := FORMATS.get(name)().missing():
            pytest.skip(f"not installed: {', '.join(missing)}")
    done = kpoc_here("export", run_folder, "--rows", 12)
    folder = run_folder / "export"
    record = json.loads((folder / "export.json").read_text())
    return SimpleNamespace(folder=folder, record=record, printed=done)
