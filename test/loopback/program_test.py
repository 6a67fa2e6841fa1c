#!/usr/bin/env python3
"""The program as a user meets it: real processes, real sockets, SIGKILL, and every wrong word.

  program_test.py PATH_OF_MOSHPIT [unittest arguments]
"""

import gzip
import json
import os
import queue
import random
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import xml.etree.ElementTree

MOSHPIT = sys.argv.pop(1) if len(sys.argv) > 1 else "moshpit"
# Patience of the test with the program, not a speed that it demands: a loaded machine is slow.
PATIENCE = 120
# Of the demo whose peers are killed: it must not be over before.
DEMO_STEPS = os.environ.get("MOSHPIT_DEMO_STEPS", "16000")


def run(*words, patience=PATIENCE):
    return subprocess.run([MOSHPIT, *words], capture_output=True, text=True, timeout=patience)


def events(text):
    """Every line must be a JSON object: --json promises nothing else on standard output."""
    return [json.loads(line) for line in text.splitlines()]


class Member:
    """A peer in a process of its own, its events as they come. A thread takes them from it: a
    process whose pipe is full stands still, and its group with it."""

    def __init__(self, *words):
        self.process = subprocess.Popen([MOSHPIT, *words, "--json"], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        self.lines = queue.SimpleQueue()
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def next(self, kind, time_limit=None):
        """The next event of this kind, or a failed test."""
        time_limit = time_limit or time.monotonic() + PATIENCE
        while (patience := time_limit - time.monotonic()) > 0:
            try:
                line = self.lines.get(timeout=patience)
            except queue.Empty:
                break
            if line is None:
                raise AssertionError("no event '%s'; it said: %s" %
                                     (kind, self.process.stderr.read()))
            event = json.loads(line)
            if event["event"] == kind:
                return event
        raise AssertionError("no event '%s' in time" % kind)

    def leave(self):
        self.process.kill()
        self.process.wait()
        self.reader.join()
        self.process.stdout.close()
        self.process.stderr.close()


class ProgramTest(unittest.TestCase):
    def member(self, *words):
        member = Member(*words)
        self.addCleanup(member.leave)
        return member

    def refused(self, result, *words):
        """One sentence on standard error, an exit code that is not 0."""
        self.assertNotEqual(result.returncode, 0)
        self.assertNotIn(result.returncode, (-signal.SIGABRT, -signal.SIGSEGV))
        lines = result.stderr.strip().splitlines()
        self.assertEqual(len(lines), 1, result.stderr)
        for word in words:
            self.assertIn(word, lines[0])


class WrongInput(ProgramTest):
    def test_no_invite(self):
        self.refused(run("join", "moshpit1:abc"), "invite")
        self.refused(run("status", "hello"), "invite")

    def test_half_an_invite(self):
        invite = self.member("run", "--hidden", "4").next("member")["invite"]
        self.refused(run("join", invite[:-5]), "invite")

    def test_invite_of_another_run(self):
        first = self.member("run", "--hidden", "4").next("member")
        second = self.member("run", "--hidden", "4").next("member")
        forged = self.swap_address(second["invite"], first["addresses"][0], second["addresses"][0])
        self.refused(run("join", forged, "--hidden", "4"), "invite")

    def swap_address(self, invite, to, was):
        """The second run's id and secret with the first one's address, and a right checksum."""
        import base64
        import hashlib
        word = invite.split(":", 1)[1]
        payload = base64.urlsafe_b64decode(word + "=" * (-len(word) % 4))[:-4]
        head = payload[:48]
        payload = head + bytes([len(to)]) + to.encode()
        payload += hashlib.sha256(payload).digest()[:4]
        return "moshpit1:" + base64.urlsafe_b64encode(payload).decode().rstrip("=")

    def test_nobody_there(self):
        member = self.member("run", "--hidden", "4")
        invite = member.next("member")["invite"]
        member.leave()
        self.refused(run("join", invite, "--hidden", "4"), "invite")

    def test_port_in_use(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            result = run("run", "--hidden", "4", "--listen", "127.0.0.1:%d" % port)
            self.refused(result, str(port), "another program")

    def test_another_model(self):
        first = self.member("run", "--hidden", "4", "--steps", "1000000000")
        invite = first.next("member")["invite"]
        self.refused(run("join", invite, "--hidden", "8"), "hidden is 4 and not 8")
        first.next("progress")  # nothing else is disturbed

    def test_missing_and_damaged_data(self):
        with tempfile.TemporaryDirectory() as folder:
            self.refused(run("run", "--data", folder), "train-images")
            for name, header in (("train-images-idx3-ubyte", (2051, 10, 28, 28)),
                                 ("train-labels-idx1-ubyte", (2049, 10)),
                                 ("t10k-images-idx3-ubyte", (2051, 10, 28, 28)),
                                 ("t10k-labels-idx1-ubyte", (2049, 10))):
                with gzip.open(os.path.join(folder, name + ".gz"), "wb") as file:
                    file.write(struct.pack(">%dI" % len(header), *header) + b"\0" * 5)
            self.refused(run("run", "--data", folder), folder)

    def test_wrong_words(self):
        self.refused(run("run", "--grid", "2x3"), "grid")
        self.refused(run("run", "--shard", "8/8", "--hidden", "4"), "8/8")
        self.refused(run("run", "--place", "99", "--hidden", "4"), "99")
        self.assertNotEqual(run("run", "--no-such-option").returncode, 0)

    def test_wrong_experiments(self):
        averaging = ("simulate", "averaging")
        self.refused(run(*averaging, "--algorithm", "sgp"), "sgp", "push-sum")
        self.refused(run(*averaging, "--placement", "moving"), "moving", "keys")
        self.refused(run(*averaging, "--failure-model", "none"), "none", "group-fail")
        self.refused(run(*averaging, "--grid", "2x3"), "grid")
        self.refused(run(*averaging, "--peers", "1025"), "1025", "larger grid")
        self.refused(run(*averaging, "--failure-rate", "2"), "0 to 1")
        self.refused(run(*averaging, "--failure-rate", "nan"), "0 to 1")
        self.refused(run(*averaging, "--plot", "/no/such/folder/a.svg"), "/no/such/folder/a.svg")
        self.refused(run("simulate", "mixing", "--peers", "8", "--groups", "9"), "1 to 8")
        self.assertNotEqual(run(*averaging, "--table", "--peers", "8").returncode, 0)
        self.assertIn("'-8' is no whole number", run(*averaging, "--peers", "-8").stderr)
        self.assertNotEqual(run("simulate").returncode, 0)

    def test_foreign_bytes_on_the_port(self):
        first = self.member("run", "--hidden", "4", "--steps", "1000000000")
        started = first.next("member")
        host, port = started["addresses"][0].rsplit(":", 1)
        noise = random.Random(1)
        for size in (1, 100, 70_000):
            with socket.create_connection((host, int(port)), timeout=10) as stranger:
                try:
                    stranger.sendall(noise.randbytes(size))
                except OSError:
                    pass  # it hung up on us in the middle of it
        first.next("progress")
        status = run("status", started["invite"], "--json")
        self.assertEqual(status.returncode, 0, status.stderr)
        self.assertEqual(first.process.poll(), None)


class Manners(ProgramTest):
    def test_help_everywhere(self):
        for words in ([], ["demo"], ["run"], ["join"], ["status"], ["id"], ["bench"],
                      ["bench", "match"], ["bench", "kill"], ["bench", "all-reduce"], ["simulate"],
                      ["simulate", "advise"], ["simulate", "averaging"], ["simulate", "mixing"],
                      ["simulate", "swarm"], ["simulate", "replay"], ["simulate", "failpoints"]):
            result = run(*words, "--help")
            self.assertEqual(result.returncode, 0)
            self.assertIn("xample", result.stdout)

    def test_id_stays_and_is_private(self):
        with tempfile.TemporaryDirectory() as folder:
            key = os.path.join(folder, "peer.key")
            first = events(run("id", "--identity", key, "--json").stdout)[0]["peer"]
            self.assertEqual(first, run("id", "--identity", key).stdout.strip())
            self.assertEqual(os.stat(key).st_mode & 0o777, 0o600)

    def test_key_in_use(self):
        with tempfile.TemporaryDirectory() as folder:
            key = os.path.join(folder, "peer.key")
            self.member("run", "--hidden", "4", "--steps", "1000000000", "--identity",
                        key).next("member")
            self.refused(run("run", "--hidden", "4", "--identity", key), key)

    def test_interrupt_leaves_within_a_second(self):
        member = self.member("run", "--hidden", "4", "--steps", "1000000000")
        member.next("progress")
        asked = time.monotonic()
        member.process.send_signal(signal.SIGINT)
        member.process.wait(timeout=PATIENCE)
        self.assertLess(time.monotonic() - asked, 1.0)
        self.assertEqual(member.process.returncode, 130)

    def test_demo_leaves_no_orphans(self):
        words = ["--peers", "2", "--grid", "2", "--kill-after", "0", "--steps", "1000000000"]
        demo = subprocess.Popen([MOSHPIT, "demo", *words], stdout=subprocess.DEVNULL)
        time_limit = time.monotonic() + PATIENCE
        while len(self.children_of(demo.pid)) < 2 and time.monotonic() < time_limit:
            pass
        children = self.children_of(demo.pid)
        self.assertEqual(len(children), 2)
        demo.send_signal(signal.SIGKILL)
        demo.wait()
        while any(os.path.exists("/proc/%d/exe" % child) for child in children):
            self.assertLess(time.monotonic(), time_limit, "orphans")

    def children_of(self, pid):
        with open("/proc/%d/task/%d/children" % (pid, pid)) as file:
            return [int(word) for word in file.read().split()]

    def test_status_names_the_members(self):
        first = self.member("run", "--hidden", "4", "--steps", "1000000000")
        started = first.next("member")
        second = self.member("join", started["invite"], "--hidden", "4")
        joined = second.next("member")
        first.next("progress")
        second.next("progress")
        deadline = time.monotonic() + PATIENCE
        expected = {started["peer"], joined["peer"]}
        seen = set()
        while seen != expected and time.monotonic() < deadline:
            status = events(run("status", joined["invite"], "--json").stdout)[0]
            seen = {member["peer"] for member in status["members"]}
        self.assertEqual(seen, expected)


class Averaging(ProgramTest):
    def check(self, peers, grid, *words):
        words = ("--peers", str(peers), "--grid", grid, "--json", *words)
        result = run("demo", "--check-averaging", *words)
        self.assertEqual(result.returncode, 0, result.stderr)
        report = events(result.stdout)[-1]
        self.assertEqual(report["peers"], peers)
        errors = report["max_error_per_round"]
        self.assertGreater(errors[0], 0.1)  # they did begin apart
        self.assertGreater(errors[-2], 1e-3)  # and were not there a round earlier
        self.assertLessEqual(errors[-1], 1e-6)

    def test_nine_peers(self):
        self.check(9, "3x3")

    def test_nine_peers_with_unequal_weights(self):
        self.check(9, "3x3", "--unequal-weights")

    def test_eight_peers(self):
        self.check(8, "2x2x2")

    def test_eight_peers_with_unequal_weights(self):
        self.check(8, "2x2x2", "--unequal-weights")


class FittingGrid(ProgramTest):
    def next_on(self, member, grid):
        """Until it averages with others on that grid."""
        time_limit = time.monotonic() + PATIENCE
        while True:
            event = member.next("round", time_limit)
            if event["grid"] == grid and event["outcome"] == "averaged":
                return event

    def test_the_grid_follows_those_who_come_and_die(self):
        words = ["--hidden", "4", "--steps", "1000000000"]
        first = self.member("run", *words, "--expect", "2", "--group", "3")
        invite = first.next("member")["invite"]
        second = self.member("join", invite, "--hidden", "4")
        self.assertEqual(len(self.next_on(first, "2")["members"]), 2)
        others = [self.member("join", invite, "--hidden", "4") for _ in range(3)]
        for member in (first, second, *others):
            self.next_on(member, "3x3")
        for member in others:
            member.leave()
        self.assertEqual(len(self.next_on(first, "2")["members"]), 2)
        self.next_on(second, "2")


class Experiments(ProgramTest):
    def averaging(self, *words):
        result = run("simulate", "averaging", "--json", *words)
        self.assertEqual(result.returncode, 0, result.stderr)
        return events(result.stdout)

    def test_averaging_counts_rounds_and_replays_a_seed(self):
        words = ("--peers", "27", "--grid", "3x3x3", "--restarts", "9", "--rounds-max", "5")
        report = self.averaging(*words)[-1]
        self.assertEqual(report["rounds_to_target_mean"], 3)
        self.assertEqual(report["rounds_to_target_sd"], 0)
        self.assertEqual(len(report["mse_mean"]), 6)
        self.assertEqual(len(report["mse_median"]), 6)
        words += ("--failure-rate", "0.1", "--placement", "keys")
        first = self.averaging(*words, "--seed", "7")
        self.assertEqual(first, self.averaging(*words, "--seed", "7"))
        self.assertNotEqual(first, self.averaging(*words, "--seed", "8"))

    def test_table_has_all_cells(self):
        table = self.averaging("--table", "--restarts", "2")[-1]
        self.assertEqual(len(table["cells"]), 35)
        self.assertEqual(sum("paper" in cell for cell in table["cells"]), 25)

    def test_plot_is_a_picture_of_all_algorithms(self):
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, "averaging.svg")
            lines = self.averaging("--plot", file, "--peers", "64", "--grid", "8x8", "--restarts",
                                   "2", "--rounds-max", "10")
            self.assertEqual(len([line for line in lines if line["event"] == "line"]), 7)
            root = xml.etree.ElementTree.parse(file).getroot()
            self.assertTrue(root.tag.endswith("svg"))
            words = "".join(root.itertext())
            for word in ("gossip", "push-sum", "Moshpit, keys", "theory", "round", "10"):
                self.assertIn(word, words)

    def test_mixing_is_near_its_factor(self):
        result = run("simulate", "mixing", "--peers", "1000", "--groups", "20", "--json")
        report = events(result.stdout)[-1]
        self.assertAlmostEqual(report["factor_exact"], 19 / 999)
        self.assertLess(abs(report["factor_measured"] / report["factor_exact"] - 1), 0.05)


class Advise(ProgramTest):
    words = ("simulate", "advise", "--vector", "4000000")

    def advise(self, *words):
        result = run(*self.words, "--json", *words)
        self.assertEqual(result.returncode, 0, result.stderr)
        return events(result.stdout)[-1]

    def test_a_full_grid_of_two_dimensions_where_groups_are_limited(self):
        report = self.advise("--peers", "256", "--group-max", "16")
        self.assertEqual(report["grid"], "16x16")
        self.assertEqual(report["rounds"], 2)
        self.assertEqual(report["bytes_per_step"], 2 * 2 * 15 / 16 * 4e6)
        seconds = 2 * (2 * 15 / 16 * 4e6 / 12.5e6 + 9 * 0.020)
        self.assertAlmostEqual(report["seconds_per_step"], seconds, places=6)
        self.assertEqual(report["candidates"][0]["grid"], "16x16")
        self.assertEqual(report["candidates"][0]["rounds_in_theory"], 2)

    def test_one_group_of_all_where_it_may_be(self):
        report = self.advise("--peers", "16")
        self.assertEqual((report["grid"], report["rounds"]), ("16", 1))

    def test_the_same_twice_and_in_sentences(self):
        words = ("--peers", "60", "--failure-rate", "0.05", "--group-max", "8")
        self.assertEqual(self.advise(*words), self.advise(*words))
        text = run(*self.words, *words).stdout
        for word in ("Take the grid 8x8", "Rounds:", "Seconds:", "Instead:", "All-reduce:"):
            self.assertIn(word, text)

    def test_unequal_lines(self):
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, "lines.txt")
            with open(file, "w") as lines:
                lines.write("# up and down\n1000\n1000 900\n900\n50 1000  # at home\n")
            best = self.advise("--peers", "4", "--bandwidth-file", file)["candidates"][0]
            self.assertAlmostEqual(best["seconds_per_round"], 4e6 / 6.25e6 + 0.18)
            self.assertAlmostEqual(best["seconds_per_round_equal_slices"],
                                   1.5 * 4e6 / 6.25e6 + 0.18)
            with open(file, "a") as lines:
                lines.write("fast\n")
            self.refused(run(*self.words, "--peers", "4", "--bandwidth-file", file), "line 6", file)

    def test_a_vector_may_have_a_unit(self):
        words = ("simulate", "advise", "--peers", "9", "--json", "--vector")
        with_unit = run(*words, "64M")
        self.assertEqual(with_unit.returncode, 0, with_unit.stderr)
        self.assertEqual(with_unit.stdout, run(*words, str(64 << 20)).stdout)
        self.refused(run(*words, "64X"), "unit")

    def test_refuses_what_makes_no_sense(self):
        self.refused(run(*self.words, "--peers", "1"), "2 to")
        self.refused(run(*self.words, "--peers", "9", "--bandwidth", "0"), "Mbit/s")
        self.refused(run(*self.words, "--peers", "9", "--latency", "-1"), "milliseconds")
        self.refused(run(*self.words, "--peers", "9", "--target", "1"), "below 1")
        self.refused(run(*self.words, "--peers", "9", "--failure-rate", "1"), "below 1")
        self.refused(run(*self.words, "--peers", "9", "--failure-rate", "0.97"), "200 rounds")
        self.refused(run(*self.words, "--peers", "9", "--group-max", "1"), "2 to 256")
        self.refused(run(*self.words, "--peers", "9", "--bandwidth-file", "nowhere"), "nowhere")


