"""Clients of botocore that are refused what the role of their function does not allow.

A session of botocore belongs to the role under which it was made, and so do its clients, in every
thread and for their whole life. The clients of a test itself belong to none, and may do everything.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any
from weakref import WeakKeyDictionary

import pytest
from botocore.client import BaseClient
from botocore.session import Session

from tests.permissions.errors import access_denied, message_of
from tests.permissions.policy import Permission, Policy
from tests.permissions.requests import requests_of
from tests.permissions.roles import policy_of


class Enforcement:
    """Which permissions were used, and what was denied."""

    def __init__(self) -> None:
        self.used: dict[Permission, str] = {}
        self.denied: list[str] = []
        self._running: Policy | None = None
        self._policies: WeakKeyDictionary[BaseClient | Session, Policy] = WeakKeyDictionary()

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Check every call of botocore."""
        begin, create_client = Session.__init__, Session.create_client
        call = BaseClient._make_api_call  # type: ignore[attr-defined]  # not in its stubs

        def begin_with_role(session: Session, *args: Any, **options: Any) -> None:
            begin(session, *args, **options)
            if self._running is not None:
                self._policies[session] = self._running

        def create_with_role(session: Session, *args: Any, **options: Any) -> Any:
            client = create_client(session, *args, **options)
            policy = self._policies.get(session, self._running)
            if policy is not None:
                self._policies[client] = policy
            return client

        def call_if_allowed(client: BaseClient, operation: str, parameters: Any) -> Any:
            self.check(client, operation, parameters)
            return call(client, operation, parameters)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Session, "__init__", begin_with_role)
            patch.setattr(Session, "create_client", create_with_role)
            patch.setattr(BaseClient, "_make_api_call", call_if_allowed)
            yield

    @contextmanager
    def under(self, policy: Policy) -> Iterator[None]:
        """Give the policy to every client that is made in this block."""
        before, self._running = self._running, policy
        try:
            yield
        finally:
            self._running = before

    def under_role_of[**P, R](self, function: str, call: Callable[P, R]) -> Callable[P, R]:
        """A function of Python that runs under the role of a function of the template."""

        @wraps(call)
        def under_role(*args: P.args, **options: P.kwargs) -> R:
            with self.under(policy_of(function, os.environ)):
                return call(*args, **options)

        return under_role

    def check(self, client: BaseClient, operation: str, parameters: Any) -> None:
        """Raise a ClientError if the client's role does not allow a call."""
        policy = self._policies.get(client)
        if policy is None:
            return
        service = client.meta.service_model.service_name
        for request in requests_of(service, operation, parameters):
            allowing = policy.allowing(request)
            if not allowing:
                self.denied.append(f"{message_of(policy.role, request)} {dict(request.context)}")
                raise access_denied(client, operation, policy.role, request)
            for permission in allowing:
                self.used.setdefault(permission, os.environ.get("PYTEST_CURRENT_TEST", ""))

    def take_denied(self) -> list[str]:
        """What was denied since the last time, also what the code did not mind."""
        denied, self.denied = self.denied, []
        return denied


ENFORCEMENT = Enforcement()
