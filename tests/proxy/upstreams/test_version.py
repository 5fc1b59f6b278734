from proxy.upstreams.metadata.system_variables import VERSION, system_variables
from proxy.upstreams.version import SERVER_VERSION


def test_the_greeting_and_the_variable_say_the_same() -> None:
    assert SERVER_VERSION == VERSION == system_variables()["version"].default
