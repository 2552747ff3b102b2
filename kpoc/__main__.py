"""`python -m kpoc`."""

import sys

from kpoc.ground.child_python import leave_current_folder

leave_current_folder()

from kpoc.cli import main  # noqa: E402
from kpoc.ground.lifeline import end_with_parent  # noqa: E402

end_with_parent()
sys.exit(main())
