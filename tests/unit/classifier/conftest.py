"""A small model, trained once."""

import pytest

from services.classifier.adapters.linear_model import LinearModel
from services.classifier.adapters.training import train
from tests.support.classifying import small_corpus


@pytest.fixture(scope="session")
def small_model() -> LinearModel:
    return train(small_corpus())
