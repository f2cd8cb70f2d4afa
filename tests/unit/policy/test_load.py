"""An agreement that is wrong anywhere is refused, with file, line and what was probably meant."""

from __future__ import annotations

import pytest

from hub.errors import DocumentInvalid
from hub.policy.facts import CONCERNED_IN_FULL, RELATION, mask_of
from hub.policy.load import load_agreement, load_agreements
from schemas.labels import Role
from tests.unit.policy.conftest import give, withhold


def problems(path):
    with pytest.raises(DocumentInvalid) as refused:
        load_agreement(path)
    return [(p.field.rpartition("/")[2], p.rule) for p in refused.value.problems]


def rules_of(path):
    return [rule for _, rule in problems(path)]


def line_of(path, text):
    """Return the last line with a text: rules stand last."""
    return max(i for i, line in enumerate(path.read_text().splitlines(), 1) if text in line)


OF_A_RULE = {
    "category": (give("clincal", "gp"), "give: clincal", "unknown category 'clincal'; did you mean 'clinical'?"),
    "role": (give("name", "coordinater"), "to:", "unknown role or group 'coordinater'; did you mean 'coordinator'?"),
    "transform": (give("name as initialls", "gp"), "give:", "unknown transform 'initialls'; did you mean 'initials'?"),
    "bound": (
        give("custody-fact", "gp", when={"hour": {"form": 9}}),
        "form:",
        "unknown bound of 'hour' 'form'; did you mean 'from'?",
    ),
    "number": (
        give("custody-fact", "gp", when={"hour": "nine"}),
        "hour:",
        "'hour' is a number: write {from: 18, below: 21}, or one of the two",
    ),
    "number out of its span": (
        give("custody-fact", "gp", when={"hour": {"from": 9, "below": 25}}),
        "hour:",
        "'hour' goes from 0 to 23 o'clock, and 'from' stands before 'below'",
    ),
    "bounds turned round": (
        give("custody-fact", "gp", when={"hour": {"from": 17, "below": 9}}),
        "hour:",
        "'hour' goes from 0 to 23 o'clock, and 'from' stands before 'below'",
    ),
    "unknown opens": (
        give("custody-fact", "gp", when={"risk": ["low", "unknown"]}),
        "risk:",
        "'risk' that is not known opens nothing: leave out 'unknown'",
    ),
    "unknown number opens": (
        withhold("custody-fact", "gp", unless={"hour": "unknown"}),
        "hour:",
        "'hour' that is not known opens nothing: leave out 'unknown'",
    ),
    "birthday": (
        give("custody-fact", "gp", when={"age-years": {"from": 18}}),
        "when:",
        "what begins or ends with 'age-years' tells the day: not for gp, whom no rule gives date-of-birth",
    ),
    "day of release": (
        withhold("custody-fact", "gp", unless={"days-to-release": {"below": 28}}),
        "withhold-",
        "what begins or ends with 'days-to-release' tells the day: not for gp, whom no rule gives release-date",
    ),
    "place that the head does not name": (
        give("custody-fact", "gp", when={"at": "area/north"}),
        "at: area",
        "'area/north' is no place of the agreement: name it at the head, under 'places'",
    ),
    "field": (
        give("subject.surnam", "gp"),
        "give:",
        "unknown field 'subject.surnam'; did you mean 'subject.surname'?",
    ),
    "fact": (
        give("name", "gp", when={"consnt": "given"}),
        "consnt",
        "unknown fact 'consnt'; did you mean 'consent'?",
    ),
    "word of a fact": (
        give("name", "gp", when={"consent": "givn"}),
        "consent",
        "unknown word of 'consent' 'givn'; did you mean 'given'?",
    ),
    "event type": (
        give("name", "gp", about="custody.recieved"),
        "about",
        "unknown event type 'custody.recieved'; did you mean 'custody.received'?",
    ),
    "key": (give("name", "gp", abuot="x"), "abuot", "unknown word 'abuot'; did you mean 'about'?"),
    "a capital": (give("name", "GP"), "to:", "unknown role or group 'GP'; did you mean 'gp'?"),
    "an agency": (
        give("name", "court"),
        "to:",
        "unknown role or group 'court'; there is court-administrator, court-team",
    ),
    "an underscore": (
        give("date_of_birth", "gp"),
        "give:",
        "unknown category 'date_of_birth'; did you mean 'date-of-birth'?",
    ),
    "a field by its last name": (
        give("surname", "gp"),
        "give:",
        "'surname' is a field: name it by its whole path, such as 'subject.surname'",
    ),
    "an age in years": (
        give("custody-fact", "gp", when={"age": 18}),
        "age:",
        "unknown word of 'age' '18'; there is adult, under-18",
    ),
    "a bound in other words": (
        give("custody-fact", "gp", when={"hour": {"from": 9, "to": 17}}),
        "to: 17",
        "unknown bound of 'hour' 'to'; there is below, from",
    ),
    "purpose": (
        give("name", "gp", purpose="prevent-crim"),
        "purpose:",
        "unknown purpose 'prevent-crim'; did you mean 'prevent-crime'?",
    ),
    "gateway": (
        give("name", "gp", gateway="cda-15"),
        "gateway:",
        "unknown gateway 'cda-15'; did you mean 'cda-115'?",
    ),
    "obligation": (
        give("name", "gp", oblige="speak-frist"),
        "oblige",
        "unknown obligation 'speak-frist'; did you mean 'speak-first'?",
    ),
    "a condition that is empty": (
        give("name", "gp", when={}),
        "when:",
        "nothing stands after 'when': say what, or leave it out",
    ),
    "a condition that is not there": (
        give("name", "gp", when=None),
        "when:",
        "nothing stands after 'when': say what, or leave it out",
    ),
    "an exception that is not there": (
        give("name", "gp", unless=None),
        "unless:",
        "nothing stands after 'unless': say what, or leave it out",
    ),
    "events that are not there": (
        give("name", "gp", about=None),
        "about:",
        "nothing stands after 'about': say what, or leave it out",
    ),
    "obligations that are not there": (
        give("name", "gp", oblige=[]),
        "oblige:",
        "nothing stands after 'oblige': say what, or leave it out",
    ),
    "a reason that is a list": (
        give("name", "gp", because=["a", "b"]),
        "because:",
        "'because' is a text: write one, in quotes where YAML takes it for another thing",
    ),
    "always on a grant": (give("name", "gp", always=True), "always:", "'always' has no meaning in a rule that gives"),
    "an unknown purpose of a withholding": (
        withhold("name", "gp", purpose="prevent-crim"),
        "purpose:",
        "unknown purpose 'prevent-crim'; did you mean 'prevent-crime'?",
    ),
    "to and from": (
        give("name", "gp", **{"from": "gp"}),
        "from:",
        "'from' has no meaning in a rule that gives",
    ),
    "accompanies": (give("name", "gp", accompanies="no"), "accompanies", "is true or false"),
    "always": (withhold("name", "gp", always="sometimes"), "always", "is true or false"),
    "oblige on a withholding": (
        withhold("name", "gp", oblige="speak-first"),
        "oblige",
        "'oblige' has no meaning in a rule that withholds",
    ),
    "a transform withheld": (
        withhold("name as initial", "gp"),
        "withhold:",
        "'name' is withheld whole, not as 'initial'",
    ),
    "a transform of another category": (
        give("name as year", "gp"),
        "give:",
        "'year' is a transform of date-of-birth",
    ),
    "a transform of another field": (
        give("subject.surname as year", "gp"),
        "give:",
        "'year' is a transform of date-of-birth",
    ),
    "naming-you of anything": (
        give("clinical as naming-you", "gp"),
        "give:",
        "'naming-you' is a transform of licence-conditions",
    ),
    "everything given": (give("everything", "gp"), "give:", "everything can be withheld, and never given"),
    "everything and more": (withhold(["everything", "name"], "gp"), "withhold:", "everything stands alone"),
    "nothing given": (give([], "gp"), "give:", "names nothing"),
    "nobody": (give("name", []), "to:", "names nothing"),
    "nobody left": (give("name", "gp", **{"except": "gp"}), "except", "nobody is left"),
    "an empty fact": (give("name", "gp", when={"consent": []}), "consent", "names nothing"),
    "an empty exception": (
        give("name", "gp", unless=[{}]),
        "unless",
        "an empty exception would always hold",
    ),
    "a condition that is a list": (
        give("name", "gp", when=["consent"]),
        "when",
        "a condition is a mapping of facts to words, such as {restricted: yes}",
    ),
    "no purpose": (give("name", "gp", purpose=None), "purpose:", "'purpose' is missing or empty"),
    "no gateway": (give("name", "gp", gateway=""), "gateway:", "'gateway' is missing or empty"),
}


