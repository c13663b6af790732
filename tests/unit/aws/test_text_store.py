"""Texts of the stores are cached, and a stale text is better than none."""

from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from rudder_mixpanel.aws.text_store import TextStore, TextUnavailable


class Store:
    """A store whose text and error a test sets; `reads` counts its calls."""

    def __init__(self) -> None:
        self.now = 0.0
        self.text = "first"
        self.error: Exception | None = None
        self.reads = 0
        self.texts = TextStore(self.fetch, lambda: self.now)

    def fetch(self, name: str) -> str:
        """Read the text."""
        self.reads += 1
        if self.error is not None:
            raise self.error
        return f"{name}: {self.text}"

    def get(self, now: float) -> str:
        """The text at a time, which may be a minute old."""
        self.now = now
        return self.texts.get("name", max_age=60)


def client_error(code: str) -> ClientError:
    """An error of AWS."""
    return ClientError({"Error": {"Code": code}}, "GetSecretValue")


def test_text_is_read_again_when_it_is_too_old() -> None:
    """Until then it comes from the cache."""
    store = Store()
    texts = [store.get(now) for now in (0, 59, 60, 119)]
    assert (texts, store.reads) == (["name: first"] * 4, 2)


def test_changed_text_is_used_after_the_maximum_age() -> None:
    """And not before."""
    store = Store()
    store.get(0)
    store.text = "second"
    assert [store.get(now) for now in (59, 60)] == ["name: first", "name: second"]


@pytest.mark.parametrize(
    "error",
    [client_error("ThrottlingException"), EndpointConnectionError(endpoint_url="https://a")],
)
def test_stale_text_is_used_during_a_temporary_error(error: Exception) -> None:
    """For as long as the error lasts, and no longer."""
    store = Store()
    store.get(0)
    store.error = error
    stale = store.get(10_000)
    store.error, store.text = None, "second"
    assert (stale, store.get(10_001)) == ("name: first", "name: second")


@pytest.mark.parametrize(
    ("code", "prepare"),
    [
        ("AccessDeniedException", lambda store: store.get(0)),
        ("ResourceNotFoundException", lambda store: store.get(0)),
        ("ThrottlingException", lambda _: None),
    ],
)
def test_text_is_unavailable(code: str, prepare: Callable[[Store], object]) -> None:
    """After a permanent error, or when nothing is cached."""
    store = Store()
    prepare(store)
    store.error = client_error(code)
    with pytest.raises(TextUnavailable, match=code):
        store.get(60)


def test_cleared_cache_is_read_again() -> None:
    """At once."""
    store = Store()
    store.get(0)
    store.texts.clear_cache()
    store.get(1)
    assert store.reads == 2


def test_expired_text_is_read_again_although_it_is_new() -> None:
    """A caller may know that it is wrong."""
    store = Store()
    store.get(0)
    store.text = "second"
    assert (store.texts.expire("name", every=60), store.get(1)) == (True, "name: second")


@pytest.mark.parametrize(("now", "is_expired"), [(59, False), (60, True)])
def test_text_is_expired_once_in_a_while(now: float, is_expired: bool) -> None:  # noqa: FBT001 - drawn
    """A text that stays wrong is not read again and again."""
    store = Store()
    store.texts.expire("name", every=60)
    store.now = now
    assert store.texts.expire("name", every=60) is is_expired


def test_expired_text_is_used_during_a_temporary_error() -> None:
    """It is the best there is."""
    store = Store()
    store.get(0)
    store.texts.expire("name", every=60)
    store.error = client_error("ThrottlingException")
    assert store.get(1) == "name: first"
