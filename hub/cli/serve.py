"""``hub serve``: run the hub."""

from __future__ import annotations

import asyncio

import click

from hub.api.serve import serve_until_stopped
from hub.bootstrap import build_hub, load_keys
from hub.config import read_config
from hub.observe.logs import configure_logs


@click.command()
def serve() -> None:
    """Serve agencies over HTTP until stopped (SIGTERM or Ctrl-C)."""
    config = read_config()
    configure_logs(config.log_level)
    asyncio.run(serve_until_stopped(build_hub(config), load_keys(config), config))
