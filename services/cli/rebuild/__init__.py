"""`blotter rebuild VIEW`: make a view anew beside the served one, look at it, switch, go back.

Asks only; the projections process does the work, so that leaving this command stops nothing.
"""

import cyclopts

rebuild_app = cyclopts.App(
    name="rebuild", help="Make a view anew beside the served one; compare, switch, go back."
)
