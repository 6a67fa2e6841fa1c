#!/usr/bin/env python3
"""`moshpit bench codec` as a user meets it.

  codec_test.py PATH_OF_MOSHPIT [unittest arguments]
"""

import unittest

from program_test import ProgramTest, events, run

BYTES_PER_VALUE = {"fp32": 4, "fp16": 2, "bf16": 2, "int8": 1 + 4 / 512}
OPERATIONS = {"encode", "decode", "add_weighted", "all_finite"}


class BenchCodec(ProgramTest):
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
