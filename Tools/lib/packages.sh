# What the scripts of this folder share: installing Debian packages, and finding the toolchain.

need_swift() {
    if ! command -v swift >/dev/null; then
        echo "A Swift toolchain (6.2 or later) is needed: https://www.swift.org/install/linux/" >&2
        exit 69
    fi
}

# Installs those of the packages that are missing; with sudo unless run as root.
need_package() {
    local missing=() package
    for package in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    local as_root=()
    [ "$(id -u)" = 0 ] || as_root=(sudo)
    echo "installing ${missing[*]}"
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
}
