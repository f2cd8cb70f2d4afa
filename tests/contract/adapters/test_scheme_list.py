"""A scheme's list goes in, and again, and mended, and shorter."""

import asyncio
import sys

import pytest

from adapters.sdk import AgencyKey
from schemas.exchange import FieldProblem

HEAD = "Surname,Forename,Date of birth,PNC,Adopted on,Strands\n"
JONES = "Jones,Terry,01/02/1985,85/1234A,03/04/2024,C&C\n"
SMITH = "Smith,Ann,05/06/1990,90/4321B,03/04/2024,R&R\n"
WRONG = "Brown,Bo,31/02/1990,,03/04/2024,C&C\n"


@pytest.fixture
def take(hub, tmp_path):
    key = tmp_path / "key.pem"
    AgencyKey.generate().save(key)

    async def take(content):
        path = tmp_path / "list.csv"
        path.write_text(content)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "adapters.scheme_list", "--hub", hub.address, "--scheme", "bham-north",
            "--client", "s", "--key", str(key), "--source", "/scheme", "--state", str(tmp_path / "state"), str(path),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, log = await asyncio.wait_for(process.communicate(), 60)
        return process.returncode, out.decode(), log.decode()

    return take


def refused(tmp_path):
    path = tmp_path / "list.refused.csv"
    return path.read_text().splitlines() if path.exists() else None


async def test_good_rows_go_in_and_bad_ones_come_back(hub, take, tmp_path):
    """One bad row keeps no good one out; it is named by row, column and rule, and its cells stand nowhere else."""
    code, out, log = await take(HEAD + JONES + WRONG + SMITH)

    assert 65 == code
    assert ["Jones", "Smith"] == [event.data["subject"]["surname"] for event in hub.published]
    assert ["row,column,rule", "3,date_of_birth,not a day as dd/mm/yyyy"] == refused(tmp_path)
    assert not [word for word in ("Brown", "Jones", "85/1234A") if word in out + log]


async def test_a_list_given_again_changes_nothing(hub, take):
    """The same rows are known by what they say."""
    await take(HEAD + JONES + SMITH)

    code, out, _ = await take(HEAD + SMITH + JONES)

    assert (0, 2) == (code, len(hub.published))
    assert "0 accepted, 2 known already, 0 refused" in out


async def test_a_mended_row_is_told_and_a_vanished_one_is_no_deselection(hub, take, tmp_path):
    """A changed row is a new word; who is not on the list any more is counted, and not a word is said of them."""
    await take(HEAD + JONES + SMITH + WRONG)

    code, out, _ = await take(HEAD + JONES.replace("C&C", "C&C; R&R"))

    assert 0 == code
    assert ["ppo.adopted"] * 3 == [event.type for event in hub.published]
    assert "people of the last list who are not on this one: 1; nobody is de-selected by that" in out
    assert refused(tmp_path) is None


async def test_what_the_hub_refuses_stands_beside_the_list(hub, take, tmp_path):
    """A refusal of the hub is a refused row with the hub's own field and rule."""
    hub.refusals["ppo.adopted"] = ("invalid", [FieldProblem("data.subject.identifiers[0].value", "check letter")])

    code, _, _ = await take(HEAD + JONES)

    assert 65 == code
    assert ["row,column,rule", "2,pnc,check letter"] == refused(tmp_path)


async def test_a_file_that_is_no_list_is_not_taken(hub, take):
    """Nothing is published of a file that cannot be read as a list."""
    code, _, log = await take("Colour,Size\nred,9\n")

    assert (65, []) == (code, hub.published)
    assert "not taken" in log
