from proxy.upstreams.index_names import in_schema, in_table


def test_names_come_back_as_they_were_given() -> None:
    for name in ("ix", "users_email", "users.ix", "with.dots", "ünïcode", "users."):
        assert in_table("users", in_schema("users", name)) == name


def test_an_index_that_was_not_made_here_keeps_its_name() -> None:
    assert in_table("users", "users_email_key") == "users_email_key"
    assert in_table("users", "users.") == "users."


def test_a_long_name_is_cut_between_characters() -> None:
    assert in_schema("t", "é" * 40) == "t." + "é" * 30
