# The rules of agreement.yaml for a Rego engine: what is offered to a role, less what is withheld from it.
package redaction

import rego.v1

managers := {"coordinator", "national-offender-manager"}
custody := {"custody-officer", "prison-reception", "prison-offender-management"}
justice := (managers | custody) | {"police-offender-manager", "neighbourhood-policing"}
care := {"prison-healthcare", "drug-treatment"}
charity := {"voluntary", "mentor"}
managers_and_police := managers | {"police-offender-manager"}
managers_and_neighbourhood := managers | {"neighbourhood-policing"}
housing := {"council-housing"}
everyone_but_charity := (justice | care) | housing

concerned if {
	some relation in input.relations
	relation in {"holds", "awaits", "case", "lead", "area", "referral", "tenancy", "stay", "treatment", "own-order", "report", "decides"}
}

given := offered - withheld if concerned

offered contains "name" if input.role in everyone_but_charity
offered contains "name as initial" if input.role in charity
offered contains "date-of-birth" if input.role in justice | care
offered contains "date-of-birth as year" if input.role in housing | charity
offered contains "references" if input.role in justice | care
offered contains looks if {
	input.role in custody
	some looks in ["photograph", "adjustments", "sex-and-ethnicity", "aliases"]
}
offered contains status if {
	input.role in justice
	some status in ["marker", "scheme-contact"]
}
offered contains strands if {
	input.role in managers_and_police
	some strands in ["strands", "matrix-score"]
}
offered contains "contact" if input.role in everyone_but_charity
offered contains case if {
	input.role in managers_and_police
	some case in ["offence", "supervision-kind"]
}
offered contains held if {
	input.role in justice | care
	some held in ["custody-fact", "custody-place", "enforcement-fact"]
}
offered contains release if {
	input.role in everyone_but_charity | charity
	some release in ["release-date", "release-area"]
}
offered contains arrangements if {
	input.role in managers_and_police
	some arrangements in ["release-arrangements", "date-change-reason"]
}
offered contains "address" if {
	input.role in managers_and_neighbourhood
	input.restricted != "yes"
}
offered contains "address as district" if input.role in care
offered contains "licence-conditions" if input.role in managers_and_neighbourhood
offered contains "licence-conditions as naming-you" if input.role in {"drug-treatment", "council-housing"}
offered contains "risk-level" if input.role in justice
offered contains "risk-level as high-or-not" if {
	input.role in housing
	input.risk in {"high", "very-high"}
}
offered contains "risk-detail" if input.role in managers_and_police | custody
offered contains children if {
	input.role in managers_and_neighbourhood
	input.child in {"lives", "stays"}
	some children in ["risk-to-children", "child-known"]
}
offered contains "intelligence" if input.role == "police-offender-manager"
offered contains health if {
	input.role in care
	some health in ["clinical", "immediate-safety"]
}
offered contains programme if {
	input.role in care | managers
	input.consent == "given"
	some programme in ["health-programme", "engagement"]
}
offered contains "housing-need" if input.role in housing | managers
offered contains "care-plan" if input.role in managers | {"drug-treatment"}
offered contains "referral" if input.role in charity | {"drug-treatment"}

withheld contains arrangements if {
	input.role == "police-offender-manager"
	some arrangements in ["release-arrangements", "strands"]
}
withheld contains restricted if {
	input.role in justice
	input.restricted == "yes"
	some restricted in ["risk-detail", "intelligence"]
}
