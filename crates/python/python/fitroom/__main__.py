"""``python -m fitroom`` is the command ``fitroom``."""

import sys

from ._command import main

sys.exit(main())
