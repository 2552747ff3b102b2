"""`python -m tuning`."""

import sys

from kpoc.ground.child_python import leave_current_folder

leave_current_folder()

from tuning.cli import main  # noqa: E402

sys.exit(main())
