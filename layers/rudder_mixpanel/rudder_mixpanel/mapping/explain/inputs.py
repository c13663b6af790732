"""Accounts for every part of a message: what it was used for, or why it is in no request."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from rudder_mixpanel.mapping.explain.reasons import EMPTY, Reasons
from rudder_mixpanel.mapping.explain.requests import ExplainedRequest
from rudder_mixpanel.mapping.explain.shadow import ShadowMessage, covers, listing, parts_in
from rudder_mixpanel.message.paths import Path
from rudder_mixpanel.message.values import is_sendable

# For each path, the uses of the value there: names by request
type Uses = dict[Path, dict[str, list[str]]]


class Inputs:
    """Everything that is known about the parts of a message, by path."""

    def __init__(
        self,
        shadow: ShadowMessage,
        *,
        reasons: Reasons,
        decisions: Reasons,
        settings: Reasons,
        notes: Reasons,
    ) -> None:
        """What is known without the requests, in words.

        `reasons` say why a part is in no request, unless it turns out to be in one. `settings` are
        those that a part sets; `notes` are about parts whether they are used or not.
        """
        self.shadow = shadow
        self.reasons = reasons
        self.decisions = decisions
        self.settings = settings
        self.notes = notes
        self.uses: Uses = defaultdict(lambda: defaultdict(list))
        self.replaced: Reasons = {}
        self.used: dict[str, str] = {}
        self.left_out: dict[str, str] = {}

    def account(self, requests: Iterable[ExplainedRequest]) -> None:
        """Account for every part of the message."""
        for request in requests:
            self.add_uses(request)
            self.add_replaced(request)
        self.reasons |= self.replaced
        known = {*self.uses, *self.reasons, *self.decisions, *self.settings, *self.notes}
        above = {path[:size] for path in known for size in range(len(path))}
        self.walk(self.shadow.whole, (), above)

    def add_uses(self, request: ExplainedRequest) -> None:
        """Add what the values of a request come from."""
        for name, origin in (*request.fields.items(), *request.properties.items()):
            for path in origin.paths:
                names = self.uses[path][request.label]
                # The name of an event is its only field beside the properties.
                called = "the name" if origin is request.fields.get("event") else name
                names += [called] if called not in names else []

    def add_replaced(self, request: ExplainedRequest) -> None:
        """Add why values are not in a request that were to become a property of it."""
        for name, attempt in request.attempts:
            origin = request.properties.get(name)
            for path in self.shadow.origin(attempt).paths:
                if not is_sendable(self.shadow.value_at(path)):
                    self.replaced.setdefault(path, f"{EMPTY}, so not sent as {name}")
                elif origin is None:
                    self.reasons.setdefault(path, f"{name} is only set by an id of the event")
                elif not covers(origin.paths, path):
                    source = origin.source(self.shadow.show)
                    why = f"{name} of {request.label} comes from {source}"
                    self.replaced.setdefault(path, why)

    def walk(self, value: Any, path: Path, above: set[Path], uses: tuple[Path, ...] = ()) -> None:
        """Account for the value at a path, in parts if more is known about these."""
        if path in self.uses or path in self.decisions:
            uses = (*uses, path)
        if path in self.settings:
            # Its value was taken out of the message before the mapping.
            uses = (path,)
        items = parts_in(value)
        if path in above and items:
            for key, item in items:
                self.walk(item, (*path, key), above, uses)
            return
        sentences = [*self.sentences(uses)] or [self.reason(value, path)]
        sentences += [self.notes[path]] if path in self.notes else []
        account = self.used if uses else self.left_out
        account[self.shadow.show(path)] = "; ".join(sentences)

    def sentences(self, paths: Iterable[Path]) -> Iterator[str]:
        """What the values at these paths are used for."""
        for path in paths:
            labels: dict[tuple[str, ...], list[str]] = {}
            for label, names in self.uses.get(path, {}).items():
                labels.setdefault(tuple(names), []).append(label)
            yield from (f"{listing(names)} of {listing(of)}" for names, of in labels.items())
            if path in self.decisions and path not in self.uses:
                yield self.decisions[path]
            if path in self.settings:
                yield f"sets the setting {self.settings[path]}"

    def reason(self, value: Any, path: Path) -> str:
        """Why the value at a path is in no request: what is known about the nearest path."""
        if path not in self.reasons and value in ({}, []):
            return EMPTY
        while path not in self.reasons:
            path = path[:-1]
        return self.reasons[path]
