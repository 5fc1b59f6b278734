import pytest

from tests.knowledge.index.shelf import Shelf


@pytest.fixture
def shelf(tmp_path):
    made = Shelf(tmp_path)
    yield made
    made.close()
