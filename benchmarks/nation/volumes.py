"""How much happens in England and Wales, and how well it is written down: each number with where it comes from.

A number without a publication is an assumption, and says so.
"""

from __future__ import annotations

import msgspec

YEAR = 365.0
QUARTER = 92.0
OMSQ_2016 = "Ministry of Justice, Offender Management Statistics Bulletin, October to December 2016, 27 April 2017"
PPO_2009 = "Ministry of Justice, Prolific and other Priority Offenders: results from the 2009 cohort, December 2010"
INSPECTION_2009 = "HMI Probation and others, Prolific and other Priority Offenders: a joint inspection, July 2009"
ARRESTS_2017 = "Home Office, Police powers and procedures, year ending 31 March 2017, 26 October 2017"
ESCORTS_2014 = "HM Inspectorate of Prisons, Transfers and escorts within the criminal justice system, December 2014"
TRANSFERS_2005 = "House of Commons Hansard, written answers, 16 April 2007, column 483W"
CASELOAD_2004 = "Home Office, Offender Management Caseload Statistics 2004, December 2005"
SHORT_2019 = "HM Inspectorate of Probation, Post-release supervision for short-term prisoners, May 2019"
LIDS_2006 = "Study of the prison service's inmate database by its supplier, told by Computer Weekly, March 2008"
DATA_FIRST = "Ministry of Justice, Data First: prisoner custodial journey data set, user guide"
ALIASES = "Alias use among prison inmates, Canadian Journal of Police and Security Services"
ASSUMED = "assumption"


class Known(msgspec.Struct, frozen=True):
    """A number of people, places or events a day, or a share of one."""

    value: float
    source: str
    note: str = ""


PEOPLE = {
    "supervised": Known(262_000, OMSQ_2016, "267,146 at the end of 2016, and 258,157 in September 2018"),
    "in_prison": Known(85_513, OMSQ_2016, "31 March 2017"),
    "members": Known(10_000, PPO_2009, "10,635 in the cohort of 2009, as a round number; 97% were men, 27 on average"),
}
PLACES = {
    "prisons": Known(120, ASSUMED, "about 120 establishments"),
    "forces": Known(43, ARRESTS_2017, "the territorial forces"),
    "schemes": Known(172, INSPECTION_2009, "32 to 82 people a scheme, so about four to a force"),
    "stations": Known(215, ASSUMED, "five custody suites to a force"),
}
A_DAY = {
    "admissions": Known(34_617 / QUARTER, OMSQ_2016, "34,617 admissions to prison in the quarter, recalls among them"),
    "recalls": Known(61, OMSQ_2016, "5,278 recalled in that quarter; about 61 a day over the year"),
    "releases": Known(73_560 / YEAR, OMSQ_2016, "73,560 in the year"),
    "short_releases": Known(40_000 / YEAR, SHORT_2019, "more than 38,000 a year, of sentences under 12 months"),
    "transfers": Known(68_430 / YEAR, TRANSFERS_2005, "68,430 between prisons in 2005"),
    "court_journeys": Known(
        818_168 / YEAR / 4, ESCORTS_2014, "818,168 escorts in a year, most to or from court; a quarter: assumption"
    ),
    "arrests": Known(779_660 / YEAR, ARRESTS_2017, "779,660 in the year"),
    "supervision_starts": Known(177_390 / YEAR, CASELOAD_2004, "177,390 began probation supervision in 2004"),
    "dates_changed": Known(250, ASSUMED, "release dates set or changed"),
    "address_changes": Known(300, ASSUMED),
    "risk_assessments": Known(500, ASSUMED),
    "engagements": Known(1_500, ASSUMED, "members seen, or not seen, that day"),
    "adoptions": Known(10, ASSUMED, "a third of the members change in a year"),
    "deselections": Known(9, ASSUMED),
    "member_admissions": Known(27, ASSUMED, "each member is received once a year: remand, sentence or recall"),
    "member_arrests": Known(110, ASSUMED, "each member is arrested four times a year"),
}
"""Events a day."""
SHARES = {
    "no_pnc_at_prison": Known(0.26, LIDS_2006, "21,000 of 80,000 prison records had none; better since, not published"),
    "no_cro_at_prison": Known(0.37, LIDS_2006, "30,000 of 80,000"),
    "new_prison_number": Known(0.05, DATA_FIRST, "'many links are missed' at reception; how many: assumption"),
    "wrong_prison_number": Known(0.002, ASSUMED, "another person's, chosen or typed by mistake"),
    "has_alias": Known(0.18, ALIASES, "a little under a fifth"),
    "under_alias": Known(0.3, ASSUMED, "of those who have one, received under it"),
    "alias_on_list": Known(0.7, ASSUMED, "of aliases, known to the scheme"),
    "misspelt": Known(0.03, ASSUMED, "one letter of the surname"),
    "wrong_birth": Known(0.01, ASSUMED, "one digit of the date of birth"),
    "list_by_name_alone": Known(
        0.03, ASSUMED, "of members: the scheme's list has name and date of birth and no number"
    ),
    "list_has_pnc": Known(0.9, ASSUMED, "of the others"),
    "list_has_prison_number": Known(0.5, ASSUMED, "of the others who have been in prison"),
    "list_has_crn": Known(0.7, ASSUMED, "of the others who are supervised"),
    "list_has_postcode": Known(0.7, ASSUMED),
    "supervised": Known(0.85, ASSUMED, "of members: on an order or a licence"),
    "probation_has_pnc": Known(0.9, ASSUMED),
    "held": Known(0.33, ASSUMED, "of members: in prison when the day begins"),
    "been_in_prison": Known(0.9, ASSUMED, "of members: have a prison number from before"),
    "released_since_adoption": Known(0.6, ASSUMED, "of those: the hub heard of a release"),
    "court_tells": Known(0.5, ASSUMED, "of admissions from court: the court told the hub before the prison did"),
    "court_has_pnc": Known(0.8, ASSUMED, "of what courts tell; otherwise name and date of birth"),
    "police_has_pnc": Known(0.9, ASSUMED, "of arrests; otherwise name and date of birth"),
    "moved_on_same_day": Known(0.02, ASSUMED, "of admissions: transferred within hours"),
    "late": Known(0.05, ASSUMED, "of a prison's events: one to twelve hours after they happened"),
    "repeated": Known(0.02, ASSUMED, "of a prison's events: sent twice"),
    "adopted_in_custody": Known(0.3, ASSUMED, "of adoptions: after the reception, that day or in the weeks before"),
    "local": Known(0.8, ASSUMED, "of admissions: to the prison that serves the area"),
}
"""Shares of one."""


def a_day(what: str) -> int:
    """Return how many of something happen in a day."""
    return round(A_DAY[what].value)


def share(what: str) -> float:
    """Return a share of one."""
    return SHARES[what].value
