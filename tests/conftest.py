"""Fixtures named after states. `--servers` chooses where Kafka and Postgres come from."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4  # noqa: TID251 - names of throw-away databases

import psycopg
import pytest
import pytest_asyncio

from services.setup.database import migrate_all
from tests import longest_first
from tests import servers as kinds
from tests.acceptance.installation import Installed, installed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tests.servers import Servers


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--servers",
        choices=["embedded", "containers", "external"],
        default="embedded",
        help="where the tests get Kafka and Postgres from",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):  # with one process nothing is left over at the end
        longest_first.order(items)


@pytest.fixture(scope="session", autouse=True)
def _own_environment() -> Iterator[None]:
    """Settings of the person who runs the tests must not leak into them."""
    names = [name for name in os.environ if name.startswith("BLOTTER_")]
    kept = {n for n in names if n.startswith("BLOTTER_TEST_") or n == "BLOTTER_CACHE"}
    with pytest.MonkeyPatch.context() as patch:
        for name in set(names) - kept - {"BLOTTER_DATABASE_URL", "BLOTTER_KAFKA_BOOTSTRAP"}:
            patch.delenv(name)
        yield


@pytest.fixture(scope="session")
def servers(request: pytest.FixtureRequest) -> Iterator[Servers]:
    """A real Kafka and a real Postgres."""
    kind = request.config.getoption("--servers")
    if kind == "embedded":
        manager = kinds.embedded()
    elif kind == "containers":
        manager = kinds.containers()
    else:
        manager = kinds.external()
    with manager as found:
        yield found


def _named(database_url: str, database: str) -> str:
    return urlunsplit(urlsplit(database_url)._replace(path=f"/{database}"))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def migrated_template(servers: Servers) -> str:
    """The name of a migrated database, to be copied for each test."""
    name = f"blotter_template_{uuid4().hex[:8]}"
    async with await psycopg.AsyncConnection.connect(
        servers.database_url, autocommit=True
    ) as admin:
        await admin.execute(f'create database "{name}"')
    await migrate_all(_named(servers.database_url, name))
    return name


@asynccontextmanager
async def _database(servers: Servers, template: str) -> AsyncIterator[str]:
    name = f"blotter_test_{uuid4().hex[:8]}"
    async with await psycopg.AsyncConnection.connect(
        servers.database_url, autocommit=True
    ) as admin:
        await admin.execute(f'create database "{name}" template "{template}"')
        try:
            yield _named(servers.database_url, name)
        finally:
            await admin.execute(f'drop database "{name}" with (force)')


@pytest_asyncio.fixture
async def a_database(servers: Servers, migrated_template: str) -> AsyncIterator[str]:
    """The address of a migrated, empty database of this test's own."""
    async with _database(servers, migrated_template) as url:
        yield url


@pytest.fixture
def a_topic_prefix() -> str:
    """Topics of this test's own."""
    return f"t{uuid4().hex[:8]}"


@pytest.fixture(scope="session")
def project() -> Path:
    """The root of this checkout."""
    return Path(__file__).parents[1]


@pytest.fixture(scope="session")
def real_data(project: Path) -> Path:
    """The folder of real public records; skips, saying so, where it is absent."""
    folder = project.parent / "shared" / "data"
    if not folder.exists():
        pytest.skip(f"no real data at {folder}")
    return folder


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
