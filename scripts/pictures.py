"""Draws each lesson's picture again, from a run of it: just pictures"""

import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent

for folder in sorted((ROOT / "lessons").glob("[0-9][0-9]-*")):
    picture = folder / "picture.svg"
    command = ["cargo", "lab", "run", folder.name[:2], "--svg", str(picture)]
    subprocess.run(command, cwd=ROOT, check=True)
