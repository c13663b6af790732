"""Projects as a JSON file defines them: one object, or a list of them."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from mixpanel_emulator.state.clock import moment_of
from mixpanel_emulator.state.project import GdprToken, Project, ServiceAccount

type Reader = Callable[[str, Any], Any]


def parse_projects(raw: Any) -> tuple[Project, ...]:
    """The projects that JSON defines, or ValueError with the place that is wrong."""
    if isinstance(raw, list):
        projects = tuple(project(f"[{number}]", one) for number, one in enumerate(raw))
    else:
        projects = (project("", raw),)
    if not projects:
        raise ValueError("there must be at least one project")
    for name in ("project_id", "token"):
        values = [getattr(one, name) for one in projects]
        if len(set(values)) < len(values):
            raise ValueError(f"{name} must differ from project to project")
    return projects


def text(where: str, value: Any) -> str:
    """Text that says something."""
    if not isinstance(value, str) or not value:
        raise ValueError(f"{where} must be text")
    return value


def digits(where: str, value: Any) -> str:
    """A number that is an id, as text or not."""
    if isinstance(value, bool) or not str(value).isdecimal():
        raise ValueError(f"{where} must be of digits")
    return str(value)


def whole(where: str, value: Any) -> int:
    """A whole number, not negative."""
    if type(value) is not int or value < 0:
        raise ValueError(f"{where} must be a whole number, 0 or more")
    return value


def seconds(where: str, value: Any) -> float:
    """A number, not negative."""
    if type(value) not in {int, float} or value < 0:
        raise ValueError(f"{where} must be a number, 0 or more")
    return float(value)


def flag(where: str, value: Any) -> bool:
    """Yes or no."""
    if not isinstance(value, bool):
        raise ValueError(f"{where} must be true or false")  # noqa: TRY004 - JSON of the wrong kind
    return value


def moment(where: str, value: Any) -> datetime:
    """A time in ISO's spelling, in UTC unless it says otherwise."""
    try:
        return moment_of(text(where, value))
    except ValueError as error:
        raise ValueError(f"{where} must be an ISO time") from error


def one_of(*choices: object) -> Reader:
    """A reader of one of these values."""

    def read(where: str, value: Any) -> Any:
        if value not in choices or isinstance(value, bool):
            raise ValueError(f"{where} must be one of: {', '.join(map(str, choices))}")
        return value

    return read


def optional(reader: Reader) -> Reader:
    """A reader that takes null as well."""
    return lambda where, value: None if value is None else reader(where, value)


def each(reader: Reader) -> Reader:
    """A reader of a list."""

    def read(where: str, value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise ValueError(f"{where} must be a list")  # noqa: TRY004 - JSON of the wrong kind
        return tuple(reader(f"{where}[{number}]", one) for number, one in enumerate(value))

    return read


def made_of(kind: Callable[..., Any], fields: Mapping[str, Reader], *required: str) -> Reader:
    """A reader of an object with these fields."""

    def read(where: str, value: Any) -> Any:
        if not isinstance(value, dict):
            raise ValueError(f"{where or 'a project'} must be an object")  # noqa: TRY004 - JSON of the wrong kind
        place = f"{where}." if where else ""
        for name in value.keys() - fields.keys():
            raise ValueError(f"{place}{name} is not one of: {', '.join(fields)}")
        for name in required:
            if name not in value:
                raise ValueError(f"{place}{name} is missing")
        return kind(**{name: fields[name](f"{place}{name}", one) for name, one in value.items()})

    return read


ACCOUNT: Final = made_of(ServiceAccount, {"username": text, "secret": text}, "username", "secret")
GDPR_TOKEN: Final = made_of(
    GdprToken, {"token": text, "user": text, "expires": optional(moment)}, "token"
)
FIELDS: Final[Mapping[str, Reader]] = {
    "project_id": digits,
    "token": text,
    "api_secret": optional(text),
    "service_accounts": each(ACCOUNT),
    "gdpr_tokens": each(GDPR_TOKEN),
    "region": one_of("us", "eu", "in"),
    "id_mode": one_of("original", "simplified"),
    "retention_days": whole,
    "max_depth": whole,
    "max_body": whole,
    "bytes_per_minute": whole,
    "records_per_minute": whole,
    "data_groups": each(text),
    "deletion_stage_seconds": seconds,
    "deletion_rest_seconds": seconds,
    "deletion_results_as_list": flag,
    "unknown_deletion_status": one_of(200, 404),
}
project: Final = made_of(Project, FIELDS, "project_id", "token")