@pytest.mark.parametrize(("rule", "where", "told"), OF_A_RULE.values(), ids=OF_A_RULE)
def test_rule_is_refused_with_its_line(written, rule, where, told):
    """What is wrong in a rule is told with the line on which it stands, and what was probably meant."""
    path = written.file(rule)

    assert (f"small.yaml:{line_of(path, where)}", told) in problems(path)


OF_THE_TOP = {
    "a missing key": ({"owner": None}, "'owner' is missing or empty"),
    "an unknown key": ({"reveiw": "x"}, "unknown word 'reveiw'; did you mean 'review'?"),
    "a regime": ({"regime": "law-enforcment"}, "unknown regime 'law-enforcment'; did you mean 'law-enforcement'?"),
    "a date that is none": ({"ends": "next year"}, "'ends' is a day such as 2027-03-31, without quotes"),
    "a group named as a role": (
        {"groups": {"gp": ["gp"]}},
        "'gp' has a meaning of its own and cannot name a group",
    ),
    "a group named everyone": (
        {"groups": {"everyone": ["gp"]}},
        "'everyone' has a meaning of its own and cannot name a group",
    ),
    "groups that are a list": ({"groups": ["gp"]}, "is a mapping of names"),
    "places of which none is named": ({"places": []}, "nothing stands after 'places': say what, or leave it out"),
    "no agreement to stand under": ({"under": None}, "nothing stands after 'under': say what, or leave it out"),
    "an end that is no day": ({"ends": None}, "nothing stands after 'ends': say what, or leave it out"),
    "a purpose without a sentence": (
        {"purposes": {"prevent-crime": None}},
        "'prevent-crime' is a text: write one, in quotes where YAML takes it for another thing",
    ),
    "a title that is a list": (
        {"title": ["a", "b"]},
        "'title' is a text: write one, in quotes where YAML takes it for another thing",
    ),
    "a name that cannot be cited": (
        {"agreement": "Small / one@2"},
        "a name has letters, digits, '-', '_' and '.', and begins with no sign",
    ),
    "days that are no number": ({"people-on-no-scheme-days": "many"}, "is a whole number of days"),
    "half a special category": (
        {"special-categories": {"condition": "Schedule 8"}},
        "'policy-document' is missing or empty",
    ),
    "must-hear": ({"must-hear": [{"about": "ppo.alert"}]}, "says 'about' which events and which 'roles'"),
    "a review before the agreement": (
        {"agreed": "2027-01-01"},
        "the review comes after the day on which it was agreed",
    ),
}


