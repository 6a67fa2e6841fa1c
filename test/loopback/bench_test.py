#!/usr/bin/env python3
"""`moshpit bench match`, `kill`, `endure`, `catch-up` and `codec` as a user meets them.

  bench_test.py PATH_OF_MOSHPIT [unittest arguments]
"""

import os
import unittest

from program_test import ProgramTest, events, run

BYTES_PER_VALUE = {"fp32": 4, "fp16": 2, "bf16": 2, "int8": 1 + 4 / 512}
OPERATIONS = {"encode", "decode", "add_weighted", "all_finite"}


class Bench(ProgramTest):
    def test_match_finds_full_groups(self):
        result = run("bench", "match", "--peers", "4", "--grid", "2x2", "--rounds", "6", "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        report = events(result.stdout)[-1]
        self.assertEqual((report["full_groups"], report["other_groups"]), (12, 0))  # two of two
        self.assertTrue(report["median_ms"] <= report["p95_ms"] <= report["max_ms"])

    @unittest.skipIf("MOSHPIT_SLOW" in os.environ, "sixteen slow processes are late for each other")
    def test_peers_that_accept_no_connections_are_in_groups(self):
        words = ("--peers=16", "--grid=4x4", "--outbound-only=13", "--rounds=20", "--json")
        self.assertGreater(events(run("bench", "match", *words).stdout)[-1]["grouped"], 0.85)

    def test_a_member_is_killed_or_frozen_in_a_round(self):
        for words in ([], ["--freeze"], ["--victims", "2"]):
            words += ["--peers", "4", "--bytes", "2M", "--trials", "1", "--json"]
            result = run("bench", "kill", *words)
            report = events(result.stdout)[-1]
            self.assertLess(report["max_error"], 1e-6, result.stderr)
            self.assertTrue(report["same_bytes"] and report["finished"])

    @unittest.skipIf("MOSHPIT_SLOW" in os.environ, "its rounds end when its processor lets them")
    def test_who_is_left_goes_on_while_members_are_killed_and_frozen(self):
        result = run("bench", "endure", "--peers", "5", "--bytes", "256K", "--seconds", "8",
                     "--every", "0.5", "--json")
        report = events(result.stdout)[-1]
        self.assertEqual(report["findings"], [], result.stderr)
        self.assertEqual(result.returncode, 0)
        self.assertGreater(min(report["kills"], report["freezes"]), 0)
        self.assertGreater(report["averaged"], report["rounds"] / 2)
        self.assertEqual(len(report["held"]), 2)

    def test_a_late_peer_has_the_state_though_a_donor_is_killed_and_one_lies(self):
        result = run("bench", "catch-up", "--bytes", "48M", "--donors", "3", "--kill-one",
                     "--corrupt-one", "--json")
        report = events(result.stdout)[-1]
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertTrue(report["right"] and report["liar_named"] and report["killed"])
        self.assertLess(report["bytes_ratio"], 1.2)  # of 192 pieces a window or two come in vain

    def test_match_wants_a_full_grid_and_kill_a_survivor(self):
        self.refused(run("bench", "match", "--peers", "3", "--grid", "4"), "grid")
        self.refused(run("bench", "kill", "--peers", "3", "--victims", "3"), "left")
        self.refused(run("bench", "kill", "--freeze", "--against-gloo"), "gloo")
        self.refused(run("bench", "catch-up", "--donors", "1", "--corrupt-one"), "donors")


class Codec(ProgramTest):
    def test_every_codec_is_measured_and_within_its_bound(self):
        result = run("bench", "codec", "--bytes", "1M", "--runs", "3", "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        lines = events(result.stdout)
        self.assertEqual({line["codec"]: line["bytes_per_value"] for line in lines},
                         BYTES_PER_VALUE)
        for line in lines:
            self.assertEqual(line["event"], "codec")
            self.assertTrue(line["simd"])
            for place in ("memory", "cache"):
                self.assertEqual(set(line[place]), OPERATIONS)
                for speed in line[place].values():
                    self.assertTrue(0 < speed["median"] <= speed["best"])
            if line["codec"] == "fp32":
                self.assertEqual(line["error_of_bound"], 0)
            else:  # of a quarter of a million values some come close to it
                self.assertTrue(0.9 < line["error_of_bound"] <= 1, line)

    def test_for_a_person_it_is_a_table(self):
        result = run("bench", "codec", "--bytes", "1M", "--runs", "1")
        self.assertEqual(result.returncode, 0, result.stderr)
        table = result.stdout.splitlines()
        self.assertIn("1 MiB", table[0])
        self.assertEqual([row.split()[:2] for row in table[2:]],
                         [[codec, place] for codec in BYTES_PER_VALUE
                          for place in ("memory", "cache")])

    def test_wrong_words_and_help(self):
        self.refused(run("bench", "codec", "--bytes", "1K"), "--bytes")
        self.refused(run("bench", "codec", "--bytes", "much"), "--bytes")
        self.refused(run("bench", "codec", "--runs", "0"), "--runs")
        self.assertIn("xample", run("bench", "codec", "--help").stdout)


if __name__ == "__main__":
    unittest.main(verbosity=1)
