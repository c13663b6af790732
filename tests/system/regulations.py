"""The built functions for regulations, next to the one that delivers events."""

import json
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Self

import httpx

from tests.build import TOKEN
from tests.fakes.lambda_function import LambdaFunction
from tests.fakes.runtime_api import LambdaRuntime
from tests.system.clocked_function import ClockedFunction
from tests.system.delivery_system import PROFILES, SUPPRESSIONS, DeliverySystem

API: Final = "RegulationsApiFunction"
WORKER: Final = "DeleteUsersFunction"
REGULATIONS: Final = "regulations"
WEBHOOK_TOKEN: Final = "p" * 32
GDPR_TOKEN: Final = "gdpr-f00dfeed"


class RegulationsSystem:
    """The regulations API and the worker that deletes users, while the `with` block lasts."""

    def __init__(self, system: DeliverySystem) -> None:
        self.system = system
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Create what the functions read; the first calls start their processes."""
        self._fill_aws()
        folder = Path(self._stack.enter_context(TemporaryDirectory(prefix="clocked-")))
        functions, clock = self.system.built.functions(), self.system.clock
        self._clocked = {
            API: ClockedFunction(functions[API][0], folder / "api", clock),
            WORKER: ClockedFunction(
                functions[WORKER][0], folder / "worker", clock, advances_clock=True
            ),
        }
        self.api = self._stack.enter_context(LambdaFunction(lambda: self._process(API)))
        self.worker = self._stack.enter_context(LambdaFunction(lambda: self._process(WORKER)))
        return self

    def __exit__(self, *_: object) -> None:
        """End the processes."""
        self._stack.close()

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        authorization: str = f"Bearer {WEBHOOK_TOKEN}",
    ) -> httpx.Response:
        """Call the API as the gateway does."""
        self._clocked[API].show_time()
        response = self.api(
            {
                "httpMethod": method,
                "path": path,
                "resource": "/{proxy+}",
                "headers": {"Authorization": authorization},
                "queryStringParameters": None,
                "body": None if body is None else json.dumps(body),
                "isBase64Encoded": False,
                "requestContext": {"requestId": "request", "stage": "api"},
            }
        )
        request = httpx.Request(method, f"https://gateway.test{path}")
        return httpx.Response(response["statusCode"], text=response["body"], request=request)

    def run_worker(self) -> None:
        """Invoke the function that deletes users."""
        self._clocked[WORKER].show_time()
        self.worker({"Records": []})

    def _fill_aws(self) -> None:
        secrets, dynamodb = map(self.system._client, ("secretsmanager", "dynamodb"))
        caller = {
            "name": "caller",
            "token": WEBHOOK_TOKEN,
            "scopes": ["create", "read", "cancel", "worker"],
        }
        tokens = {"tokens": [caller], "projectToken": TOKEN}
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
        properties = self.system._properties(function)
        variables = properties["Environment"]["Variables"]
        environment = {
            **self.system._environment(),
            "AWS_ENDPOINT_URL_SQS": self.system.sqs.url,
            "DELETIONS_QUEUE_URL": f"{self.system.sqs.url}/123456789012/deletions.fifo",
            "DELETION_CREDENTIALS_SECRET": "deletion-credentials",
            "DELIVERY_TIMEOUT": variables["DELIVERY_TIMEOUT"],
            "POWERTOOLS_SERVICE_NAME": variables["POWERTOOLS_SERVICE_NAME"],
            "PROFILES_TABLE": PROFILES,
            "REGULATIONS_TABLE": REGULATIONS,
            "SUPPRESSIONS_TABLE": SUPPRESSIONS,
            "WEBHOOK_TOKENS_SECRET": "webhook-tokens",
        }
        return LambdaRuntime(
            self._clocked[function].folder,
            self.system.built.layer,
            ClockedFunction.handler,
            environment,
            properties["Timeout"],
        )
