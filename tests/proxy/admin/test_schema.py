"""The endpoint in every way that its OpenAPI document allows, and in many that it does not: schemathesis, for real."""

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from tests.proxy.admin.conftest import Admin, log_in

CHECKS = settings(
    max_examples=8,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def schema(admin: Admin) -> schemathesis.BaseSchema:
    with admin.client() as client:
        made = schemathesis.openapi.from_dict(client.get("/openapi.json").json())
    made.config.update(
        base_url=f"http://{admin.host}:{admin.port}", headers={"Authorization": f"Bearer {admin.token()}"}
    )
    # What the document cannot say (a name's characters, SQL that is none) is 400; a field that is wrong is 422.
    made.config.checks.positive_data_acceptance.expected_statuses = ["2xx", "400", "403", "404", "409", "413", "429"]
    refused = ["400", "401", "403", "404", "405", "409", "413", "415", "421", "422", "429", "431"]
    made.config.checks.negative_data_rejection.expected_statuses = refused
    return made


@pytest.mark.timeout(300)
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_every_operation_keeps_to_the_document(schema, mode):
    """No 5xx, a status and a body as documented, wrong data refused, no answer without the token."""
    tried = 0
    for found in schema.get_all_operations():
        operation = found.ok()

        @CHECKS
        @given(case=operation.as_strategy(generation_mode=mode))
        def call(case):
            nonlocal tried
            tried += 1
            case.call_and_validate()

        try:
            call()
        except Unsatisfiable:  # nothing can be wrong where nothing is given
            continue
        except Exception as error:
            error.add_note(f"{operation.method.upper()} {operation.path}")
            raise
    assert tried > 100


@pytest.mark.timeout(120)
def test_questions_on_a_log_in_that_is_there(schema, client: httpx.Client):
    login = log_in(client)

    @CHECKS
    @given(case=schema["/v1/ask"]["POST"].as_strategy())
    def call(case):
        case.body = {**case.body, "login": login}
        assert case.call().status_code < 500

    call()


def test_the_document_is_whole(client: httpx.Client):
    found = client.get("/openapi.json").json()
    known = {"/health", "/ready", "/metrics", "/v1/status", "/v1/ask", "/v1/logins", "/v1/sessions", "/v1/terms/{name}"}
    assert known <= set(found["paths"])
    for path, methods in found["paths"].items():
        for method, operation in methods.items():
            assert operation.get("description"), (path, method)
            assert "default" in operation["responses"], (path, method)
            assert bool(operation.get("security")) == (path not in ("/health", "/ready")), (path, method)
