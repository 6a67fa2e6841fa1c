#!/usr/bin/env python3
"""Peers whose address others can dial, and peers whose address they cannot.

  address_test.py PATH_OF_MOSHPIT [unittest arguments]
"""

import json
import socket
import time
import unittest

from program_test import PATIENCE, ProgramTest, run

FOREVER = ("--hidden", "4", "--steps", "1000000000")


def free_port():
    with socket.socket() as once:
        once.bind(("127.0.0.1", 0))
        return once.getsockname()[1]


class Addresses(ProgramTest):
    def first(self, *words):
        first = self.member("run", *FOREVER, "--grid", "2", *words)
        return first, first.next("member")

    def join(self, invite, *words):
        return self.member("join", invite, "--hidden", "4", *words)

    def averages(self, member):
        """Until it averages with somebody. What it said before, without its rounds."""
        said = []
        time_limit = time.monotonic() + PATIENCE
        while time.monotonic() < time_limit:
            event = json.loads(member.lines.get(timeout=PATIENCE))
            if event["event"] != "round":
                said.append(event)
            elif event["outcome"] == "averaged" and len(event["members"]) == 2:
                return said
        self.fail("it averaged with nobody")

    def expect_found_out(self, port):
        """A newcomer that says it can be dialled at a port where it is not."""
        first, started = self.first()
        newcomer = self.join(started["invite"], "--advertise", "127.0.0.1:%d" % port)
        said = self.averages(newcomer)
        self.assertEqual([event["event"] for event in said[:2]], ["member", "unreachable"])
        self.assertEqual(said[0]["addresses"], [])
        self.assertIn("127.0.0.1:%d" % port, said[1]["advice"])
        self.assertIn("--outbound-only", said[1]["advice"])
        self.assertEqual([event["event"] for event in said].count("unreachable"), 1)
        self.averages(first)

    def test_where_nobody_listens(self):
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            self.expect_found_out(closed.getsockname()[1])

    def test_where_nobody_answers(self):
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            self.expect_found_out(silent.getsockname()[1])

    def test_where_another_peer_listens(self):
        _, elsewhere = self.first()
        self.expect_found_out(int(elsewhere["addresses"][0].rsplit(":")[-1]))

    def test_where_it_listens(self):
        port = free_port()
        _, started = self.first()
        address = "127.0.0.1:%d" % port
        newcomer = self.join(started["invite"], "--listen", "0.0.0.0:%d" % port, "--advertise",
                             address)
        said = self.averages(newcomer)
        self.assertEqual(said[0]["addresses"], [address])
        self.assertNotIn("unreachable", [event["event"] for event in said])

    def test_the_sentence_is_printed_without_json(self):
        words = ("--hidden", "4", "--check-averaging", "--advertise", "127.0.0.1:1")
        check = self.member("run", "--grid", "2", "--check-averaging", "--wait-for", "2")
        result = run("join", check.next("member")["invite"], *words)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stdout.count("Nobody can connect to 127.0.0.1:1 "), 1)

    def test_wrong_words(self):
        for word in ("here", "127.0.0.1:0", "0.0.0.0:4000"):
            self.refused(run("run", "--hidden", "4", "--advertise", word), word)
        self.refused(run("run", "--hidden", "4", "--outbound-only", "--advertise", "a.example:1"),
                     "advertise")


if __name__ == "__main__":
    unittest.main(verbosity=1)
