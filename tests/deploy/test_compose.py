"""The compose file: careful services, one door, secrets as files, and settings with which a hub starts."""

from __future__ import annotations

import re

import pytest

from deploy.compose import prepare
from deploy.nodes.rabbitmq_settings import PLUGINS
from hub.config import read_config
from schemas.broker import AUDIENCE
from tests.deploy.conftest import DEPLOY

ONE_SHOT = {"migrate"}
OF_IMAGE = {"hub-1", "hub-2"}
"""Their image says how they are looked at."""


def filled(text, folder):
    return re.sub(r"\$\{PUBLIC_HOST[^}]*\}", "localhost", re.sub(r"\$\{DEPLOYMENT[^}]*\}", str(folder), str(text)))


def files_of(compose, folder):
    """The file behind every secret and configuration."""
    named = {**compose["configs"], **compose["secrets"]}
    paths = {name: filled(each["file"], folder) for name, each in named.items()}
    return {name: DEPLOY / "compose" / path for name, path in paths.items()}


def test_every_service_is_careful(compose):
    """Every service has no capability, gains none, limits its log, comes back by itself and can be looked at."""
    careless = [
        name
        for name, service in compose["services"].items()
        if service["cap_drop"] != ["ALL"]
        or "no-new-privileges:true" not in service["security_opt"]
        or "max-size" not in service["logging"]["options"]
        or service["restart"] != ("on-failure" if name in ONE_SHOT else "unless-stopped")
        or not ("healthcheck" in service or name in OF_IMAGE)
    ]

    assert [] == careless


def test_one_door(compose):
    """Nothing is reached from outside but the door, and from this machine what watches."""
    open_ports = {name: service["ports"] for name, service in compose["services"].items() if "ports" in service}
    outside = {name for name, service in compose["services"].items() if "outside" in service["networks"]}

    assert {"door": ["8443:8443", "5671:5671"], "prometheus": ["127.0.0.1:9090:9090"]} == open_ports
    assert {"door", "prometheus"} == outside
    assert all(network["internal"] for name, network in compose["networks"].items() if name != "outside")


def test_everything_named_is_there(compose, folder):
    """Every secret and configuration that a service mounts is a file that the repository has or `prepare` makes."""
    mounted = {
        each if isinstance(each, str) else each["source"]
        for service in compose["services"].values()
        for each in (*service.get("configs", ()), *service.get("secrets", ()))
    }
    files = files_of(compose, folder)

    assert mounted == set(files)
    assert [] == [name for name, path in files.items() if not path.is_file()]


def test_volumes_are_named(compose, folder):
    """What a service keeps is in a named volume, or in the folder of the deployment."""
    mounted = [filled(each, folder) for service in compose["services"].values() for each in service.get("volumes", ())]
    sources = {each.split(":")[0] for each in mounted}
    folders = sources - set(compose["volumes"])

    assert set(compose["volumes"]) < sources
    assert {str(folder / name) for name in ("hub", "archive")} == folders


@pytest.mark.parametrize("worker", ["hub-1", "hub-2", "migrate"])
def test_hub_starts_with_its_settings(compose, image, folder, worker):
    """The image's settings, the service's and its secrets are together what a hub accepts."""
    service, files = compose["services"][worker], files_of(compose, folder)
    secrets = {each: files[each].read_text() for each in service["secrets"] if isinstance(each, str)}
    environment = {name: filled(value, folder) for name, value in service["environment"].items()}

    config = read_config(image | environment | secrets)

    assert list(prepare.BROKERS) == [url.split("@")[1].split(":")[0] for url in config.broker]
    assert "sslmode=verify-full" in config.store
    assert ("https://localhost:8443", "amqps://localhost:5671/hub") == (config.url, config.broker_public_url)


def test_counts_are_told_to_the_watch_alone(compose):
    """Each worker tells its counts on an address of its own in the network for monitoring."""
    for worker in ("hub-1", "hub-2"):
        service = compose["services"][worker]
        inner = service["environment"]["HUB_INNER_HOST"]

        assert [inner] == service["networks"]["monitoring"]["aliases"]
        assert "monitoring" not in compose["services"]["door"]["networks"]


def test_brokers_are_as_tested(compose, broker_settings):
    """The brokers know each other, have the private nodes' plugins, and answer to the name in the hub's tokens."""
    nodes = {value for name, value in broker_settings.items() if name.startswith("cluster_formation.classic_config")}
    plugins = (DEPLOY / "compose" / "enabled_plugins").read_text()
    hosts = {service["hostname"] for name, service in compose["services"].items() if name.startswith("broker-")}

    assert {f"rabbit@{host}" for host in hosts} == nodes
    assert set(prepare.BROKERS) == hosts
    assert set(PLUGINS) == set(re.findall(r"\w+", plugins))
    assert AUDIENCE == broker_settings["auth_oauth2.resource_server_id"]
