"""Counts of the events of each user by day, up to a limit of users."""


class Users:
    """How many events each user has had on each day, oldest first."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.events: dict[tuple[str, str, str], int] = {}

    def count(self, project: str, day: str, user: str) -> int:
        """Count one more event, and return how many the user has had on that day."""
        key = (project, day, user)
        self.events[key] = count = self.events.get(key, 0) + 1
        if len(self.events) > self.limit:
            del self.events[next(iter(self.events))]
        return count
