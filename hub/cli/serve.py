"""``hub serve``: run the hub."""

from __future__ import annotations

import asyncio

import click

from hub.api.serve import serve_until_stopped
from hub.bootstrap import keys_path
from hub.config import read_config
from hub.observe.logs import configure_logs
from hub.process import Process


@click.command()
def serve() -> None:
    """Serve agencies over HTTP until stopped (SIGTERM or Ctrl-C)."""
    config = read_config()
    configure_logs(config.log_level)
    process = Process(config)
    asyncio.run(serve_until_stopped(process.hub, process, keys_path(config.data), config))
