import pytest

from deploy.local.processes import addresses, own_environment, port_of


@pytest.mark.parametrize("base", [None, 16_010])
def test_the_desk_is_told_where_classifier_and_router_listen_whatever_the_ports(base: int | None) -> None:
    environment = {**addresses(base), "CLASSIFIER_MODEL_DIR": "model", "KAFKA_BOOTSTRAP_SERVERS": "kafka:9092"}
    assert own_environment("desk", environment) == {
        "DESK_CLASSIFIER_URL": f"http://127.0.0.1:{port_of('classifier', base=base)}",
        "DESK_ROUTER_URL": f"http://127.0.0.1:{port_of('router', base=base)}",
        "KAFKA_BOOTSTRAP_SERVERS": "kafka:9092",
    }
    assert not {"DESK_CLASSIFIER_URL", "DESK_ROUTER_URL"} & own_environment("router", environment).keys()
