"""`python -m kpoc`."""

import sys

from kpoc.cli import main

sys.exit(main())