@pytest.mark.parametrize(("change", "told"), OF_THE_TOP.values(), ids=OF_THE_TOP)
def test_agreement_is_refused(written, change, told):
    """What is wrong at the head of an agreement is told."""
    assert told in rules_of(written.file(give("name", "police"), **change))


def test_everything_is_told_at_once(written):
    """A person mends a document once, so every problem in it is told, in the head and in each rule."""
    path = written.file(
        give("clincal", "gp"),
        give("name", "polcie"),
        {"id": "x", "give": "name", "withhold": "name"},
        "no rule",
        reveiw="x",
    )

    assert {
        "unknown word 'reveiw'; did you mean 'review'?",
        "unknown category 'clincal'; did you mean 'clinical'?",
        "unknown role or group 'polcie'; did you mean 'police'?",
        "a rule either gives or withholds, and this one has both 'give' and 'withhold'",
        "a rule is a mapping",
    } == set(rules_of(path))


def test_rule_ids_are_unique(written):
    """A decision cites rules by their ids, so no id stands twice."""
    assert ["the id 'give-name-gp' stands twice"] == rules_of(written.file(give("name", "gp"), give("name", "gp")))


YAML = {
    "a key twice": ("agreement: a\nagreement: b\n", "small.yaml:2", "'agreement' stands twice"),
    "not YAML": ("agreement: [a\n", "small.yaml:2", "has a bracket that is not closed, or a comma that is missing"),
    "a date that no calendar has": (
        "agreement: a\nagreed: 2026-13-45\n",
        "small.yaml:2",
        "cannot be read as what it looks like, such as a date",
    ),
    "two documents": (
        "agreement: a\n---\nagreement: b\n",
        "small.yaml:2",
        "begins a second document ('---'), and one file has one",
    ),
    "a list": ("- a\n- b\n", "small.yaml:1", "an agreement is a mapping that begins with 'agreement: its-name'"),
    "a tag": (
        "agreement: !!python/name:os.system x\n",
        "small.yaml:1",
        "cannot be read as what it looks like, such as a date",
    ),
    "a reference to another place": (
        "title: &t a\nowner: *t\n",
        "small.yaml:2",
        "write it out: a reference to another place (&, *) is not taken",
    ),
    "a reference to itself": (
        "rules: &r [*r]\n",
        "small.yaml:1",
        "write it out: a reference to another place (&, *) is not taken",
    ),
}


