#!/bin/sh
# Install a dependency group of pyproject.toml, or the project tools/checkov, with uv:
#
#   tools/install.sh demo | dev     into .venv; what is installed there already stays
#   tools/install.sh ministack      into .venv-ministack
#   tools/install.sh checkov        into .venv-checkov
#
# A uv on PATH is used if it can read uv.lock. Otherwise pip installs the pinned one into .venv.
set -eu
. tools/prerequisites.sh

GROUP=$1
PINNED_UV=$(sed -n 's/^ *"\(uv==[^"]*\)".*/\1/p' pyproject.toml)

install_uv() {
    echo "Installing $PINNED_UV into .venv" >&2
    "$(find_any_python)" -m venv .venv
    .venv/bin/python -m pip install --quiet --disable-pip-version-check "$PINNED_UV"
    echo .venv/bin/uv
}

sync_group() {
    options="--frozen --only-group $GROUP"
    [ "$GROUP" != checkov ] || options="--frozen --project tools/checkov"
    [ "$GROUP" != demo ] || options="$options --inexact"
    is_installed_here "$uv" || options="$options --no-install-package uv"
    # With a terminal, uv shows its progress.
    [ -t 2 ] || options="$options --quiet"
    if [ "$(version_of "$folder/bin/python")" != "$PYTHON_VERSION" ] && python=$(find_python); then
        options="$options --python $python"
    fi
    # shellcheck disable=SC2086 # a list
    UV_PROJECT_ENVIRONMENT=$PWD/$folder "$uv" sync $options
}

is_installed_here() {
    [ "$1" = .venv/bin/uv ] && [ ! -h "$1" ]
}

# Everything else finds uv in .venv/bin.
link_uv() {
    [ "$uv" = .venv/bin/uv ] || ln -sf "$uv" .venv/bin/uv
}

uv=$(find_uv) || uv=$(install_uv)
case $GROUP in demo | dev) folder=.venv ;; *) folder=.venv-$GROUP ;; esac
echo "Installing $GROUP into $folder" >&2
sync_group
[ "$folder" != .venv ] || link_uv
