"""Projects defined in a JSON file: one object, or a list of them."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from mixpanel_emulator.state.clock import parse_time
from mixpanel_emulator.state.project import GdprToken, Project, ServiceAccount

# Takes the place of a value, for messages, and the value; raises ValueError when it is wrong.
Reader = Callable[[str, Any], Any]


def parse_projects(raw: Any) -> tuple[Project, ...]:
    """Read one or several projects. Raises ValueError that names the place of a wrong value."""
    if isinstance(raw, list):
        projects = tuple(read_project(f"[{index}]", item) for index, item in enumerate(raw))
    else:
        projects = (read_project("", raw),)
    if not projects:
        raise ValueError("there must be at least one project")
    for name in ("project_id", "token"):
        values = [getattr(project, name) for project in projects]
        if len(set(values)) < len(values):
            raise ValueError(f"{name} must be unique to each project")
    return projects


def read_text(place: str, value: Any) -> str:
    """Read text that is not empty. Raises ValueError."""
    if not isinstance(value, str) or not value:
        raise ValueError(f"{place} must be text")
    return value


def read_digits(place: str, value: Any) -> str:
    """Read a numeric id, as text or as a number. Raises ValueError."""
    if isinstance(value, bool) or not str(value).isdecimal():
        raise ValueError(f"{place} must consist of digits")
    return str(value)


def read_integer(place: str, value: Any) -> int:
    """Read an integer that is not negative. Raises ValueError."""
    if type(value) is not int or value < 0:
        raise ValueError(f"{place} must be an integer, 0 or more")
    return value


def read_seconds(place: str, value: Any) -> float:
    """Read a number that is not negative. Raises ValueError."""
    if type(value) not in {int, float} or value < 0:
        raise ValueError(f"{place} must be a number, 0 or more")
    return float(value)


def read_boolean(place: str, value: Any) -> bool:
    """Read true or false. Raises ValueError."""
    if not isinstance(value, bool):
        raise ValueError(f"{place} must be true or false")  # noqa: TRY004 - JSON of another type
    return value


def read_time(place: str, value: Any) -> datetime:
    """Read an ISO time, in UTC unless it names an offset. Raises ValueError."""
    try:
        return parse_time(read_text(place, value))
    except ValueError as error:
        raise ValueError(f"{place} must be an ISO time") from error


def read_date(place: str, value: Any) -> date:
    """Read an ISO date. Raises ValueError."""
    try:
        return date.fromisoformat(read_text(place, value))
    except ValueError as error:
        raise ValueError(f"{place} must be an ISO date") from error


def read_timezone(place: str, value: Any) -> str:
    """Read the name of a time zone. Raises ValueError when this machine does not know it."""
    name = read_text(place, value)
    try:
        ZoneInfo(name)
    # A folder of zones is an OSError.
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"{place} must be a time zone as Europe/Vienna") from error
    return name


def one_of(*choices: object) -> Reader:
    """Build a reader that accepts only these values."""

    def read(place: str, value: Any) -> Any:
        if value not in choices or isinstance(value, bool):
            raise ValueError(f"{place} must be one of: {', '.join(map(str, choices))}")
        return value

    return read


def optional(reader: Reader) -> Reader:
    """Build a reader that accepts null as well."""
    return lambda place, value: None if value is None else reader(place, value)


def list_of(reader: Reader) -> Reader:
    """Build a reader of a list."""

    def read(place: str, value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise ValueError(f"{place} must be a list")  # noqa: TRY004 - JSON of another type
        return tuple(reader(f"{place}[{index}]", item) for index, item in enumerate(value))

    return read


def object_of(build: Callable[..., Any], fields: Mapping[str, Reader], *required: str) -> Reader:
    """Build a reader of an object with these fields."""

    def read(place: str, value: Any) -> Any:
        if not isinstance(value, dict):
            raise ValueError(f"{place or 'a project'} must be an object")  # noqa: TRY004 - JSON of another type
        prefix = f"{place}." if place else ""
        for name in value.keys() - fields.keys():
            raise ValueError(f"{prefix}{name} is not one of: {', '.join(fields)}")
        for name in required:
            if name not in value:
                raise ValueError(f"{prefix}{name} is missing")
        return build(**{name: fields[name](f"{prefix}{name}", v) for name, v in value.items()})

    return read


read_account: Final = object_of(
    ServiceAccount,
    {
        "username": read_text,
        "secret": read_text,
        "role": one_of("owner", "admin", "analyst", "consumer"),
    },
    "username",
    "secret",
)
read_gdpr_token: Final = object_of(
    GdprToken, {"token": read_text, "user": read_text, "expires": optional(read_time)}, "token"
)
FIELDS: Final[Mapping[str, Reader]] = {
    "project_id": read_digits,
    "token": read_text,
    "api_secret": optional(read_text),
    "service_accounts": list_of(read_account),
    "gdpr_tokens": list_of(read_gdpr_token),
    "region": one_of("us", "eu", "in"),
    "id_mode": one_of("original", "simplified"),
    "retention_days": read_integer,
    "max_depth": read_integer,
    "max_body": read_integer,
    "bytes_per_minute": read_integer,
    "records_per_minute": read_integer,
    "hot_shard_events": read_integer,
    "data_groups": list_of(read_text),
    "timezone": read_timezone,
    "created": read_date,
    "export_delay_seconds": read_seconds,
    "exports_per_hour": read_integer,
    "exports_per_second": read_integer,
    "concurrent_exports": read_integer,
    "hidden_events": list_of(read_text),
    "dropped_events": list_of(read_text),
    "deletion_stage_seconds": read_seconds,
    "deletion_rest_seconds": read_seconds,
    "deletion_results_as_list": read_boolean,
    "unknown_deletion_status": one_of(200, 404),
}
read_project: Final = object_of(Project, FIELDS, "project_id", "token")
