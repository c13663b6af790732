"""A healthy stack, and the output of doctor."""

from tests.unit.cli.doctor.account import Account, doctor, lines


def test_healthy_stack_is_fine(account: Account) -> None:
    """Every line is ok, and the exit status 0."""
    done = doctor()
    print(done.output)
    assert (done.exit_code, {line["level"] for line in lines()}) == (0, {"ok"})
