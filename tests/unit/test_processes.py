import pytest

from deploy.local.processes import addresses, own_environment, port_of


@pytest.mark.parametrize("base", [None, 16_010])
def test_the_desk_is_told_where_the_classifier_listens_whatever_the_ports(base: int | None) -> None:
    environment = {**addresses(base), "CLASSIFIER_MODEL_DIR": "model", "KAFKA_BOOTSTRAP_SERVERS": "kafka:9092"}
    assert own_environment("desk", environment) == {
        "DESK_CLASSIFIER_URL": f"http://127.0.0.1:{port_of('classifier', base=base)}",
        "KAFKA_BOOTSTRAP_SERVERS": "kafka:9092",
    }
    assert "DESK_CLASSIFIER_URL" not in own_environment("router", environment)
