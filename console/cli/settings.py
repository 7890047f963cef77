"""
The settings: a frozen section per component, composed and read here and nowhere else.

From weakest to strongest: the defaults, `sluicegate.toml`, `SLUICEGATE_SECTION__KEY`. The file is the
one `SLUICEGATE_CONFIG` names; else `sluicegate.toml` in the current folder, else in the state folder:
the first that is there, never two. Whoever writes that file decides what is blocked, so one that others
may write is refused, and in the current folder also one that belongs to somebody else: otherwise
whoever can leave a file in a folder could wait for an administrator to work there.

Nothing is read at import. What is unknown is an error, as a misspelt setting would be a silent default.
"""

import json
import os
import stat
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from addons.desk.settings import MailSettings, PagesSettings, WebhookSettings
from addons.identity.settings import IdentitySettings
from addons.observe.settings import ObserveSettings
from addons.settings import DestinationSettings, GatewaySettings, LimitSettings
from categories.settings import CategoriesSettings
from console.cli.state import VARIABLE as STATE_VARIABLE
from console.cli.state import State
from console.people.settings import PeopleSettings
from console.review.settings import ReviewSettings
from db.settings import STARS, DatabaseSettings, SpoolSettings
from policy.document import SHIPPED, Policy, read_policy
from policy.errors import ConfigurationError

FILE_NAME = "sluicegate.toml"
FILE_VARIABLE = "SLUICEGATE_CONFIG"
PREFIX = "SLUICEGATE_"


class _Environment(EnvSettingsSource):
    """Lists in a variable: JSON, or simply parted by commas."""

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        text = str(value)
        if not text.lstrip().startswith(("[", "{", '"')):
            return [part.strip() for part in text.split(",") if part.strip()]
        try:
            return json.loads(text)
        except ValueError as error:
            variable = next(name for name, held in os.environ.items() if held == text)
            raise ConfigurationError(f"{variable}: expected a list as JSON, or parted by commas") from error


class Settings(BaseSettings):
    """Every setting there is."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        frozen=True,
        extra="forbid",
        nested_model_default_partial_update=True,
    )

    policy_file: Path = SHIPPED
    categories: CategoriesSettings = CategoriesSettings()
    gateway: GatewaySettings = GatewaySettings()
    limits: LimitSettings = LimitSettings()
    destinations: DestinationSettings = DestinationSettings()
    identity: IdentitySettings = IdentitySettings()
    people: PeopleSettings = PeopleSettings()
    database: DatabaseSettings = DatabaseSettings()
    spool: SpoolSettings = SpoolSettings()
    observe: ObserveSettings = ObserveSettings()
    review: ReviewSettings = ReviewSettings()
    pages: PagesSettings = PagesSettings()
    mail: MailSettings = MailSettings()
    webhook: WebhookSettings = WebhookSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment before what the file said; no `.env`."""
        return _Environment(settings_cls), init_settings


@dataclass(frozen=True, slots=True)
class Effective:
    """The settings that hold, and the file they came from, if any."""

    settings: Settings
    file: Path | None

    def policy(self) -> Policy:
        """The policy these settings name. Raises `ConfigurationError`."""
        return read_policy(self.settings.policy_file)


@dataclass(frozen=True, slots=True)
class Shown:
    """One setting as `check` shows it."""

    key: str
    value: object  # secrets are starred out
    source: str  # "default", the file, or the variable


def read_settings(state: State) -> Effective:
    """
    The settings in force.

    Raises `ConfigurationError` naming the file or variable, the key, and what was expected.
    """
    file = _find_file(state)
    written = _read_file(file) if file else {}
    _refuse_unknown_variables()
    try:
        return Effective(Settings(**written), file)
    except ValidationError as error:
        raise ConfigurationError(_explained(error, file)) from error


def shown_settings(effective: Effective) -> Iterator[Shown]:
    """Every setting with its value and where that came from, secrets hidden."""
    written = _read_file(effective.file) if effective.file else {}
    for path, value in _leaves(effective.settings):
        yield Shown(".".join(path), value, _source(path, written, effective.file))


