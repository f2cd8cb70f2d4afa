"""One message to PostgreSQL with many statements, and the answers to all of them, by libpq's own pipeline.

The driver's cursors find out anew for each statement how it is prepared, sent and read. For the twenty statements of a
transaction of one event that was half of its own time, so here they go to the library beneath directly: each is
prepared once in a session, what it is given is packed already, and every answer is read in binary form. Each message
ends with a sync, and with nothing behind it: after anything else the server would not notice a session that stands
still in its transaction.
"""

from __future__ import annotations

import select
from collections.abc import Iterator, MutableMapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from psycopg import Connection, DatabaseError, errors, pq
from psycopg.adapt import Transformer

from hub.store.packed import InWords


class Statement(NamedTuple):
    """A statement with ``$1`` for the first thing that it is given, and what it is given: packed, or in words."""

    words: str
    given: Sequence[bytes | None] = ()


class Exchange:
    """Talks with the server over a connection that nobody else uses meanwhile."""

    def __init__(self, driver: Connection[Any], prepared: MutableMapping[str, bytes]) -> None:
        """Take the connection, and the names of the statements that were prepared in its session."""
        self._connection, self._prepared = driver.pgconn, prepared
        self._reader = Transformer.from_context(driver)

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """Let many statements be under way at once within this."""
        self._connection.enter_pipeline_mode()
        try:
            yield
        finally:
            if self._connection.status == pq.ConnStatus.OK:
                self._connection.exit_pipeline_mode()

    def ask(self, statements: Sequence[Statement]) -> list[pq.abc.PGresult]:
        """Send statements as one message; return the answer of each.

        Raises:
            psycopg.Error: the first that was refused; those behind it were not run. Or the connection is lost.
        """
        coming = self._send(statements)
        answers = self._receive()
        for answer, (words, name) in zip(answers, coming, strict=False):
            if words and answer.status == pq.ExecStatus.COMMAND_OK:
                self._prepared[words] = name
        if (refused := next((a for a in answers if a.status == pq.ExecStatus.FATAL_ERROR), None)) is not None:
            raise errors.error_from_result(refused)
        return [answer for answer, (words, _) in zip(answers, coming, strict=True) if not words]

    def rows(self, answer: pq.abc.PGresult) -> list[tuple[Any, ...]]:
        """Return the rows of an answer."""
        self._reader.set_pgresult(answer)
        return self._reader.load_rows(0, answer.ntuples, tuple)

    def _send(self, statements: Sequence[Statement]) -> list[tuple[str, bytes]]:
        """Return of each answer that is to come which words it prepares, if any, and under which name."""
        connection = self._connection
        coming: list[tuple[str, bytes]] = []
        names: dict[str, bytes] = {}
        for words, given in statements:
            name = self._prepared.get(words) or names.get(words)
            if name is None:
                name = names[words] = b"hub%d" % (len(self._prepared) + len(names))
                connection.send_prepare(name, words.encode())
                coming.append((words, name))
            forms = [pq.Format.TEXT if type(each) is InWords else pq.Format.BINARY for each in given]
            connection.send_query_prepared(name, given, forms, result_format=pq.Format.BINARY)
            coming.append(("", name))
        connection.pipeline_sync()
        return coming

    def _receive(self) -> list[pq.abc.PGresult]:
        """Return the answers up to the sync; where the connection is lost, those that tell why."""
        connection = self._connection
        answers: list[pq.abc.PGresult] = []
        ready, asked = select.poll(), 0
        try:
            while True:
                wanted = select.POLLIN | (select.POLLOUT if connection.flush() else 0)
                if wanted != asked:
                    ready.register(connection.socket, wanted)
                    asked = wanted
                if any(event & ~select.POLLOUT for _, event in ready.poll()):
                    connection.consume_input()
                    if self._take(answers):
                        return answers
        except DatabaseError:
            if not any(answer.status == pq.ExecStatus.FATAL_ERROR for answer in answers):
                raise
            return answers

    def _take(self, answers: list[pq.abc.PGresult]) -> bool:
        """Take the answers that are there, each of which ends with none; tell whether the sync is."""
        ended = False
        while not self._connection.is_busy():
            answer = self._connection.get_result()
            if answer is None:
                if ended:
                    break
            elif answer.status == pq.ExecStatus.PIPELINE_SYNC:
                return True
            else:
                answers.append(answer)
            ended = answer is None
        return False
