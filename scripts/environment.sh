# shellcheck shell=bash
# The Python environment of scripts/start, scripts/check and scripts/lock, which source this file.
#
# make_environment run   .venv with what the product needs   (requirements.lock)
# make_environment dev   the same and what its tests need    (requirements-dev.lock)
#
# Every package is checked against the hash in its lock. What was installed last is kept beside it,
# so that a second run compares two files and goes on; an interrupted run simply starts over.
# Written for bash 3.2 too, which is what macOS brings.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
venv=$root/.venv
stamps=$venv/carbon-label

say() { printf '%s\n' "$*"; }

stop() { # one argument a line: what is wrong, then what to do
    printf '\n%s\n' "$1" >&2
    shift
    [ $# -eq 0 ] || printf '  %s\n' "$@" >&2
    exit 1
}

# Prints "ready", "old VERSION" or "bare VERSION" (no venv module, as on a plain Debian).
probe='
import sys
version = "%d.%d" % sys.version_info[:2]
if sys.version_info < (3, 11):
    print("old " + version)
else:
    try:
        import ensurepip, venv
        print("ready")
    except ImportError:
        print("bare " + version)
'

find_python() { # sets $python
    local candidate answer old="" bare=""
    set -- python3 python3.13 python3.12 python3.11 python3.14
    [ -z "${PYTHON:-}" ] || set -- "$PYTHON"
    for candidate; do
        answer=$("$candidate" -c "$probe" 2>/dev/null </dev/null) || continue
        case $answer in
            ready)
                python=$candidate
                return
                ;;
            bare*) [ -n "$bare" ] || bare=${answer#bare } ;;
            old*) [ -n "$old" ] || old=${answer#old } ;;
        esac
    done
    if [ -n "$bare" ]; then
        stop "Python $bare is here, but its module for virtual environments is not." \
            "Debian, Ubuntu:  sudo apt install python$bare-venv" \
            "Then run this command again."
    fi
    if [ -n "$old" ]; then
        stop "Carbon Label needs Python 3.11 or newer; the one found here is $old." \
            "Debian 12, Ubuntu 24.04 and later:  sudo apt install python3 python3-venv" \
            "macOS:  brew install python@3.13" \
            "If a newer one is installed already, name it:  PYTHON=/path/to/python3.13 $0"
    fi
    stop "Carbon Label needs Python 3.11 or newer; none was found (looked for: $*)." \
        "Debian, Ubuntu:  sudo apt install python3 python3-venv" \
        "macOS:  brew install python@3.13"
}

# One that was moved with its folder still names the old place in its programs; one whose Python is
# gone does not answer.
is_sound() {
    [ ! -f "$stamps/place" ] || [ "$(cat "$stamps/place")" = "$root" ] || return 1
    case $("$venv/bin/python" -m pip --version 2>/dev/null </dev/null) in
        *"$venv/"*) "$venv/bin/python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ;;
        *) return 1 ;;
    esac
}

is_current() { # the locks that must have been installed, by name
    local lock
    [ -x "$venv/bin/carbon-label" ] && "$venv/bin/python" -c '' 2>/dev/null || return 1
    [ "$(cat "$stamps/place" 2>/dev/null)" = "$root" ] || return 1
    for lock in "$@" pyproject.toml; do
        cmp -s "$root/$lock" "$stamps/$lock" || return 1
    done
}

explain_pip() { # what pip wrote
    if grep -qi 'no space left' "$1"; then
        stop "The disk is full: the packages could not be unpacked under $venv." \
            "About 1 GB is needed. Free some space and run this command again."
    elif grep -qi 'do not match the hashes' "$1"; then
        tail -n 15 "$1" >&2
        stop "A downloaded package is not the one that the lock names, so it was not installed." \
            "If your network changes downloads (a proxy, a mirror), use another one." \
            "If it stays so, report it: somebody may have tampered with the package."
    elif grep -qiE 'connection|resolution|resolve|timed out|unreachable|proxy|retry' "$1"; then
        tail -n 5 "$1" >&2
        stop "The packages could not be fetched: the Python package index did not answer." \
            "The first start needs the network, later ones do not." \
            "Behind a proxy, set HTTPS_PROXY; with a mirror of your own, set PIP_INDEX_URL."
    fi
    tail -n 25 "$1" >&2
    stop "The packages could not be installed; pip's own words are above."
}

run_pip() {
    local log
    log=$(mktemp "${TMPDIR:-/tmp}/carbon-label.XXXXXX") ||
        stop "No temporary file could be written in ${TMPDIR:-/tmp}: is the disk full?"
    # PIP_USER would send packages out of the environment.
    PIP_USER=0 PIP_REQUIRE_VIRTUALENV=0 "$venv/bin/python" -m pip --disable-pip-version-check \
        --no-input install --quiet --progress-bar off --retries 3 "$@" \
        >"$log" 2>&1 </dev/null || explain_pip "$log"
    rm -f "$log"
}

make_environment() { # run | dev
    local lock=requirements.lock also=requirements.lock python
    unset PYTHONHOME # it would point the new environment at another installation
    [ "$1" = run ] || lock=requirements-dev.lock
    ! is_current "$lock" || return 0
    if ! is_sound; then
        find_python
        say "Making a Python environment in .venv ($("$python" --version 2>&1)) ..."
        rm -rf "$venv"
        "$python" -m venv "$venv" ||
            stop "The environment could not be made in $venv." \
                "Is the disk full, or the folder not yours to write?"
    fi
    mkdir -p "$stamps" || stop "Nothing can be written in $venv: is the disk full?"
    rm -f "$stamps/pyproject.toml" # from here until the end the environment counts as unfinished
    say "Installing $(grep -c '==' "$root/$lock") packages from $lock (once; a minute or so) ..."
    run_pip --require-hashes -r "$root/$lock"
    # Our own package, from this folder: no network, no isolation, so nothing without a hash.
    run_pip --no-deps --no-build-isolation --no-index -e "$root"
    [ "$lock" = "$also" ] || cp "$root/$lock" "$stamps/" # the development lock holds the other
    cp "$root/$also" "$stamps/"
    printf '%s\n' "$root" >"$stamps/place"
    cp "$root/pyproject.toml" "$stamps/" || stop "The disk is full."
}
