"""Measures, prints a table, and writes build/bench.json; the name of a part runs that part alone."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from benchmarks.embedded.run import embedded
from benchmarks.ledger import ledger
from benchmarks.ledger_check import ledger_check
from benchmarks.measure import Figure
from benchmarks.nation.run import nation
from benchmarks.policy import policy
from benchmarks.rabbitmq.memory import memory
from benchmarks.rabbitmq.run import rabbitmq
from benchmarks.redaction.run import redaction
from benchmarks.routing import routing
from benchmarks.views import views

PARTS: Mapping[str, Callable[[], list[Figure]]] = {
    "redaction": redaction,
    "policy": policy,
    "views": views,
    "routing": routing,
    "ledger": ledger,
    "embedded": embedded,
    "rabbitmq": rabbitmq,
    "nation": nation,
}
"""Each part; its figures' names begin with its own."""
ON_REQUEST: Mapping[str, Callable[[], list[Figure]]] = {"memory": memory, "ledger_million": ledger_check}
"""Parts that are run when they are named, and not with all: they take long."""
AIMS = {
    "redaction.ratio_to_parse_print": "≤ 0.4",
    "redaction.times_faster_than_fastest_engine": "≥ 9",
    "redaction.times_faster_than_memoised_engine": "≥ 2",
    "policy.ready_s": "< 1",
    "policy.decide_ratio_500_to_10_rules": "≤ 1.2",
    "policy.diff_s": "< 5",
    "routing.cost_ratio_100000_to_100_subscriptions": "≤ 1.5",
    "ledger.append_per_second": "≥ 20,000",
    "ledger.share_of_end_to_end_cost": "≤ 0.15",
    "ledger.proof_ms_at_million": "≤ 5",
    "ledger.verify_million_s": "≤ 120",
    "ledger.correction_100_ms": "< 50",
    "ledger.person_history_ms_at_million": "≤ 20",
    "ledger.person_history_postgres_ms_at_million": "≤ 20",
    "embedded.publish_to_delivery_p50_ms": "≤ 10",
    "embedded.publish_to_delivery_p99_ms": "≤ 30",
    "embedded.restart_ready_s": "< 2",
    "rabbitmq.ratio_to_bare_relay_by_view_12": "≥ 0.8",
    "rabbitmq.ratio_to_bare_relay_by_view_12_two_workers": "≥ 0.8",
    "rabbitmq.ratio_to_bare_relay_by_recipient_12": "about 2",
    "rabbitmq.p50_latency_ratio_to_bare_relay": "≤ 2",
    "rabbitmq.p99_latency_ratio_to_bare_relay": "≤ 3",
    "nation.flagged_at_reception_share": "> 0.85",
}
REPORT = Path("build/bench.json")


def main(names: list[str]) -> None:
    """Run the parts that are named, or all; the report keeps what other parts said when they ran last."""
    console = Console(width=None if sys.stdout.isatty() else 160)
    figures: list[Figure] = []
    for name in names or PARTS:
        with console.status(f"Measuring {name} …"):
            figures += {**PARTS, **ON_REQUEST}[name]()
    REPORT.parent.mkdir(exist_ok=True)
    new = {figure.name for figure in figures}
    kept = [figure for figure in _of_other_parts(names or PARTS) if figure.name not in new]
    REPORT.write_bytes(msgspec.json.format(msgspec.json.encode([*kept, *figures]), indent=2))
    console.print(_table(figures))
    console.print(f"Written to {REPORT}")


def _of_other_parts(names: Collection[str]) -> list[Figure]:
    if not REPORT.exists():
        return []
    before = msgspec.json.decode(REPORT.read_bytes(), type=list[Figure])
    return [f for f in before if f.name.partition(".")[0] not in names]


def _table(figures: list[Figure]) -> Table:
    table = Table(show_lines=False)
    for heading in ("figure", "value", "", "aim"):
        table.add_column(heading, no_wrap=True, justify="right" if heading == "value" else "left")
    table.add_column("what", overflow="fold")
    for f in figures:
        digits = 0 if f.value >= 1000 else 2
        table.add_row(f.name, f"{f.value:,.{digits}f}", f.unit, AIMS.get(f.name, ""), f.what)
    return table


if __name__ == "__main__":
    main(sys.argv[1:])
