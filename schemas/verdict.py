"""What a verifier says on the command line: each thing that it looked at, then the whole; and its exit code."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from schemas.note import NoteInvalid
from schemas.proof_file import ProofInvalid

Say = Callable[[str], object]


class Step(NamedTuple):
    """One thing that was looked at: what it is where it holds, or what does not hold."""

    holds: bool
    words: str


class Verdict(NamedTuple):
    """What came of looking at a file: the steps, and what it shows where all of them hold."""

    steps: Sequence[Step]
    shows: Callable[[], Sequence[str]]


def arguments_of(program: str, description: str) -> argparse.ArgumentParser:
    """Return the parser of what every verifier takes: the log's keys, and the file."""
    parser = argparse.ArgumentParser(prog=f"python -m {program}", description=description)
    parser.add_argument(
        "keys", nargs="+", metavar="key", help="a verifier key of the log, as 'hub ledger key' prints it"
    )
    parser.add_argument("file", type=Path, help="the file")
    return parser


def pronounce(look: Callable[[], Verdict], *, holds: str, fails: str, say: Say) -> int:
    """Look, and say what came of it; return 0 where all holds, 1 where not, and 2 where there is nothing to verify."""
    try:
        verdict = look()
        whole = all(step.holds for step in verdict.steps)
        lines = verdict.shows() if whole else []
    except (ProofInvalid, NoteInvalid, UnicodeDecodeError) as error:
        say(f"There is nothing to verify: {error}.")
        return 2
    except OSError as error:
        say(f"There is nothing to verify: {error.filename} cannot be read.")
        return 2
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        say("There is nothing to verify: a branch, a view or the statement has not the members of its form.")
        return 2
    for step in verdict.steps:
        say(f"{'holds:         ' if step.holds else 'DOES NOT HOLD: '}{step.words}")
    say("")
    say(holds if whole else fails)
    for line in lines:
        say(line)
    return 0 if whole else 1
