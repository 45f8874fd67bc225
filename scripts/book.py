"""Makes the pages into a book that works from the disk: just book

    python3 scripts/book.py [--check CHROMEDRIVER]

The book has the same files as the repository, in both languages, and in each
lesson the picture to step through. It needs mdbook (cargo install mdbook), and
is target/book/book/index.html. --check opens every page in a browser: none may
complain, miss a picture, or lead nowhere.
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
BOOK = ROOT / "target" / "book"
SOURCE = BOOK / "src"

SETTINGS = """
[book]
title = "Sockets, byte by byte · 一个字节一个字节地学套接字"
language = "en"

[build]
# A page keeps its name: README.md is README.html, for every link to it.
use-default-preprocessors = false

[output.html]
additional-css = ["step.css"]
no-section-label = true
# A page for a web server that misses one has no place on a disk.
input-404 = ""

[output.html.playground]
# What is quoted is a part of a program, and asks nobody to run it.
runnable = false

[output.html.print]
enable = false
"""

STYLE = """
iframe.step { width: 100%; height: 38rem; border: 1px solid #8a8a8a; }
"""

# Which files of a lesson a page may link to.
KINDS = {".md", ".svg", ".rs", ".py", ".toml", ".html", ".po", ""}


def title(page):
    heading = page.read_text().splitlines()[0]
    return heading[2:] if heading.startswith("# ") else page.stem


def copy_files():
    """Copies the pages and what they link to."""
    shutil.rmtree(BOOK, ignore_errors=True)
    SOURCE.mkdir(parents=True)
    tracked = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "*.md", "lessons", "crates"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    names = tracked.stdout.splitlines()
    names += ["LICENSE-MIT", "LICENSE-APACHE"]
    for name in set(names):
        file = ROOT / name
        if file.is_file() and file.suffix in KINDS:
            target = SOURCE / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)


def add_steps(folder):
    """Puts the picture that steps into both pages of a lesson."""
    for language, suffix in [("en", ""), ("zh", ".zh-CN")]:
        step = folder / f"step{suffix}.html"
        command = ["cargo", "lab", "run", folder.name[:2], "--lang", language]
        subprocess.run(
            [*command, "--html", str(step)],
            cwd=ROOT,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        page = folder / f"README{suffix}.md"
        before, after = re.split(
            r"(?=^## (?:The idea in code|代码里的要点)$)",
            page.read_text(),
            maxsplit=1,
            flags=re.M,
        )
        frame = f'<iframe class="step" src="{step.name}"></iframe>\n\n'
        page.write_text(before + frame + after)


def summary(folders):
    """The table of contents: one language after the other."""
    lines = ["# Summary", "", f"[{title(SOURCE / 'README.md')}](README.md)", ""]

    def entry(depth, page):
        name = page.relative_to(SOURCE).as_posix()
        lines.append(f"{'  ' * depth}- [{title(page)}]({name})")

    for heading, suffix in [("English", ""), ("中文", ".zh-CN")]:
        lines += [f"# {heading}", ""]
        if suffix:
            entry(0, SOURCE / f"README{suffix}.md")
        entry(0, SOURCE / "lessons" / f"README{suffix}.md")
        for folder in folders:
            entry(0, folder / f"README{suffix}.md")
            more = sorted(folder.glob("*.md"))
            for page in more:
                is_chinese = page.name.endswith(".zh-CN.md")
                if page.name.startswith("README"):
                    continue
                if is_chinese == bool(suffix):
                    entry(1, page)
        entry(0, SOURCE / "lessons" / f"TROUBLESHOOTING{suffix}.md")
        if not suffix:
            entry(0, SOURCE / "lessons" / "GLOSSARY.md")
        lines.append("")
    (SOURCE / "SUMMARY.md").write_text("\n".join(lines))


def build():
    mdbook = shutil.which("mdbook")
    if not mdbook:
        sys.exit("error: mdbook is missing; get it: cargo install mdbook")
    copy_files()
    folders = sorted((SOURCE / "lessons").glob("[0-9][0-9]-*"))
    for folder in folders:
        add_steps(folder)
    summary(folders)
    (BOOK / "book.toml").write_text(SETTINGS)
    (BOOK / "step.css").write_text(STYLE)
    subprocess.run([mdbook, "build", str(BOOK)], check=True)
    print(f"the book is {BOOK / 'book' / 'index.html'}")


LOOK = """
return [
  [...document.images].filter((i) => i.complete && !i.naturalWidth)
    .map((i) => i.src),
  [...document.links].map((a) => a.href).filter((h) => h.startsWith('file:')),
  document.documentElement.scrollWidth - innerWidth,
]"""


def check(chromedriver):
    """Opens every page; says what is wrong."""
    sys.path.append(str(ROOT / "crates" / "lab" / "tests" / "browser"))
    import drive

    out = BOOK / "book"
    wrong = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = drive.Browser(chromedriver, [1280, 900], profile)
        try:
            pages = sorted(out.rglob("*.html"))
            # A program's own page is there to be read.
            pages = [p for p in pages if "src" not in p.relative_to(out).parts]
            for page in pages:
                browser.do("POST", "/url", {"url": page.as_uri()})
                missing, links, _ = browser.script(LOOK)
                wrong += [f"{page}: no picture {image}" for image in missing]
                for link in links:
                    path = drive.path_of(link)
                    if not path.exists():
                        wrong.append(f"{page}: leads to {path}")
                for entry in browser.log("browser"):
                    wrong.append(f"{page}: {entry['message']}")
                for url in drive.requests(browser, page.as_uri()):
                    if not url.startswith(("file:", "data:")):
                        wrong.append(f"{page}: asks for {url}")
        finally:
            browser.close()
    if wrong:
        sys.exit("\n".join(wrong))
    print(f"{len(pages)} pages of the book: nothing is missing or complains")


if __name__ == "__main__":
    build()
    if sys.argv[1:2] == ["--check"]:
        check(sys.argv[2])
