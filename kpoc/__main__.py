"""`python -m kpoc`."""

import sys

from kpoc.child_python import leave_current_folder

leave_current_folder()

from kpoc.cli import main  # noqa: E402

sys.exit(main())
