"""Quotes each lesson's runs again, from a run of each: just quotes"""

import pathlib
import re
import shlex
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent


def run(command):
    words = shlex.split(command)
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    return done.stdout


def quote(match):
    command, output = match.group(1), match.group(2)
    if not output.strip():
        return match.group(0)
    return "$ %s\n%s" % (command, run(command))


def block(match):
    return re.sub(
        r"\$ (cargo lab run [^\n]*)\n((?:(?!\$ ).*\n)*)", quote, match.group(0)
    )


for page in sorted((ROOT / "lessons").glob("*/README.md")):
    text = page.read_text()
    new = re.sub(r"```console\n.*?```", block, text, flags=re.DOTALL)
    if new != text:
        page.write_text(new)
        print("quoted again:", page.relative_to(ROOT))
