#!/bin/sh
# Installs the project into .venv with uv, or makes the lock files anew.
#
#   sh scripts/bootstrap.sh requirements.txt       what the project needs, and the project itself
#   sh scripts/bootstrap.sh requirements-dev.txt   what tests and lint need besides
#   sh scripts/bootstrap.sh --lock                 requirements*.in -> requirements*.txt
#
# PYTHON chooses the interpreter. Package index, find-links and certificates are those configured for pip.
set -eu

UV_VERSION=0.13.9
NEEDED_KB=$((4 * 1024 * 1024))
here=$(cd "$(dirname "$0")/.." && pwd)
cd "$here"

fail() {
    printf 'install: %s\n' "$1" >&2
    exit 2
}

fits() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null
}

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        command -v "$PYTHON" >/dev/null 2>&1 || fail "PYTHON=$PYTHON is not a program; give the path of a Python 3.11, 3.12 or 3.13"
        fits "$PYTHON" || fail "PYTHON=$PYTHON is $("$PYTHON" -V 2>&1); Python 3.11, 3.12 or 3.13 is needed"
        command -v "$PYTHON"
        return
    fi
    for name in python3.11 python3.12 python3.13 python3 python; do
        if command -v "$name" >/dev/null 2>&1 && fits "$name"; then
            command -v "$name"
            return
        fi
    done
    found=$(python3 -V 2>&1 || true)
    fail "Python 3.11, 3.12 or 3.13 is needed and none is on the PATH (python3 is: ${found:-not there}). Install one, or name it: make PYTHON=/path/to/python3.11"
}

find_uv() {
    if command -v uv >/dev/null 2>&1; then
        command -v uv
        return
    fi
    if ! "$here/.tools/uv/bin/uv" --version >/dev/null 2>&1; then
        rm -rf "$here/.tools/uv"
        "$1" -m venv "$here/.tools/uv" >&2 ||
            fail "$1 cannot make a virtual environment; on Debian or Ubuntu install python3-venv, then run the same command again"
        "$here/.tools/uv/bin/python" -m pip install --quiet --disable-pip-version-check "uv==$UV_VERSION" >&2 ||
            fail "uv $UV_VERSION could not be installed with pip; check the network and pip's index (pip config list), then run the same command again"
    fi
    printf '%s\n' "$here/.tools/uv/bin/uv"
}

# What pip is configured with, by environment or file, uv gets too; its own variables win.
of_pip() {
    "$1" -m pip config get "$2" 2>/dev/null || "$here/.tools/uv/bin/python" -m pip config get "$2" 2>/dev/null || true
}

share_configuration() {
    index=${PIP_INDEX_URL:-$(of_pip "$1" global.index-url)}
    [ -z "$index" ] || export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-$index}"
    certificates=${PIP_CERT:-$(of_pip "$1" global.cert)}
    [ -z "$certificates" ] || export SSL_CERT_FILE="${SSL_CERT_FILE:-$certificates}"
    # pip trusts the system's certificates; the second name is that of older releases of uv.
    export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-true}" UV_NATIVE_TLS="${UV_NATIVE_TLS:-true}"
    export UV_HTTP_TIMEOUT="${UV_HTTP_TIMEOUT:-180}"
}

check_disk() {
    free=$(df -Pk "$here" | awk 'NR == 2 {print $4}')
    [ "$free" -ge "$NEEDED_KB" ] ||
        fail "only $((free / 1024)) MB are free on the disk of $here, $((NEEDED_KB / 1024)) MB are needed; free some space and run the same command again"
}

python=$(find_python)
uv=$(find_uv "$python")
share_configuration "$python"

if [ "${1:-}" = --lock ]; then
    for name in requirements requirements-dev; do
        "$uv" pip compile --universal --python-version 3.11 --no-header --quiet "$name.in" -o "$name.txt"
    done
    exit 0
fi

# An environment that was moved, or whose Python is gone, is made anew.
if [ -e .venv ] && { ! .venv/bin/python -c '' 2>/dev/null || [ "$(cat .venv/.place 2>/dev/null || echo "$here")" != "$here" ]; }; then
    rm -rf .venv
fi
if [ ! -e .venv ]; then
    check_disk
    "$uv" venv --quiet --python "$python" .venv
fi
printf '%s\n' "$here" >.venv/.place
fits .venv/bin/python || fail ".venv holds $(.venv/bin/python -V); remove .venv and run the same command again"

echo "Installing $1 into .venv (minutes the first time, seconds afterwards)"
"$uv" pip install --quiet --python .venv/bin/python -r "$1" ||
    fail "packages of $1 could not be installed; check the network and the package index, then run the same command again"
if [ "$1" = requirements.txt ]; then
    "$uv" pip install --quiet --python .venv/bin/python --no-deps -e . ||
        fail "the project itself could not be installed into .venv; the lines above say why"
fi
