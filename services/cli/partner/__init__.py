"""`blotter partner`: who may send events, by which token, and whether a file of them is right."""

import cyclopts

partner_app = cyclopts.App(
    name="partner", help="Other systems that send events: who, by which token, and are they right?"
)
