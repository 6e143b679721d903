"""`blotter audit …`: one module a verb; each answers 0 sound, 1 found wrong, 2 could not tell."""

import cyclopts

audit_app = cyclopts.App(name="audit", help="History, and proofs of it, for auditors.")
