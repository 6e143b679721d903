"""Measurements, side by side with their floors: `python -m tests.bench [NAME…] [--quick]`.

Compare figures inside one run only: they move by a third from run to run. Nothing here fails for
being slow.
"""
