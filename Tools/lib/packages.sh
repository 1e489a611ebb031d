# shellcheck shell=bash
# What the scripts of this folder share: finding the toolchain, and installing what is missing, which they say and ask for first.

# Set by --yes: nothing is asked.
assume_yes="${assume_yes:-}"

need_swift() {
    if ! command -v swift >/dev/null; then
        echo "A Swift toolchain (6.2 or later) is needed: https://www.swift.org/install/linux/" >&2
        exit 69
    fi
}

# Says what is about to be installed or downloaded, and asks, where there is somebody to ask: not with --yes, not where CI is set,
# and not where standard input is no terminal. A no ends the script.
#   agree LINE…
agree() {
    local answer=""
    printf '%s\n' "$@" >&2
    case ${CI:-} in "" | 0 | false) ;; *) return 0 ;; esac
    [ -z "$assume_yes" ] && [ -t 0 ] || return 0
    printf 'Go on? [y/N] ' >&2
    read -r answer || true
    case $answer in
        [yY] | [yY][eE][sS]) ;;
        *) echo "$0: nothing was installed; --yes goes on without asking" >&2; exit 69 ;;
    esac
}

# Those of the packages that are not installed, one a line.
missing_packages() {
    local package
    for package in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || printf '%s\n' "$package"
    done
}

# Installs packages without asking: for what `agree` was asked about. apt takes nothing whose hash is not in the index that the
# distribution has signed.
install_packages() {
    local as_root=()
    [ "$(id -u)" = 0 ] || as_root=(sudo)
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
}

# The line that says it.
packages_line() {
    local how="as root"
    [ "$(id -u)" = 0 ] || how="as root, by sudo"
    printf 'to install, with apt-get from the distribution, %s: %s\n' "$how" "$*"
}

# Installs those of the packages that are missing; with sudo unless run as root.
need_package() {
    local missing=()
    mapfile -t missing < <(missing_packages "$@")
    [ ${#missing[@]} -gt 0 ] || return 0
    agree "$(packages_line "${missing[@]}")"
    install_packages "${missing[@]}"
}

# Whether there is a pip. One that does not come from Debian does as well.
has_pip() { python3 -m pip --version >/dev/null 2>&1; }

# What pip is called with: the files whose hashes stand in the requirements, and no other; no package's own code is run.
pip_pinned=(--quiet --disable-pip-version-check --no-deps --only-binary=:all: --require-hashes --timeout 15 --retries 1)

# Why pip failed, in a line, from what it wrote.
pip_failure() { grep -m1 -i error "$1" || tail -n1 "$1"; }

# Whether the packages of a file of requirements lie in a folder.
has_python_packages() { cmp -s "$1" "$2/installed" && [ "$(cat "$2/python" 2>/dev/null)" = "$(python3 --version)" ]; }

# Puts them there, without asking. On failure writes why into the folder's file `problem`.
#   install_python_packages REQUIREMENTS FOLDER
install_python_packages() {
    rm -rf "$2"
    mkdir -p "$2"
    if python3 -m pip install "${pip_pinned[@]}" --target "$2" --requirement "$1" >"$2/log" 2>&1; then
        python3 --version >"$2/python"
        cp "$1" "$2/installed"
    else
        echo "pip could not install what $1 names: $(pip_failure "$2/log")" >"$2/problem"
        return 1
    fi
}
