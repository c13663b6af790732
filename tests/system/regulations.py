"""The functions for regulations as they are built, beside the one that delivers events."""

import json
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Self

import httpx

from tests.build import TOKEN
from tests.fakes.runtime_api import LambdaRuntime
from tests.system.deployed import Deployed
from tests.system.harness import SUPPRESSIONS, System
from tests.system.moved import Moved

API: Final = "RegulationsApiFunction"
WORKER: Final = "DeleteUsersFunction"
REGULATIONS: Final = "regulations"
WEBHOOK_TOKEN: Final = "p" * 32
GDPR_TOKEN: Final = "gdpr-f00dfeed"


class Regulations:
    """Asks for regulations and has them worked on, for as long as the `with` block lasts."""

    def __init__(self, system: System) -> None:
        self.system = system
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Fill the account; the first calls start the processes."""
        self._fill_aws()
        folder = Path(self._stack.enter_context(TemporaryDirectory(prefix="moved-")))
        functions, clock = self.system.built.functions(), self.system.clock
        self._moved = {
            API: Moved(functions[API][0], folder / "api", clock),
            WORKER: Moved(functions[WORKER][0], folder / "worker", clock, resting=True),
        }
        self.api = self._stack.enter_context(Deployed(lambda: self._process(API)))
        self.worker = self._stack.enter_context(Deployed(lambda: self._process(WORKER)))
        return self

    def __exit__(self, *_: object) -> None:
        """End the processes."""
        self._stack.close()

    def call(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """A request through the gateway."""
        self._moved[API].tell()
        said = self.api(
            {
                "httpMethod": method,
                "path": path,
                "resource": "/{proxy+}",
                "headers": {"Authorization": f"Bearer {WEBHOOK_TOKEN}"},
                "queryStringParameters": None,
                "body": None if body is None else json.dumps(body),
                "isBase64Encoded": False,
                "requestContext": {"requestId": "request", "stage": "api"},
            }
        )
        request = httpx.Request(method, f"https://gateway.test{path}")
        return httpx.Response(said["statusCode"], text=said["body"], request=request)

    def work(self) -> None:
        """Wake the function that deletes users."""
        self._moved[WORKER].tell()
        self.worker({"Records": []})

    def _fill_aws(self) -> None:
        secrets, dynamodb = map(self.system._client, ("secretsmanager", "dynamodb"))
        tokens = {"tokens": [{"name": "story", "token": WEBHOOK_TOKEN}], "projectToken": TOKEN}
        deletion = {"token": TOKEN, "gdprApiToken": GDPR_TOKEN}
        secrets.create_secret(Name="webhook-tokens", SecretString=json.dumps(tokens))
        secrets.create_secret(Name="deletion-credentials", SecretString=json.dumps(deletion))
        table = self.system._properties("Regulations")
        dynamodb.create_table(
            TableName=REGULATIONS,
            **{
                name: table[name]
                for name in (
                    "AttributeDefinitions",
                    "BillingMode",
                    "GlobalSecondaryIndexes",
                    "KeySchema",
                )
            },
        )

    def _process(self, function: str) -> LambdaRuntime:
        said = self.system._properties(function)
        environment = {
            **self.system._environment(),
            "AWS_ENDPOINT_URL_SQS": self.system.sqs.url,
            "DELETIONS_QUEUE_URL": f"{self.system.sqs.url}/123456789012/deletions.fifo",
            "DELETION_CREDENTIALS_SECRET": "deletion-credentials",
            "DELIVERY_TIMEOUT": said["Environment"]["Variables"]["DELIVERY_TIMEOUT"],
            "POWERTOOLS_SERVICE_NAME": said["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"],
            "REGULATIONS_TABLE": REGULATIONS,
            "SUPPRESSIONS_TABLE": SUPPRESSIONS,
            "WEBHOOK_TOKENS_SECRET": "webhook-tokens",
        }
        return LambdaRuntime(
            self._moved[function].folder,
            self.system.built.layer,
            Moved.handler,
            environment,
            said["Timeout"],
        )