@pytest.mark.parametrize(("text", "where", "told"), YAML.values(), ids=YAML)
def test_yaml_is_read_strictly(written, text, where, told):
    """What YAML would let through, or fail on with an error of its own, is refused with its line."""
    assert (where, told) in problems(written.text(text))


def test_nesting_without_end_is_refused(written):
    """A document nested too deeply is refused as any other, and does not stop the hub."""
    with pytest.raises(DocumentInvalid, match="RecursionError"):
        load_agreement(written.text("[" * 5000))


def test_empty_document_is_refused(written):
    """A document with nothing in it is no agreement."""
    assert ["an agreement is a mapping that begins with 'agreement: its-name'"] == rules_of(written.text(""))


def test_nothing_said_of_relation_means_concerned_in_full(written):
    """A rule that names no relation leaves out those that have rows of their own."""
    (rule,) = written.agreement(give("name", "police")).rules

    assert (RELATION, CONCERNED_IN_FULL) == (rule.when[0].fact, rule.when[0].mask)
    assert not CONCERNED_IN_FULL & mask_of(
        "relation", ["further", "partner", "gate", "condition", "marker-holder", "addressed", "asks"]
    )


def test_everyone_to_whom_something_is_given_leaves_out_oversight(written):
    """Given to everyone means to all but oversight; withheld from everyone means from all."""
    given, held = written.agreement(give("name", "everyone"), withhold("name", "everyone")).rules

    assert set(Role) - {Role.OVERSIGHT} == given.roles
    assert set(Role) == held.roles


def test_except_takes_roles_and_groups_out(written):
    """An exception is by role or group, so that a new role is withheld from until somebody decides."""
    (rule,) = written.agreement(withhold("name", "everyone", **{"except": ["police", "gp"]})).rules

    assert set(Role) - {Role.CUSTODY_OFFICER, Role.INTELLIGENCE, Role.GP} == rule.roles


def test_yes_and_no_are_words(written):
    """YAML reads yes and no as true and false; a condition means the words."""
    (rule,) = written.agreement(withhold("everything", "gp", when={"restricted": [True, "unknown"]})).rules

    assert mask_of("restricted", ["yes", "unknown"]) == rule.when[0].mask


def test_version_is_of_the_content(written):
    """The same words make the same version, and one word more another."""
    first = written.agreement(give("name", "gp")).version

    assert written.agreement(give("name", "gp")).version == first
    assert written.agreement(give("name", "gp", because="They ask.")).version != first


def test_agreements_of_a_folder(written, tmp_path):
    """All files of a folder are read, and what is wrong in each is told at once."""
    written.file(give("name", "polcie"))
    (tmp_path / "other.yaml").write_text("agreement: x\n")

    with pytest.raises(DocumentInvalid) as refused:
        load_agreements([tmp_path])

    assert {"small.yaml", "other.yaml"} == {
        p.field.rpartition("/")[2].partition(":")[0] for p in refused.value.problems
    }


def test_names_are_unique_in_a_folder(written, tmp_path):
    """Two agreements of one name, or with a rule of one name, cannot be in force together."""
    text = written.file(give("name", "gp")).read_text()
    (tmp_path / "other.yaml").write_text(text)

    with pytest.raises(DocumentInvalid) as refused:
        load_agreements([tmp_path])

    assert [
        "the agreement 'small' stands in more than one file",
        "the rule 'give-name-gp' stands in more than one file",
    ] == [p.rule for p in refused.value.problems]


def test_no_agreement_at_all(tmp_path):
    """A folder without agreements is refused, rather than taken for an agreement to share nothing."""
    with pytest.raises(DocumentInvalid, match="at least one agreement"):
        load_agreements([tmp_path])


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("  because: Note: this one", "has a colon and a blank within a text: put quotes around the text"),
        ("\tbecause: x", "has a tab, or begins with a sign of YAML's own: use blanks, or quotes around the text"),
    ],
    ids=["a colon", "a tab"],
)
def test_what_is_no_yaml_is_told_in_plain_words(written, line, said):
    """What people type most and YAML does not take is told so that they see what to do, and in which line."""
    path = written.text(f"agreement: small\nrules:\n- id: x\n{line}\n")

    assert [("small.yaml:4", said)] == problems(path)


def test_a_group_that_stands_further_down(written):
    """A group that names one below it is told that the order matters, and not that there is no such group."""
    path = written.file(give("name", "gp"), groups={"first": ["second"], "second": ["gp"]})

    assert ["the group 'second' stands further down: a group holds only those above it"] == rules_of(path)
