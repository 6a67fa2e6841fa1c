#!/usr/bin/env python3
"""Models of LibTorch by the same commands: images and plain text, nobody told what is trained but
who starts the run.

  torch_test.py PATH_OF_MOSHPIT [unittest arguments]
"""

import os
import random
import struct
import tempfile
import unittest

from program_test import ProgramTest, events, run

NOUNS = ["peer", "group", "grid", "step", "vector", "mean", "key", "link", "round", "donor"]
VERBS = ["meets", "leaves", "finds", "averages", "loses", "sends", "keeps", "asks", "follows"]
PLACES = ["in the morning", "behind a wall", "on the way", "for a while", "without a word"]


def sentence(draw):
    return "The %s %s the %s %s %s." % (draw.choice(NOUNS), draw.choice(VERBS), draw.choice(NOUNS),
                                        draw.choice(PLACES), draw.choice(PLACES))


def write_text(file):
    draw = random.Random(1)
    for _ in range(400):
        file.write(" ".join(sentence(draw) for _ in range(6)) + "\n\n")
    file.flush()


def write_images(folder):
    """16 x 16 pixels of noise with a bright band: at which height, is the class."""
    draw = random.Random(1)
    for kind, count in (("train", 640), ("t10k", 160)):
        labels = [draw.randrange(4) for _ in range(count)]
        images = bytearray(draw.randrange(100) for _ in range(256 * count))
        for i, label in enumerate(labels):
            begin = 256 * i + 64 * label
            images[begin:begin + 64] = b"\xc8" * 64
        with open(os.path.join(folder, kind + "-images-idx3-ubyte"), "wb") as file:
            file.write(struct.pack(">4I", 2051, count, 16, 16) + images)
        with open(os.path.join(folder, kind + "-labels-idx1-ubyte"), "wb") as file:
            file.write(struct.pack(">2I", 2049, count) + bytes(labels))


class Torch(ProgramTest):
    def train(self, *words, data=()):
        first = self.member("run", "--grid", "2", "--wait-for", "2", "--batch", "8", *words, *data)
        invite = first.next("member")["invite"]
        second = self.member("join", invite, "--wait-for", "2", "--batch", "8", *data)
        reports = [member.next("finished") for member in (first, second)]
        self.assertAlmostEqual(reports[0]["loss"], reports[1]["loss"], delta=0.02)
        return reports[0]

    def test_images_in_every_mode(self):
        for mode in ("moshpit-sgd", "collective", "outer"):
            report = self.train("--model", "resnet-small", "--steps", "160", "--warm-up", "4",
                                "--rate", "0.05", "--mode", mode,
                                "--target-batch", "32", "--period", "8")
            self.assertGreater(report["accuracy"], 0.4, mode)  # by guessing: 0.25

    def test_text(self):
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
            write_text(file)
            report = self.train("--model", "albert-tiny", "--optimizer", "lamb", "--rate", "0.01",
                                "--mode", "collective", "--target-batch", "32", "--steps", "12",
                                "--sequence", "32", "--vocabulary", "100",
                                data=("--data", file.name))
        self.assertLess(report["loss"], 6)  # log(100) and log(2) at chance: 5.3; it begins above

    def test_experiment(self):
        with tempfile.TemporaryDirectory() as folder:
            write_images(folder)
            words = ("experiment", "resnet", "--model", "resnet", "--cluster", "homogeneous",
                     "--quick", "--passes", "8", "--seeds", "1", "--results", folder,
                     "--methods", "moshpit-sgd", "--data", folder, "--json")
            report = events(run(*words).stdout)[-1]
            kept = os.path.getsize(os.path.join(folder, "runs.jsonl"))
            self.assertEqual(report["model"], "resnet 8")
            self.assertEqual([method["name"] for method in report["methods"]], ["moshpit-sgd"])
            self.assertGreater(report["all_reduce_accuracy"], 0.9)
            self.assertGreater(report["methods"][0]["final_accuracy"], 0.9)
            # All is found again: one line end more.
            self.assertEqual(events(run(*words).stdout)[-1], report)
            self.assertEqual(os.path.getsize(os.path.join(folder, "runs.jsonl")), kept + 1)

    def test_text_while_processes_are_killed(self):
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
            write_text(file)
            result = run("experiment", "preemption", "--data", file.name, "--sequence", "32",
                         "--vocabulary", "100", "--peers", "3", "--steps", "40",
                         "--target-batch", "32", "--warm-up", "4", "--kill-every", "4",
                         "--away", "0.5", "--json", patience=300)
        self.assertEqual(result.returncode, 0, result.stderr)
        report = events(result.stdout)[-1]
        self.assertEqual(report["event"], "report")
        self.assertTrue(report["founder_killed"])
        self.assertGreater(report["finished"], 0)
        self.assertLess(report["loss_swarm"], 6)
        self.assertLess(report["loss_one_process"], 6)

    def test_wrong_words(self):
        self.refused(run("experiment", "resnet", "--methods", "best"), "ad-psgd")
        self.refused(run("run", "--model", "resnet"), "resnet18")
        self.refused(run("run", "--model", "albert-tiny"), "--data")
        self.refused(run("run", "--model", "resnet-small", "--optimizer", "best"), "lamb")
        with tempfile.TemporaryDirectory() as folder:
            nowhere = os.path.join(folder, "nowhere")
            self.refused(run("run", "--model", "albert-tiny", "--data", nowhere), nowhere)


if __name__ == "__main__":
    unittest.main()
