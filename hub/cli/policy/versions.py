"""``hub policy versions`` and ``hub policy show``: what was published, and what is in force."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import click
import msgspec

from hub.cli.session import with_hub
from hub.pipeline.agreements import Taken, Version, Versions

IN_FORCE = {
    "files": "In force: files of HUB_POLICIES; no published version is.",
    "published": "In force: published versions; no file of HUB_POLICIES is.",
}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def versions(*, as_json: bool) -> None:
    """List every version that was proposed: where it stands, whose steps it took, and what is due."""
    found = with_hub(lambda hub: hub.agreements.versions())
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
        return
    for line in _lines(found):
        click.echo(line)


@click.command()
@click.argument("version", metavar="NAME@HASH")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def show(version: str, *, as_json: bool) -> None:
    """Print the document of a version as it was proposed, after comparing it with its hash."""
    document = with_hub(lambda hub: hub.agreements.document(version)).decode()
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode({"version": version, "document": document})).decode())
    else:
        click.echo(document, nl=False)


def _lines(found: Versions) -> Iterable[str]:
    yield IN_FORCE[found.source]
    for reference in found.in_force or ("nothing",):
        yield f"    {reference}"
    if found.source == "files" and found.begins:
        yield f"From {_moment(found.begins)} on: published versions, and no file."
    for warning in found.warnings:
        yield f"! {warning}"
    for version in found.versions:
        yield ""
        yield from _version(version)


def _version(version: Version) -> Iterable[str]:
    yield f"{version.name}@{version.version[:16]}  {version.state}{_span(version)}"
    for word, taken in (
        ("proposed", version.proposed),
        ("checked", version.checked),
        ("approved", version.approved),
    ):
        if taken:
            yield f"    {word} {_taken(taken)}"
    if version.review_in_days is not None:
        yield f"    review {version.review:%d %b %Y}, in {version.review_in_days} days"


def _span(version: Version) -> str:
    since = f" from {_moment(version.since)}" if version.since else ""
    return since + (f" to {_moment(version.until)}" if version.until else "")


def _taken(taken: Taken) -> str:
    return f"{_moment(taken.at)} by {taken.by}"


def _moment(at: dt.datetime) -> str:
    return f"{at:%d %b %Y %H:%M:%S} UTC"
