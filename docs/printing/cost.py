"""The tables of docs/cost.md."""

from benchmarks.cost import PRICES, SENDERS, costs
from docs.printing.markdown import table


def prices() -> str:
    """The list prices that costs are computed from."""
    return table(
        ("what", "a million", "list price of"),
        ((what, f"${dollars:.2f}", source) for what, (dollars, source) in PRICES.items()),
    )


def costs_by_sender() -> str:
    """What a million events cost for each kind of sender."""
    head = ("sent by", "events a request", "API Gateway and Lambda, by request")
    sqs = ("SQS, an event a record", "SQS, packed", "saved of SQS")
    return table(
        head + sqs,
        (
            (
                sender,
                str(cost.request_size),
                f"${cost.requests:.2f}",
                f"${cost.unpacked:.3f}",
                f"${cost.packed:.3f}",
                f"{1 - cost.packed / cost.unpacked:.0%}",
            )
            for sender, cost in zip(SENDERS, costs(), strict=True)
        ),
    )
