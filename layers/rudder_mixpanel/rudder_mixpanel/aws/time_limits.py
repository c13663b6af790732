"""How long calls to AWS may take, and how long an invocation has left."""

from collections.abc import Callable
from typing import Final

from botocore.config import Config

# The milliseconds that an invocation has left.
type TimeLeft = Callable[[], int]

# With these settings a call ends, successfully or not, within TIME_FOR_A_CALL.
CLIENT_CONFIG: Final = Config(
    connect_timeout=1, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 2}
)
TIME_FOR_A_CALL: Final = 10_000  # milliseconds
