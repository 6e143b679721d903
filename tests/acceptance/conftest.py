"""One running installation for all acceptance tests that do no lasting harm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.acceptance.installation import Installed, installed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers import Servers


@pytest.fixture(scope="session")
def an_environment(request: pytest.FixtureRequest) -> dict[str, str]:
    """Nothing for embedded servers, which the installation starts; else their addresses."""
    if request.config.getoption("--servers") == "embedded":
        return {}
    servers: Servers = request.getfixturevalue("servers")
    return {
        "BLOTTER_DATABASE_URL": servers.database_url,
        "BLOTTER_KAFKA_BOOTSTRAP": servers.kafka_bootstrap,
    }


@pytest.fixture(scope="session")
def a_running_installation(an_environment: dict[str, str]) -> Iterator[Installed]:
    """`blotter up`, for the whole session."""
    with installed(environment=an_environment) as found:
        yield found


@pytest.fixture
def an_embedded_installation(
    request: pytest.FixtureRequest, a_running_installation: Installed
) -> Installed:
    """An installation whose broker is ours to kill."""
    if request.config.getoption("--servers") != "embedded":
        pytest.skip("the broker is not ours to kill: run with --servers=embedded")
    return a_running_installation
