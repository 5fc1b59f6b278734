"""Names of the sequences that the gateway makes."""

from proxy.upstreams import sequence_names


def test_each_name_is_another_and_known_again() -> None:
    names = {sequence_names.new() for _ in range(50)}
    assert len(names) == 50
    assert all(sequence_names.OWN.fullmatch(name) for name in names)
    assert not any(sequence_names.OWN.fullmatch(name) for name in ("order_ids", "auto_increment_1", "t_id_seq"))
