"""The end of the demo: what the commands for operators say about the same stack and event."""

from subprocess import CompletedProcess

from rich.console import Console

from sandbox import sdk
from sandbox.operator_command import run_command
from sandbox.stack import Stack

WHERE = """
[bold]4. The same questions, as an operator asks them[/]
For any event, by the messageId that its sender gave it:
"""
DOCTOR = """
For the whole stack. Two warnings belong to this machine: the recorded samples may be of any age,
and nobody gets mail. The rejected events are those of table 1.
"""


def show_operator_view(console: Console, stack: Stack) -> list[str]:
    """Print what `where` says of the SDK's event, and `doctor` of the stack; return complaints."""
    where = ask(console, WHERE, stack, "where", sdk.EVENT["messageId"])
    doctor = ask(console, DOCTOR, stack, "doctor")
    return [
        *([] if "delivered at" in where.stdout else [f"where says {where.stdout!r}"]),
        *([f"doctor says {doctor.stdout!r}"] if doctor.returncode > 1 else []),
    ]


def ask(console: Console, title: str, stack: Stack, *arguments: str) -> CompletedProcess[str]:
    """Run a command, and print it with its answer."""
    answer = run_command(stack, *arguments)
    console.print(title, highlight=False)
    console.print(f"  $ rudder-mixpanel {' '.join(arguments)}", highlight=False, style="dim")
    for line in (answer.stdout or answer.stderr).splitlines():
        console.print(f"  {line}", highlight=False, markup=False)
    return answer
