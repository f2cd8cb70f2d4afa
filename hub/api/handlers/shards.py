"""The months of the log over the record."""

from __future__ import annotations

import asyncio

import msgspec
from aiohttp import web

from hub.api.bodies import json_answer
from hub.api.queries import check_names
from hub.api.shape import Answer, Shape
from hub.api.state import HUB


class LogShard(msgspec.Struct, frozen=True, kw_only=True):
    """One month of the log: the origin of its checkpoints, how many entries it has, and whether it is over."""

    shard: str
    origin: str
    size: int
    closed: bool


class LogShards(msgspec.Struct, frozen=True, kw_only=True):
    """Every month in which something was recorded, in their order."""

    shards: list[LogShard]


PATH = "/ledger/shards"
SHAPE = Shape(
    summary="List the months of the log over the record.",
    answers={200: Answer("The months in their order.", kind=LogShards)},
)


async def handle(request: web.Request) -> web.Response:
    """Answer with every month."""
    check_names(request, SHAPE.query)
    log = request.app[HUB].ledger.log
    heads = await asyncio.to_thread(log.heads)
    shards = [LogShard(shard=h.shard, origin=log.origin(h.shard), size=h.size, closed=h.closed) for h in heads]
    return json_answer(LogShards(shards=shards))
