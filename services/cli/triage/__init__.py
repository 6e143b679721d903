"""`blotter triage …`: train, evaluate and build bundles, and decide offline with one."""

import cyclopts

triage_app = cyclopts.App(name="triage", help="Bundles of triage: train, evaluate, build, decide.")
