"""Which files take long: they are begun first, so that no worker is left with one at the end.

Whole files go to a worker (`--dist loadfile`), because the tests of a file share what it set up. A
file that is missing here only makes the end less even. Renew the list from `--durations=0`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

LONGEST_FILES = (
    "acceptance/test_partners",
    "acceptance/test_rehearsing",
    "acceptance/test_nothing_is_lost",
    "acceptance/test_rebuilding_while_serving",
    "acceptance/test_erasing_a_person",
    "acceptance/test_tutorial",
    "acceptance/test_how_to_pages",
    "integration/intake/texting/test_deliveries",
    "integration/intake/open311/test_open311",
    "integration/audit/test_differences",
    "acceptance/test_in_a_browser",
    "acceptance/test_partners_under_fire",
    "integration/cosigner/test_cosigner",
    "acceptance/test_partner_documentation",
    "integration/projections/test_killed_rebuilds",
    "contract/test_go_verifier",
    "integration/ledger/test_cosigning",
    "integration/intake/following/test_pages",
    "integration/intake/inquiries/test_asking",
    "integration/intake/test_site",
    "integration/intake/following/test_pages_in_a_browser",
    "acceptance/test_partner_exercises",
    "integration/intake/test_site_in_a_browser",
    "integration/intake/desk/test_in_a_browser",
    "integration/projections/test_rebuilding",
    "integration/intake/partners/test_partner_inlet",
    "integration/audit/test_exporting",
    "acceptance/test_questions_and_answers",
    "acceptance/test_reads_are_events",
    "acceptance/test_the_way_of_a_report",
    "integration/audit/test_replaying",
    "integration/intake/inquiries/test_pages_in_a_browser",
    "integration/runtime/test_access_lists",
    "integration/ledger/test_tampering",
    "integration/audit/test_verifying_a_record",
    "contract/test_asyncapi",
    "contract/test_reference",
    "unit/events/test_codec",
    "unit/events/test_wire",
    "acceptance/test_every_page",
    "integration/local/test_supervisor",
    "integration/triage/test_pages_in_a_browser",
    "integration/intake/texting/test_text_messages",
    "integration/intake/desk/test_a_call",
    "acceptance/test_text_documentation",
    "acceptance/test_following_a_report",
    "integration/ledger/test_growth",
    "unit/events/test_excerpt",
    "unit/events/test_schemas",
    "integration/audit/test_audit_from_elsewhere",
    "integration/ledger/test_monitor",
    "integration/local/test_postgres_server",
    "unit/events/test_compatibility",
    "unit/projections/test_folds",
    "integration/intake/following/test_attachments",
    "integration/intake/following/test_guessing",
    "integration/casework/test_erasing",
    "integration/audit/test_narratives",
    "integration/intake/inquiries/test_publishing",
    "integration/ledger/test_remembering",
    "integration/triage/test_switching",
    "integration/local/test_kafka_server",
    "integration/projections/test_what_cannot_be_folded",
    "integration/audit/test_checks_over_http",
    "acceptance/test_auditors_check",
    "acceptance/test_replaying",
    "contract/test_readme",
)
PLACES = {f"tests/{file}.py": place for place, file in enumerate(LONGEST_FILES)}


def order(items: list[pytest.Item]) -> None:
    """Sort the collected tests by their file's place in the list; within a file nothing moves."""
    items.sort(key=lambda item: PLACES.get(item.nodeid.partition("::")[0], len(PLACES)))
