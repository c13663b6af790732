"""A value in a response about a deletion counts only if it has the type that Mixpanel gives it."""

from typing import Any

import orjson
import pytest

from rudder_mixpanel.mixpanel.deletion_responses import (
    ProfilesDeleted,
    RetryLater,
    TaskConflict,
    TaskCreated,
    TaskStatus,
    read_creation,
    read_profile_deletion,
    read_status,
)
from rudder_mixpanel.mixpanel.responses import MixpanelResponse

NOT_ONE: tuple[Any, ...] = (True, 1.0, "1", [1], {"status": True}, {"status": 1.0})
NOT_IDS: tuple[Any, ...] = ([["a"]], [{"a": "a"}], [None], [True], [1.5], {"a": 1}, "a")


def response(content: Any, status: int = 200) -> MixpanelResponse:
    """A response with this content."""
    return MixpanelResponse(status, orjson.dumps(content))


@pytest.mark.parametrize("content", NOT_ONE)
def test_profiles_are_deleted_by_the_number_1_alone(content: Any) -> None:
    """Nothing that only equals 1 in Python is Mixpanel's success; the deletion is repeated."""
    assert isinstance(read_profile_deletion(response(content), []), RetryLater)


@pytest.mark.parametrize("content", [1, {"status": 1}, {"status": 1, "error": None}])
def test_profiles_are_deleted(content: Any) -> None:
    """Mixpanel says so with an object, or with a number."""
    assert read_profile_deletion(response(content), []) == ProfilesDeleted()


@pytest.mark.parametrize("task_id", [[1], {"id": "1"}, True, 1.5, "", 0, None])
def test_task_has_an_id_that_is_text_or_a_number(task_id: Any) -> None:
    """Nothing else can be asked for later."""
    created = read_creation(response({"results": {"task_id": task_id}}), [])
    assert created == RetryLater("a response without a task")


@pytest.mark.parametrize("task_id", [[1], True, 1.5, "", None])
def test_other_name_of_the_task_counts_where_the_first_is_no_id(task_id: Any) -> None:
    """Mixpanel sends both, with the same id."""
    results = {"task_id": task_id, "tracking_id": 17}
    assert read_creation(response({"results": results}), []) == TaskCreated("17")


@pytest.mark.parametrize("ids", NOT_IDS)
def test_status_has_ids_that_are_text_or_numbers(ids: Any) -> None:
    """Nothing else in the list is a user."""
    status = read_status(response({"results": {"status": "SUCCESS", "distinct_ids": ids}}))
    assert status == TaskStatus("SUCCESS", 0, frozenset())


@pytest.mark.parametrize("ids", NOT_IDS)
def test_conflict_has_ids_that_are_text_or_numbers(ids: Any) -> None:
    """Nothing else in the lists is a user or a task."""
    error = {"conflicting_distinct_ids": ids, "conflicting_task_ids": ids}
    assert read_creation(response({"error": error}, 409), []) == TaskConflict(frozenset(), ())


def test_numbers_are_read_as_text() -> None:
    """An id may be a number."""
    error = {"conflicting_distinct_ids": ["a", 1], "conflicting_task_ids": [2, "b"]}
    conflict = TaskConflict(frozenset({"a", "1"}), ("2", "b"))
    assert read_creation(response({"error": error}, 409), []) == conflict
