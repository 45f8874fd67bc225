# The short spelling of the course's commands. Each is one cargo command:
# without `just`, type that instead.

set windows-shell := ["powershell.exe", "-NoLogo", "-NoProfile", "-Command"]
set positional-arguments

_default:
    @just --list --unsorted

# List the lessons
[group("learn")]
list:
    @cargo lab list

# Run both sides of a lesson and draw the wire, with knobs: just run 02 --buffer 4
[group("learn")]
[unix]
run NN *ARGS:
    @cargo lab run "$@"

# Run a lesson and step through it in the browser: just show 05
[group("learn")]
[unix]
show NN *ARGS:
    @shift; cargo lab run {{ NN }} --show "$@"

# Serve a whole class, with a line per student: just class 01 --names FILE
[group("learn")]
[unix]
class NN *ARGS:
    @cargo lab class "$@"

# Is a program right? just check 01 server -- COMMAND "{host}" "{port}"
[group("learn")]
[unix]
check NN *ARGS:
    @cargo lab check "$@"

# Put a starting point for your own programs into work/: just start 01 rust
[group("learn")]
start NN LANGUAGE:
    @cargo lab start {{ NN }} {{ LANGUAGE }}

# Start a lesson's server in this terminal: just server 01 0.0.0.0:9789
[group("learn")]
[unix]
server NN *ARGS:
    @shift; cargo run --quiet --bin {{ if NN =~ '^\d$' { "0" + NN } else { NN } }}-server -- "$@"

# Start a lesson's client in this terminal: just client 01 --message hello
[group("learn")]
[unix]
client NN *ARGS:
    @shift; cargo run --quiet --bin {{ if NN =~ '^\d$' { "0" + NN } else { NN } }}-client -- "$@"

# How fast are the lessons' programs, beside others? just bench 06 --quick
[group("work")]
[unix]
bench *ARGS:
    @cargo run --quiet --release --package bench -- "$@"

# PowerShell keeps quotes in words only where they are doubled: '"two words"'

[group("learn")]
[windows]
run NN *ARGS:
    @cargo lab run {{ NN }} {{ ARGS }}

[group("learn")]
[windows]
show NN *ARGS:
    @cargo lab run {{ NN }} --show {{ ARGS }}

[group("learn")]
[windows]
class NN *ARGS:
    @cargo lab class {{ NN }} {{ ARGS }}

[group("learn")]
[windows]
check NN *ARGS:
    @cargo lab check {{ NN }} {{ ARGS }}

[group("learn")]
[windows]
server NN *ARGS:
    @cargo run --quiet --bin {{ if NN =~ '^\d$' { "0" + NN } else { NN } }}-server -- {{ ARGS }}

[group("learn")]
[windows]
client NN *ARGS:
    @cargo run --quiet --bin {{ if NN =~ '^\d$' { "0" + NN } else { NN } }}-client -- {{ ARGS }}

[group("work")]
[windows]
bench *ARGS:
    @cargo run --quiet --release --package bench -- {{ ARGS }}

# Run the tests
[group("work")]
test:
    cargo test --workspace

# Check the layout, the lints and the documentation
[group("work")]
lint:
    cargo fmt --check
    cargo clippy --workspace --all-targets -- -D warnings
    cargo doc --workspace --no-deps

# All that the continuous integration checks
[group("work")]
ci: lint test

# Draw each lesson's picture again, from a run of it
[group("work")]
pictures:
    python3 scripts/pictures.py

# Make the pages into a book, in both languages; needs mdbook
[group("work")]
book:
    python3 scripts/book.py

# Quote each lesson's runs again, from a run of each
[group("work")]
quotes:
    python3 scripts/quotes.py
