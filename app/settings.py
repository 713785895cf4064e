"""Settings and configuration: the only reader of the environment and of TOML files.

Order: flag > environment (``ASPAN_...``) > settings file (``aspan.toml``) > default.
"""

from __future__ import annotations

import hashlib
import ipaddress
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from app.errors import SettingsError
from scheduler.configuration import parse_satellites, parse_stations
from scheduler.satellites import Satellite
from scheduler.stations import Station

SETTINGS_FILE = "aspan.toml"
DEFAULT_DATABASE_NAME = "aspan.sqlite3"
# Never from a file: secrets, and addresses that may hold some.
_SECRETS = ("admin_key", "spacetrack_identity", "spacetrack_password", "element_urls")
_ADMIN_KEY_CHARACTERS = 16  # at least


class Settings(BaseSettings):
    """What an operator may set. Every name is also an environment variable ``ASPAN_<NAME>``."""

    model_config = SettingsConfigDict(
        env_prefix="ASPAN_", extra="forbid", frozen=True, hide_input_in_errors=True
    )

    stations: Path | None = Field(None, description="File of ground stations (TOML).")
    satellites: Path | None = Field(None, description="File of satellites (TOML).")
    database_url: str = Field(
        "",
        description="SQLAlchemy URL, sqlite:///… or postgresql://…; "
        "empty: an SQLite file in data_folder.",
    )
    data_folder: Path = Field(Path("data"), description="Folder of the default database.")
    admin_key: SecretStr | None = Field(
        None,
        description="Key for writes, 16 characters or more; required on any address but loopback. "
        "Environment only.",
    )
    host: str = Field("127.0.0.1", description="Address the service listens on.")
    port: int = Field(8000, ge=0, le=65_535, description="TCP port; 0 takes a free one.")
    allowed_hosts: str = Field(
        "",
        description="Host names, separated by commas, under which browsers reach the service "
        "beside its own address.",
    )
    span_limit_days: float = Field(
        31.0, gt=0, le=366, description="Longest span of one prediction or plan, in days."
    )
    satellite_days_limit: float = Field(
        5_000.0,
        gt=0,
        description="Most satellites x stations x days of one prediction over HTTP.",
    )
    body_limit_bytes: int = Field(
        8_000_000, gt=0, description="Longest request body over HTTP, in bytes."
    )
    waiting_jobs_limit: int = Field(20, ge=1, description="Most jobs waiting or running at once.")
    job_workers: int = Field(1, ge=1, le=64, description="Processes for jobs.")
    cluster: str = Field(
        "",
        description="Address of a Dask scheduler, tcp://…, on which studies and large pass "
        "searches run; needs the extra cluster.",
    )
    search_workers: int = Field(
        0,
        ge=0,
        le=64,
        description="Processes that share one large pass search; 0: one for each core.",
    )
    prediction_workers: int = Field(1, ge=1, le=64, description="Processes for predictions.")
    job_time_limit_s: float = Field(
        900.0, gt=0, description="Wall time after which a running job is stopped, in seconds."
    )
    first_plan_days: float = Field(
        7.0, ge=0, le=31, description="Span of the plan computed at start, in days; 0: none."
    )
    celestrak_groups: str = Field(
        "resource,weather",
        description="CelesTrak groups that a refresh asks for, separated by commas; served "
        "satellites outside them are asked for by number.",
    )
    celestrak_url: str = Field(
        "https://celestrak.org/NORAD/elements/gp.php", description="Address of CelesTrak's GP data."
    )
    allow_private_sources: bool = Field(
        False, description="Let sources be on private addresses, such as a mirror of your own."
    )
    source_proxy: str = Field(
        "", description="Proxy for requests to sources, http://…; it then resolves their names."
    )
    element_folder: Path | None = Field(
        None, description="Folder of TLE, OMM and OEM files that every refresh takes."
    )
    element_urls: SecretStr | None = Field(
        None,
        description="Element files that a refresh fetches: NAME=ADDRESS, separated by spaces. "
        "Addresses may hold secrets: environment only.",
    )
    element_hosts: str = Field(
        "", description="Hosts, separated by commas, that element_urls may name."
    )
    spacetrack_identity: SecretStr | None = Field(
        None, description="Account at Space-Track; with none it is not asked. Environment only."
    )
    spacetrack_password: SecretStr | None = Field(
        None, description="Its password. Environment only."
    )
    freeze_s: float = Field(
        3_600.0,
        ge=0,
        description="Contacts whose setup starts within this time are not changed by publishing, "
        "in seconds.",
    )
    cancel_limit_s: float = Field(
        600.0,
        ge=0,
        description="A contact can be cancelled until this long before its setup, in seconds.",
    )
    drift_tolerance_s: float = Field(
        30.0, ge=0, description="How far a window may move before a contact has drifted, seconds."
    )
    reserve_widening_cap_s: float = Field(
        60.0,
        ge=0,
        description="Reserved time grows by the 95 % timing bound at booking, at most by this, "
        "in seconds on each side.",
    )
    change_price: float = Field(
        1.0,
        ge=0,
        description="What changing a booked contact costs a nightly plan, in priority-minutes.",
    )
    preempt_role: Literal["operator", "scheduler", "admin"] = Field(
        "admin", description="Least role that may book over reserved contacts in an emergency."
    )
    preempt_owners: str = Field(
        "",
        description="Owners, separated by commas, whose keys may do so too; keys without an owner "
        "always may.",
    )
    preempt_tell: str = Field(
        "",
        description="Owners, separated by commas, who get a notice of every pre-emption beside "
        "those who lose a contact.",
    )
    report_back_s: float = Field(
        86_400.0,
        ge=0,
        description="A booked contact that nobody reported this long after its end was missed, "
        "in seconds.",
    )
    aos_notice_s: float = Field(
        300.0,
        ge=0,
        le=86_400,
        description="How long before the start of a booked contact its event aos_soon comes, "
        "in seconds.",
    )
    webhook_hosts: str = Field(
        "",
        description="Hosts that webhooks may be sent to, separated by commas: host for https, "
        "host:port for any scheme; empty: none.",
    )
    allow_private_webhooks: bool = Field(
        False, description="Let webhooks go to private addresses, such as a server of your own."
    )
    event_streams_limit: int = Field(
        100, ge=1, description="Most event streams open at once in one process."
    )
    log_level: str = Field("warning", description="debug, info, warning or error.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (
            init_settings,
            env_settings,
            TomlConfigSettingsSource(settings_cls, toml_file=_settings_file()),
        )

    @property
    def effective_database_url(self) -> str:
        """Return the URL that the store opens."""
        if self.database_url:
            return self.database_url
        return f"sqlite:///{(self.data_folder / DEFAULT_DATABASE_NAME).absolute()}"

    @property
    def effective_search_workers(self) -> int:
        """Return how many processes share one large pass search."""
        return self.search_workers or os.cpu_count() or 1

    @property
    def preempt_told(self) -> tuple[str, ...]:
        """Return who is told of every pre-emption."""
        return _split(self.preempt_tell)

    def may_preempt(self, owner: str) -> bool:
        """Say whether keys of an owner (empty: of nobody in particular) may pre-empt at all."""
        return owner == "" or owner in _split(self.preempt_owners)

    @field_validator("admin_key")
    @classmethod
    def _refuse_short_key(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and len(key.get_secret_value().strip()) < _ADMIN_KEY_CHARACTERS:
            raise PydanticCustomError(
                "short_key",
                f"shorter than {_ADMIN_KEY_CHARACTERS} characters, can be guessed; "
                "make one with: openssl rand -hex 32",
            )
        return key

    @property
    def element_addresses(self) -> dict[str, str]:
        """Return the addresses of element files by their names."""
        if self.element_urls is None:
            return {}
        parts = [part.partition("=") for part in self.element_urls.get_secret_value().split()]
        if not all(name and address for name, _, address in parts):
            raise SettingsError(
                "element_urls (ASPAN_ELEMENT_URLS): give NAME=ADDRESS, separated by spaces"
            )
        return {name: address for name, _, address in parts}

    @property
    def is_loopback(self) -> bool:
        """Say whether the service listens on this machine only."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            return False


@dataclass(frozen=True)
class ConfigurationText:
    """The two configuration files, word for word."""

    stations_toml: str = field(repr=False)
    satellites_toml: str = field(repr=False)

    @cached_property
    def digest(self) -> str:
        """Return the SHA-256 of both files' SHA-256, written in hexadecimal one after the other."""
        both = _digest(self.stations_toml) + _digest(self.satellites_toml)
        return _digest(both)


@dataclass(frozen=True, slots=True)
class Configuration:
    """Stations and satellites, the files they came from, and what stood in these."""

    stations: tuple[Station, ...]
    satellites: tuple[Satellite, ...]
    stations_file: str
    satellites_file: str
    text: ConfigurationText

    @property
    def digest(self) -> str:
        """Name this configuration by its text."""
        return self.text.digest

    @property
    def satellite_names(self) -> dict[str, str]:
        """Return the name of each satellite by its id."""
        return {satellite.id: satellite.name for satellite in self.satellites}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _split(names: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in names.split(",") if name.strip())


def load_settings(**flags: Any) -> Settings:
    """Read the settings; ``flags`` that are None were not given."""
    given = {name: value for name, value in flags.items() if value is not None}
    file = _settings_file()
    _refuse_secrets(file)
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        value = "" if name in _SECRETS else f", got {first.get('input')!r}"
        raise SettingsError(
            f"setting {name} (ASPAN_{name.upper()}): {first['msg']}{value}"
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{file}: not valid TOML: {error}") from error


def load_configuration(settings: Settings) -> Configuration:
    """Read stations and satellites from the files that the settings choose."""
    stations_file = find_file("stations.toml", settings.stations)
    satellites_file = find_file("satellites.toml", settings.satellites)
    station_tables, stations_toml = _read_toml(stations_file)
    satellite_tables, satellites_toml = _read_toml(satellites_file)
    return Configuration(
        stations=parse_stations(station_tables, file=str(stations_file)),
        satellites=parse_satellites(satellite_tables, file=str(satellites_file)),
        stations_file=str(stations_file),
        satellites_file=str(satellites_file),
        text=ConfigurationText(stations_toml, satellites_toml),
    )


def read_requests(file: Path | None) -> tuple[Mapping[str, Any], ...]:
    """Read the one-off requests of a TOML file: its ``[[request]]`` tables."""
    if file is None:
        return ()
    tables, _ = _read_toml(file)
    requests = tables.get("request", [])
    if set(tables) - {"request"} or not isinstance(requests, list) or not requests:
        raise SettingsError(f"{file}: give [[request]] tables and nothing else")
    return tuple(requests)


def find_file(name: str, chosen: Path | None = None) -> Path:
    """Find a configuration file: the chosen one, else in the working folder, else the shipped."""
    if chosen is not None:
        if not chosen.is_file():
            raise SettingsError(f"{chosen}: no such file; give an existing {name}")
        return chosen
    package = Path(__file__).resolve().parent
    for candidate in (Path(name), package / "shipped" / name, package.parent / name):
        if candidate.is_file():
            return candidate
    raise SettingsError(f"{name}: not found; name it by --{name.split('.')[0]} FILE")


def _settings_file() -> Path | None:
    """Return the settings file that ``ASPAN_SETTINGS`` names, or the one in the working folder."""
    named = os.environ.get("ASPAN_SETTINGS")
    if named:
        if not Path(named).is_file():
            raise SettingsError(f"ASPAN_SETTINGS: {named}: no such file")
        return Path(named)
    return Path(SETTINGS_FILE) if Path(SETTINGS_FILE).is_file() else None


def _refuse_secrets(file: Path | None) -> None:
    if file is None:
        return
    tables, _ = _read_toml(file)
    for name in _SECRETS:
        if name in tables:
            raise SettingsError(
                f"{file}: {name}: secrets do not belong in a file; set ASPAN_{name.upper()}"
            )


def _read_toml(file: Path) -> tuple[Mapping[str, Any], str]:
    """Return the tables of a TOML file and its text, line ends as they are."""
    try:
        text = file.read_bytes().decode("utf-8")
        return tomllib.loads(text), text
    except OSError as error:
        raise SettingsError(f"{file}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{file}: not UTF-8 text (byte {error.start})") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{file}: not valid TOML: {error}") from error
