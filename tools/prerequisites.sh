#!/bin/sh
# Check what an installation needs, before anything is downloaded: Python, uv or a way to get them,
# and disk. Prints what to install, a line each, and exits with 1 when something is missing.
#
#   tools/prerequisites.sh MEGABYTES     what the installed folders take together
#
# tools/install.sh reads this file for its functions.

PYTHON_VERSION=$(cat .python-version)
FOLDERS=".venv .venv-ministack .wheels .python"

# Print the uv to use: the one installed here, else one on PATH. Either must be able to read uv.lock.
find_uv() {
    for candidate in .venv/bin/uv "$(command -v uv)"; do
        if [ -x "$candidate" ] && reads_lock "$candidate"; then
            echo "$candidate"
            return 0
        fi
    done
    return 1
}

reads_lock() {
    "$1" export --frozen --offline --no-cache --quiet --only-group demo >/dev/null 2>&1
}

# Print a Python of .python-version: from PATH, from pyenv, or one that uv installed.
find_python() {
    home=${HOME:-/nonexistent}
    for candidate in \
        "$(command -v "python$PYTHON_VERSION")" "$(command -v python3)" "$(command -v python)" \
        "${PYENV_ROOT:-$home/.pyenv}/versions/$PYTHON_VERSION"*/bin/python3 \
        "${UV_PYTHON_INSTALL_DIR:-.python}/cpython-$PYTHON_VERSION"*/bin/python3 \
        "${XDG_DATA_HOME:-$home/.local/share}/uv/python/cpython-$PYTHON_VERSION"*/bin/python3; do
        if [ -x "$candidate" ] && [ "$(version_of "$candidate")" = "$PYTHON_VERSION" ]; then
            # The interpreter itself: shims and virtual environments lead to another one later.
            "$candidate" -c 'import sys; print(sys._base_executable)'
            return 0
        fi
    done
    return 1
}

# Print a Python that can install uv: the one above, else any python3.
find_any_python() {
    find_python || { version_of python3 >/dev/null && command -v python3; }
}

version_of() {
    "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null
}

is_set() {
    case ${1:-} in "" | 0 | false | no | off) return 1 ;; esac
}

# Print the first thing that is missing of Python and uv.
missing_tool() {
    if ! python=$(find_python) && cannot_download_python; then
        echo "Python $PYTHON_VERSION is missing and cannot be downloaded (UV_OFFLINE or UV_PYTHON_DOWNLOADS forbids it): install it from python.org or with 'pyenv install $PYTHON_VERSION'."
    elif find_uv >/dev/null; then
        :
    elif ! python=$(find_any_python); then
        echo "Python $PYTHON_VERSION is missing: install it from python.org, or install uv (https://docs.astral.sh/uv), which downloads it."
    elif ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
        echo "The venv module of $python is missing: install it (Debian, Ubuntu: apt-get install python$(version_of "$python")-venv), or install uv (https://docs.astral.sh/uv)."
    elif is_set "${PIP_NO_INDEX:-}" && [ -z "${PIP_FIND_LINKS:-}" ]; then
        echo "uv is missing and cannot be downloaded (PIP_NO_INDEX forbids it): install uv (https://docs.astral.sh/uv)."
    fi
}

# uv downloads a Python, and pip downloads uv when there is none.
cannot_download_python() {
    is_set "${UV_OFFLINE:-}" || [ "${UV_PYTHON_DOWNLOADS:-}" = never ]
}

# Print how much disk is missing, if any, for folders of $1 MB in all.
missing_disk() {
    # shellcheck disable=SC2086 # a list
    present=$(du -skc $FOLDERS 2>/dev/null | awk 'END { print int($1 / 1024) }')
    free=$(df -Pk . | awk 'NR == 2 { print int($4 / 1024) }')
    if [ $((present + free)) -lt "$1" ]; then
        echo "Disk space is missing: $(($1 - present)) MB are needed in $PWD, $free MB are free."
    fi
}

case ${0##*/} in
prerequisites.sh)
    missing=$(
        missing_tool
        missing_disk "$1"
    )
    [ -z "$missing" ] || { echo "$missing" >&2 && exit 1; }
    ;;
esac
