"""What the Parameter Store refuses and moto takes: values that look like references."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from moto.ssm.exceptions import ValidationException
from moto.ssm.models import SimpleSystemManagerBackend

PUT = SimpleSystemManagerBackend.put_parameter
MESSAGE = 'Parameter value can\'t nest another parameter. Do not use "{{}}" in the value.'


@contextmanager
def nested_parameters_refused() -> Iterator[None]:
    """Have moto refuse values with double braces, as AWS does.

    https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
    """

    def put(self: Any, name: str, description: str, value: str, *rest: Any, **more: Any) -> Any:
        if "{{" in value or "}}" in value:
            raise ValidationException(MESSAGE)
        return PUT(self, name, description, value, *rest, **more)

    with patch.object(SimpleSystemManagerBackend, "put_parameter", put):
        yield
