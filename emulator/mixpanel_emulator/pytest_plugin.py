"""The pytest plugin: a fixture `mixpanel`, an emulator that is empty for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mixpanel_emulator import Emulator, Project


@pytest.fixture(scope="session")
def mixpanel_project() -> Project:
    """Return the project of the emulator; override this fixture to change its settings."""
    from mixpanel_emulator import Project  # noqa: PLC0415 - only for tests that use it

    return Project()


@pytest.fixture(scope="session")
def mixpanel_server(mixpanel_project: Project) -> Iterator[Emulator]:
    """Run one emulator for the whole session."""
    from mixpanel_emulator import Emulator  # noqa: PLC0415 - only for tests that use it

    with Emulator(project=mixpanel_project) as emulator:
        yield emulator


@pytest.fixture
def mixpanel(mixpanel_server: Emulator) -> Emulator:
    """Return the emulator without data and faults, its clock at the current time."""
    mixpanel_server.reset_clock()
    mixpanel_server.reset()
    return mixpanel_server
