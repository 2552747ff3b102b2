"""`python -m kpoc`."""

import sys

from kpoc.cli import main
from kpoc.lifeline import end_with_parent

end_with_parent()
sys.exit(main())
