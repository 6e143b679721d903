"""Settings, read once from the environment in each composition root and passed down as values."""

from __future__ import annotations

from base64 import b64decode
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict


def _thirty_two_bytes(secret: SecretStr) -> SecretStr:
    if len(b64decode(secret.get_secret_value())) != 32:
        msg = "must be 32 bytes in base64"
        raise ValueError(msg)
    return secret


class Settings(BaseSettings):
    """Where things are. Every field is an environment variable `BLOTTER_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="BLOTTER_", frozen=True)

    database_url: str
    """The login of this process; where it serves several schemas, the others' are below."""
    database_urls: dict[str, str] = {}
    database_passwords: dict[str, SecretStr] = {}
    """Only for what prepares a deployment: the passwords of the services' logins, to be made."""
    kafka_bootstrap: str
    master_key: Annotated[SecretStr, AfterValidator(_thirty_two_bytes)]
    agency: Path
    keys: Path | None = None
    """Directory outside the database: keys of epochs, and the register of destroyed ones."""
    attachments: Path | None = None
    """Directory of attached files, each encrypted under its report's key; none: none are taken."""
    cosigners: Path | None = None
    """File of the other offices that cosign our checkpoints: a key and an address a line."""
    topic_prefix: str = "blotter"
    replica: str = "1"
    host: str = "127.0.0.1"
    port: int = 8080
    development_password: SecretStr | None = None
    log_level: str = "INFO"

    def database_for(self, schema: str) -> str:
        """The database as the service of `schema` signs in to it."""
        return self.database_urls.get(schema, self.database_url)

    @property
    def master_key_bytes(self) -> bytes:
        """The key-encryption key, 32 bytes."""
        return b64decode(self.master_key.get_secret_value())


class SettingsError(Exception):
    """The environment lacks a variable or holds a bad one; the message names it."""


def read_settings() -> Settings:
    """Settings of this process; SettingsError names every missing or bad variable."""
    try:
        return Settings()
    except ValidationError as error:
        problems = [
            f"BLOTTER_{str(part['loc'][0]).upper()}: {part['msg']}" for part in error.errors()
        ]
        raise SettingsError("; ".join(problems)) from None