def setting_keys(section: type[BaseModel] = Settings, prefix: str = "") -> Iterator[str]:
    """Every key, such as `gateway.workers`."""
    for name, field in section.model_fields.items():
        inner = _section_of(field)
        if inner is None:
            yield prefix + name
        else:
            yield from setting_keys(inner, f"{prefix}{name}.")


def variable_of(path: tuple[str, ...]) -> str:
    """`("gateway", "workers")` as `SLUICEGATE_GATEWAY__WORKERS`."""
    return PREFIX + "__".join(path).upper()


def _find_file(state: State) -> Path | None:
    named = os.environ.get(FILE_VARIABLE)
    if named:
        return Path(named).absolute()
    here = Path.cwd() / FILE_NAME
    if here.exists():
        if here.stat().st_uid not in {os.geteuid(), 0}:
            raise ConfigurationError(
                f"{here}: belongs to another account, so it is not read; "
                f"set {FILE_VARIABLE} to it if you mean it, or work in another folder"
            )
        return here
    there = state.root / FILE_NAME
    return there if there.exists() else None


def _read_file(file: Path) -> dict[str, Any]:
    try:
        if file.stat().st_mode & stat.S_IWOTH:
            raise ConfigurationError(f"{file}: everybody may write this file; chmod o-w it")
        written = tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{file}: the settings cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"{file}: not a TOML file: {error}") from error
    return _with_paths(written, Settings, file.parent)


def _with_paths(written: dict[str, Any], section: type[BaseModel], folder: Path) -> dict[str, Any]:
    """A path in the file is meant from where the file is: a service has no current folder to speak of."""
    placed = dict(written)
    for name, field in section.model_fields.items():
        value, inner = written.get(name), _section_of(field)
        if inner is not None and isinstance(value, dict):
            placed[name] = _with_paths(value, inner, folder)
        elif isinstance(value, str) and Path in {field.annotation, *get_args(field.annotation)}:
            placed[name] = str(folder / Path(value).expanduser())
    return placed


def _section_of(field: FieldInfo) -> type[BaseModel] | None:
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _refuse_unknown_variables() -> None:
    known = set(setting_keys())
    for name in os.environ:
        if not name.startswith(PREFIX) or name in {STATE_VARIABLE, FILE_VARIABLE}:
            continue
        key = name.removeprefix(PREFIX).lower().replace("__", ".")
        if key not in known:
            raise ConfigurationError(
                f"{name}: no setting has this name (read as {key!r}); unset it or correct its spelling"
            )


def _explained(error: ValidationError, file: Path | None) -> str:
    first, *more = error.errors(include_url=False, include_input=False)
    path = tuple(str(part) for part in first["loc"])
    variables = [variable_of(path[:length]) for length in range(len(path), 0, -1)]
    variable = next((name for name in variables if name in os.environ), None)
    where = variable or f"{file or 'settings'}: {'.'.join(path)}"
    rest = f" (and {len(more)} more)" if more else ""
    if first["type"] == "extra_forbidden":
        return f"{where}: no setting has this name; remove it or correct its spelling{rest}"
    if first["type"] == "value_error":  # our own validators say what they expected themselves
        return f"{where}: {first['msg'].removeprefix('Value error, ')}{rest}"
    return f"{where}: expected {first['msg'].removeprefix('Input should be ')}{rest}"


def _leaves(section: BaseModel, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    for name in type(section).model_fields:
        value = getattr(section, name)
        if isinstance(value, BaseModel):
            yield from _leaves(value, (*path, name))
        else:
            if isinstance(value, SecretStr):
                value = without_password(value.get_secret_value())
            yield (*path, name), value


def without_password(url: str) -> str:
    """Which database is no secret; the password is, and so may be what stands in a query."""
    scheme, slashes, rest = url.partition("://")
    login, at, place = rest.rpartition("@")
    user, colon, _ = login.partition(":")
    place, question, _ = place.partition("?")
    if not slashes:
        return STARS
    return f"{scheme}://{user}{colon and ':' + STARS}{at}{place}{question and '?' + STARS}"


def _source(path: tuple[str, ...], written: Mapping[str, Any], file: Path | None) -> str:
    if variable_of(path) in os.environ:
        return variable_of(path)
    value: Any = written
    for part in path:
        value = value.get(part) if isinstance(value, Mapping) else None
    return str(file) if value is not None else "default"
