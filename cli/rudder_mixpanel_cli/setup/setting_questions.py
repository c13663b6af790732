"""Asks for the five settings that everybody needs, where there is no Config."""

from collections.abc import Mapping
from typing import Any, Final

import typer

from rudder_mixpanel.destination.settings import named_values
from rudder_mixpanel.destination.types import Names
from rudder_mixpanel_cli.setup.essentials import ESSENTIALS, Essential
from rudder_mixpanel_cli.setup.questions import NONE, ask, ask_choice

# A wrong choice does damage that is not seen at once, so that Enter is no answer to these two.
WITHOUT_DEFAULT: Final = frozenset({"dataResidency", "identityMergeApi"})


def ask_settings(current: Mapping[str, Any]) -> dict[str, Any]:
    """The current settings with the answers; what already is as answered stays in its spelling."""
    values = named_values(current)
    answers = {row.name: ask_setting(row, values.get(row.name)) for row in ESSENTIALS}
    changed = {name: value for name, value in answers.items() if differs(values.get(name), value)}
    rest = {name: value for name, value in current.items() if name not in changed}
    return {**rest, **changed}


def ask_compatibility(current: Any) -> dict[str, str]:
    """The preset for a Config of RudderStack, which never has it; none is not written."""
    row = next(row for row in ESSENTIALS if row.name == "compatibility")
    answer = ask_setting(row, current)
    return {} if answer == next(iter(row.meanings)) else {row.name: answer}


def ask_setting(row: Essential, current: Any) -> Any:
    """The answer to one question."""
    typer.echo(f"\n{row.choose}", err=True)
    if not row.meanings:
        return ask_names(row.name, current)
    default = current or (None if row.name in WITHOUT_DEFAULT else next(iter(row.meanings)))
    return ask_choice(row.name, tuple(row.meanings), default)


def ask_names(name: str, current: Any) -> list[str]:
    """A list of names, with commas."""
    names = Names("groupKey").read(current or [])
    hint = f"Enter: {', '.join(names)}; {NONE}: none" if names else "with commas, Enter: none"
    answer = ask(name, hint)
    if answer in {"", NONE}:
        return [] if answer else list(names)
    return [part.strip() for part in answer.split(",") if part.strip()]


def differs(current: Any, answer: Any) -> bool:
    """Whether an answer changes something; an absent list is an empty one."""
    if isinstance(answer, list):
        return list(Names("groupKey").read(current or [])) != answer
    return bool(current != answer)
