#!/usr/bin/env python3
"""moshpit bench all-reduce in real processes: that it measures what it says, not how fast it is.

  all_reduce_test.py PATH_OF_MOSHPIT [unittest arguments]
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

MOSHPIT = sys.argv.pop(1) if len(sys.argv) > 1 else "moshpit"
# Patience of the test with the program, not a speed that it demands: a loaded machine is slow.
PATIENCE = 120
FIELDS = {"event", "contender", "peers", "bytes", "codec", "encrypted", "congestion_control",
          "rounds", "rounds_without_somebody", "median_seconds", "sd_seconds",
          "processor_seconds", "wire_bytes", "max_error", "matching_seconds", "phase_seconds",
          "ratio_to_floor", "ratio_to_best_peer", "optimum_seconds"}
PHASES = {"transfer", "codec", "sum", "waiting"}


def run(*words):
    return subprocess.run([MOSHPIT, "bench", "all-reduce", *words], capture_output=True, text=True,
                          timeout=PATIENCE)


class AllReduce(unittest.TestCase):
    def lines_of(self, *words):
        result = run(*words, "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        return {line["contender"]: line for line in lines}

    def test_moshpit_and_the_floor(self):
        lines = self.lines_of("--peers", "3", "--bytes", "768K", "--rounds", "5")
        self.assertEqual(set(lines), {"moshpit", "floor"})
        moved = 2 * 2 * 768 * 1024  # 2(n-1) vectors, in all
        for name, line in lines.items():
            self.assertEqual(set(line), FIELDS)
            self.assertEqual((line["peers"], line["bytes"], line["rounds"]), (3, 768 * 1024, 5))
            self.assertEqual(line["encrypted"], name == "moshpit")
            self.assertEqual(line["rounds_without_somebody"], 0)
            self.assertGreater(line["median_seconds"], 0)
            self.assertGreater(line["processor_seconds"], 0)
            self.assertLess(line["max_error"], 1e-6)
            self.assertIsNone(line["ratio_to_best_peer"])
            # Some of what a round sends counts as the next one's.
            self.assertGreater(line["wire_bytes"], 0.7 * moved)
            self.assertLess(line["wire_bytes"], 1.4 * moved)
        self.assertEqual(lines["floor"]["ratio_to_floor"], 1)
        self.assertGreater(lines["moshpit"]["max_error"], 0)  # it did compare
        self.assertGreater(lines["moshpit"]["matching_seconds"], 0)
        phases = lines["moshpit"]["phase_seconds"]
        self.assertEqual(set(phases), PHASES)
        self.assertLess(sum(phases.values()), 3 * lines["moshpit"]["median_seconds"])
        self.assertEqual(lines["floor"]["phase_seconds"], {})

    def test_plaintext_is_said_and_right(self):
        words = ("--peers", "2", "--bytes", "256K", "--rounds", "2", "--plaintext")
        lines = self.lines_of(*words)
        self.assertFalse(lines["moshpit"]["encrypted"])
        self.assertLess(lines["moshpit"]["max_error"], 1e-6)
        self.assertIn("NOT encrypted", run(*words).stdout)

    @unittest.skipIf("MOSHPIT_SLOW" in os.environ, "its processor is the limit there")
    def test_limited_peers_move_their_bytes_at_the_limit(self):
        words = ("--peers", "2", "--bytes", "2M", "--rounds", "3", "--bandwidth-limit")
        for limit in ("4M/0", "0/4M", "4M/4M"):
            line = self.lines_of(*words, limit)["moshpit"]
            self.assertLess(line["max_error"], 1e-6)
            ratio = line["median_seconds"] / (2 * 1024 * 1024 / 4e6)  # each sends and gets 2 MiB
            self.assertGreater(ratio, 0.7, limit)
            self.assertLess(ratio, 3, limit)

    @unittest.skipIf("MOSHPIT_SLOW" in os.environ, "its processor is the limit there")
    def test_a_peer_with_a_tenth_of_the_bandwidth_holds_nobody_up(self):
        line = self.lines_of("--peers", "4", "--bytes", "2M", "--rounds", "4", "--bandwidth-limit",
                             "20M/20M", "--last-bandwidth-limit", "2M/2M")["moshpit"]
        # Its own vector, once: with an equal share of the chunks it would be half as much again.
        self.assertAlmostEqual(line["optimum_seconds"], 2 * 1024 * 1024 / 2e6)
        self.assertLess(line["median_seconds"], 1.4 * line["optimum_seconds"])
        self.assertGreater(line["median_seconds"], 0.8 * line["optimum_seconds"])  # it is limited

    def test_a_person_gets_sentences(self):
        result = run("--peers", "2", "--bytes", "64K", "--rounds", "1")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("x the floor", result.stdout)

    def test_whoever_was_not_built_is_named_with_what_to_install(self):
        with tempfile.TemporaryDirectory() as folder:
            alone = shutil.copy(MOSHPIT, folder)
            for name, package in (("gloo", "libgloo-dev"), ("mpi", "openmpi-bin")):
                result = subprocess.run([alone, "bench", "all-reduce", "--against", name],
                                        capture_output=True, text=True, timeout=PATIENCE)
                self.assertEqual(result.returncode, 2)
                self.assertEqual(len(result.stderr.strip().splitlines()), 1, result.stderr)
                self.assertIn(package, result.stderr)

    def test_wrong_words(self):
        for words in (["--against", "nccl"], ["--peers", "1"], ["--bytes", "3"], ["--rounds", "0"],
                      ["--bandwidth-limit", "10M"], ["--bandwidth-limit", "1K/1K"]):
            result = run(*words)
            self.assertNotEqual(result.returncode, 0)
            self.assertEqual(len(result.stderr.strip().splitlines()), 1, result.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=1)
