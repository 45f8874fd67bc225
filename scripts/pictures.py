"""Draws each lesson's picture again, from a run of it: just pictures"""

import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent


def draw(lesson, picture, *more):
    command = ["cargo", "lab", "run", lesson, "--svg", str(picture), *more]
    subprocess.run(command, cwd=ROOT, check=True)


for folder in sorted((ROOT / "lessons").glob("[0-9][0-9]-*")):
    # A lesson of several plays has a picture of each: picture-1.svg, ...
    draw(folder.name[:2], folder / "picture.svg")

# The one on the first page moves.
moving = ROOT / "lessons" / "05-sticky-packet-demo" / "moving.svg"
draw("05", moving, "--demo", "merge", "--moving")
