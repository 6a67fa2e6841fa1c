#!/usr/bin/env python3
"""Training by real processes: in every mode, on from a checkpoint after all were killed, and with
settings from files, the environment and the run.

  training_test.py PATH_OF_MOSHPIT [unittest arguments]
"""

import json
import os
import struct
import subprocess
import tempfile
import unittest

import program_test
from program_test import ProgramTest, run

SLOW = "MOSHPIT_SLOW" in os.environ
STEPS = "40" if SLOW else "160"


def vector(file):
    with open(file, "rb") as bytes_of:
        data = bytes_of.read()
    return struct.unpack("<%df" % (len(data) // 4), data)


class Modes(ProgramTest):
    def train(self, mode, *words):
        with tempfile.TemporaryDirectory() as folder:
            files = [os.path.join(folder, str(i)) for i in range(4)]
            everybody = ("--wait-for", "4", "--batch", "16")
            members = [self.member("run", "--mode", mode, "--grid", "2x2", "--steps", STEPS,
                                   "--shard", "0/4", "--save", files[0], *everybody, *words)]
            invite = members[0].next("member")["invite"]
            for i in range(1, 4):
                members.append(self.member("join", invite, "--shard", "%d/4" % i, "--save",
                                           files[i], *everybody))
            reports = [member.next("finished") for member in members]
            vectors = [vector(file) for file in files]
        for report in reports:
            self.assertEqual(report["steps_given"], report["local_steps"])
            self.assertGreater(report["accuracy"], 0.15 if SLOW else 0.4)
        for other in vectors[1:]:
            distance = max(abs(a - b) for a, b in zip(vectors[0], other))
            self.assertLess(distance, 1e-3)

    def test_moshpit_sgd(self):
        self.train("moshpit-sgd")

    def test_moshpit_sgd_by_time(self):
        self.train("moshpit-sgd", "--period-seconds", "0.1", "--overlap", "1000")

    def test_collective(self):
        self.train("collective", "--target-batch", "64", "--state-every", "10")

    def test_outer(self):
        self.train("outer", "--period", "8", "--state-every", "5", "--codec", "int8")


class Checkpoints(ProgramTest):
    def test_a_run_goes_on_after_everybody_was_killed(self):
        with tempfile.TemporaryDirectory() as folder:
            forever = ("--hidden", "16", "--steps", "1000000000")
            first = self.member("run", "--grid", "2", *forever, "--checkpoints", folder,
                                "--checkpoint-seconds", "0.2")
            second = self.member("join", first.next("member")["invite"])
            second.next("step")
            for _ in range(3):
                written = first.next("checkpoint")
                self.assertEqual(written["problem"], "")
            first.leave()
            second.leave()
            again = self.member("run", "--resume", folder)
            told = again.next("member")
            self.assertGreater(told["step"], 0)
            late = self.member("join", told["invite"])
            self.assertGreaterEqual(late.next("step")["step"], told["step"])
            self.refused(run("run", "--resume", folder, "--hidden", "8"), "hidden is 16 and not 8")

    def test_no_checkpoint(self):
        with tempfile.TemporaryDirectory() as folder:
            self.refused(run("run", "--resume", folder), folder)


class Settings(ProgramTest):
    def shown(self, *words, **environment):
        result = subprocess.run([program_test.MOSHPIT, "config", "show", *words, "--json"],
                                capture_output=True, text=True, env={**os.environ, **environment},
                                timeout=program_test.PATIENCE)
        self.assertEqual(result.returncode, 0, result.stderr)
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        return {line["name"]: (line["value"], line["source"]) for line in lines}

    def file(self, text):
        file = tempfile.NamedTemporaryFile("w", suffix=".toml")
        self.addCleanup(file.close)
        file.write(text)
        file.flush()
        return file.name

    def test_each_layer_beats_the_next(self):
        file = self.file('rate = 0.2\nbatch = 64\nhidden = 7\nmode = "outer"\n')
        shown = self.shown(file, "--set", "rate=0.3", MOSHPIT_BATCH="16", MOSHPIT_RATE="9")
        self.assertEqual(shown["rate"], ("0.3", "command line"))
        self.assertEqual(shown["batch"], ("16", "MOSHPIT_BATCH"))
        self.assertEqual(shown["hidden"], ("7", file))
        self.assertEqual(shown["mode"], ("outer", file))
        self.assertEqual(shown["seed"], ("1", "default"))

    def test_wrong_files(self):
        for text, word in (("colour = 2\n", "colour"), ("rate = [1]\n", "rate"),
                           ("rate = \n", "line 1"), ('mode = "fast"\n', "mode")):
            self.refused(run("run", self.file(text)), word)
        self.refused(run("run", "nowhere.toml"), "nowhere.toml")

    def test_wrong_settings(self):
        self.refused(run("run", "--rate", "-1"), "rate")
        self.refused(run("run", "--optimizer", "sgdd"), "sgd")
        self.refused(run("run", "--mode", "collective", "--target-batch", "0"), "target-batch")

    def test_the_run_says_what_is_trained(self):
        forever = ("--hidden", "4", "--steps", "1000000000")
        invite = self.member("run", *forever).next("member")["invite"]
        self.member("join", invite).next("member")
        self.refused(run("join", invite, "--hidden", "8"), "hidden is 4 and not 8")


if __name__ == "__main__":
    unittest.main()
