"""Alerts name what there is to be measured, each has its case and its place in the runbook."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from prometheus_client import CollectorRegistry

from hub.api.gauges import Gauges
from hub.api.metrics import Metrics
from hub.api.settings import Settings
from hub.config import Config
from hub.errors import HubError

DEPLOY = Path(__file__).parents[2] / "deploy"
METRIC = re.compile(r"\b(?:hub|rabbitmq)_[a-z_]+\b|\bup\b")
SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum"), "gauge": ("",)}
OF_BROKER = {
    "rabbitmq_alarms_free_disk_space_watermark",
    "rabbitmq_alarms_memory_used_watermark",
    "rabbitmq_disk_space_available_bytes",
    "rabbitmq_disk_space_available_limit_bytes",
    "rabbitmq_process_max_fds",
    "rabbitmq_process_open_fds",
    "rabbitmq_queue_messages_ready",
    "rabbitmq_raft_entry_commit_latency_seconds",  # to 4.1
    "rabbitmq_raft_max_commit_latency_seconds",  # from 4.2
    "rabbitmq_unreachable_cluster_peers_count",
}
PARTS = ["Means", "Look at", "Do", "Tell"]


def of_hub():
    """The names under which Prometheus finds what a hub counts."""
    registry = CollectorRegistry()
    Metrics(registry)
    Gauges(registry)
    return {metric.name + suffix for metric in registry.collect() for suffix in SUFFIXES.get(metric.type, ())}


def refusals(kind=HubError):
    """The codes of every refusal and fault."""
    return {kind.code()}.union(*map(refusals, kind.__subclasses__()))


def sections():
    """The runbook's section for each alert."""
    text = (DEPLOY / "runbook.md").read_text()
    alerts = text.partition("\n# Alerts\n")[2].partition("\n# Tasks\n")[0]
    return dict(re.findall(r"^### (\w+)\n(.*?)(?=^### |\Z)", alerts, re.MULTILINE | re.DOTALL))


def cases():
    tests = yaml.safe_load((DEPLOY / "prometheus" / "alerts_test.yaml").read_text())["tests"]
    return [case for test in tests for case in test["alert_rule_test"]]


def test_metrics_exist(rules):
    """Every metric that an alert looks at is one that the hub or its broker has."""
    named = {name for rule in rules.values() for name in METRIC.findall(rule["expr"])}

    assert set() == named - of_hub() - OF_BROKER - {"up"}


def test_every_broker_metric_is_used(rules):
    """The list of the broker's metrics holds none that no alert looks at."""
    named = {name for rule in rules.values() for name in METRIC.findall(rule["expr"])}

    assert set() == OF_BROKER - named


def test_refusals_exist(rules):
    """The refusals that an alert counts are refusals of the hub."""
    codes = re.search(r'code=~"([^"]+)"', rules["HubStrangersKnock"]["expr"]).group(1).split("|")

    assert set() == set(codes) - refusals()


def test_numbers_are_the_hubs(rules):
    """The number of partitions is the hub's, and the intake's alert comes before the hub turns anybody away."""
    partitions = int(rules["HubPartitionsUnserved"]["expr"].split("<")[1])
    waiting = int(rules["HubIntakeWaiting"]["expr"].split(">")[1])

    assert Config(data=Path(), directory=Path(), policies=()).partitions == partitions
    assert waiting < Settings(registry=CollectorRegistry()).most_waiting


def test_severities_and_summaries(rules):
    """Every alert says whether somebody is called, and what is wrong in a sentence."""
    wrong = [
        name
        for name, rule in rules.items()
        if rule["labels"]["severity"] not in ("page", "ticket", "none")
        or not rule["annotations"]["summary"].endswith((".", "(door {{ $labels.door }})."))
    ]

    assert [] == wrong


def test_runbook_and_alerts_agree(rules):
    """Every alert has a section in the runbook, and every section an alert."""
    assert set(rules) == set(sections())


def test_sections_are_whole():
    """Each section says what it means, what to look at, what to do and whom to tell, in this order."""
    found = {name: re.findall(r"^- \*\*([\w ]+)\.\*\*", text, re.MULTILINE) for name, text in sections().items()}

    assert dict.fromkeys(found, PARTS) == found


def test_tasks_that_are_named_exist():
    """A task to which an alert sends the operator is one of the runbook's."""
    text = (DEPLOY / "runbook.md").read_text()
    tasks = set(re.findall(r"^## (.+)$", text, re.MULTILINE))
    named = {name for section in sections().values() for name in re.findall(r"(?<!\*)\*([A-Z][\w ]+)\*(?!\*)", section)}

    assert set() == named - tasks


def test_alerts_that_are_named_exist(rules):
    """An alert to which the runbook sends the operator exists."""
    named = set(re.findall(r"\b(?:Hub|Broker)[A-Z][A-Za-z]+\b", (DEPLOY / "runbook.md").read_text()))

    assert set() == named - set(rules)


def test_every_alert_has_a_case(rules):
    """Every alert is shown to fire in the rule tests."""
    fired = {case["alertname"] for case in cases() if case.get("exp_alerts")}

    assert set(rules) == fired


@pytest.mark.parametrize("job", ["hub", "broker"])
def test_jobs_exist(rules, job):
    """The jobs that alerts name are what Prometheus is told to watch."""
    config = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yaml").read_text())
    named = {name for rule in rules.values() for name in re.findall(r'job="(\w+)"', rule["expr"])}

    assert job in {each["job_name"] for each in config["scrape_configs"]} & named