class Simulate(ProgramTest):
    def test_swarm_is_exact_after_d_rounds_and_the_same_twice(self):
        words = ("simulate", "swarm", "--peers", "9", "--grid", "3x3", "--vector", "500",
                 "--fixed-places", "--seeds", "2", "--json")
        result = run(*words)
        self.assertEqual(result.returncode, 0, result.stderr)
        lines = events(result.stdout)
        report = lines[-1]
        self.assertEqual(report["rounds"], 2)
        self.assertLess(report["error_per_round"][2], 1e-12)
        self.assertGreater(report["error_per_round"][1], 1e-3)
        self.assertEqual(report["findings"], [])
        traces = [line["trace"] for line in lines if line["event"] == "seed"]
        again = [line["trace"] for line in events(run(*words).stdout) if line["event"] == "seed"]
        self.assertEqual(len(set(traces)), 2)
        self.assertEqual(traces, again)

    def test_replay_shows_what_was_said_and_changes_nothing(self):
        shape = ("--peers", "4", "--grid", "2x2", "--vector", "600", "--json")
        swarm = events(run("simulate", "swarm", "--seed", "5", *shape).stdout)
        trace = next(line["trace"] for line in swarm if line["event"] == "seed")
        everything = events(run("simulate", "replay", "5", *shape).stdout)
        self.assertEqual(everything[-1]["trace"], trace)
        frames = [line for line in everything if line["event"] == "frame"]
        self.assertIn("assembled", {line["kind"] for line in frames})
        self.assertNotIn("unreadable", {line["kind"] for line in frames})
        filter = ("--peer", "p3", "--kind", "result")
        some = events(run("simulate", "replay", "5", *filter, *shape).stdout)
        wanted = [line for line in frames if "p3" in (line["from"], line["to"])
                  and line["kind"] == "result"]
        self.assertGreater(len(wanted), 0)
        self.assertEqual(some[:-1], wanted)

    def test_failpoints_strike_the_same_twice(self):
        words = ("simulate", "failpoints", "--seed", "4", "--seeds", "1", "--only",
                 "owner/half out/kill", "--json")
        result = run(*words)
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertEqual(events(result.stdout)[-1]["struck"], 1)
        self.assertEqual(result.stdout, run(*words).stdout)
        shown = run(*words, "--show", "--kind", "result")
        self.assertIn("frame", {line["event"] for line in events(shown.stdout)})
        self.refused(run("simulate", "failpoints", "--only", "owner/announce/kill"), "all in")

    def test_swarm_refuses_what_makes_no_sense(self):
        self.refused(run("simulate", "swarm", "--grid", "3x2"), "grid")
        self.refused(run("simulate", "swarm", "--latency", "5-1"), "5-1")
        self.refused(run("simulate", "swarm", "--scenario", "nowhere.toml"), "nowhere.toml")
        self.refused(run("simulate", "swarm", "--peers", "5", "--grid", "2x2", "--fixed-places"))


class Training(ProgramTest):
    def test_two_kills_and_a_newcomer(self):
        result = run("demo", "--steps", DEMO_STEPS, "--kill-after", "1", "--json", patience=300)
        self.assertEqual(result.returncode, 0, result.stderr)
        lines = events(result.stdout)
        kinds = [line["event"] for line in lines]
        self.assertEqual(sorted(kinds[:-1]), ["join", "kill", "kill"])
        self.assertEqual(kinds[-1], "report")
        report = lines[-1]
        self.assertEqual(report["peers_lost"], 2)
        self.assertEqual(report["peers_joined"], 1)
        self.assertEqual(report["steps_lost"], 0)
        self.assertEqual(len(report["seconds_to_next_round"]), 2)
        self.assertGreater(report["accuracy"], 0.9)
        self.assertLessEqual(report["max_disagreement"], 1e-3)


if __name__ == "__main__":
    unittest.main(verbosity=1)
