"""Readings that several checks use: each is made once, also when checks run side by side."""

from collections.abc import Callable
from concurrent.futures import Future
from functools import wraps
from threading import Lock
from typing import Concatenate
from weakref import WeakKeyDictionary

from rudder_mixpanel_cli.deployed_stack import DeployedStack

type Reading[**P, T] = Callable[Concatenate[DeployedStack, P], T]


def shared[**P, T](read: Reading[P, T]) -> Reading[P, T]:
    """Make a reading once for each stack and arguments; its error is raised to everybody."""
    readings: WeakKeyDictionary[DeployedStack, dict[object, Future[T]]] = WeakKeyDictionary()
    lock = Lock()

    @wraps(read)
    def read_once(stack: DeployedStack, /, *args: P.args, **kwargs: P.kwargs) -> T:
        key = (args, tuple(kwargs.items()))
        with lock:
            futures = readings.setdefault(stack, {})
            is_first = key not in futures
            future = futures.setdefault(key, Future())
        if is_first:
            try:
                future.set_result(read(stack, *args, **kwargs))
            except BaseException as error:  # noqa: BLE001 - whoever waits gets it
                future.set_exception(error)
        return future.result()

    return read_once
