# shellcheck shell=bash
# What users of the library write, compiled as they write it, against the modules of a build, without linking: the Swift examples of
# all documents (Tools/lib/examples.py), and Tests/Snippets: at the top level, with all kinds of entry, in loops of all forms.

#   compile_snippets BUILD_FOLDER
compile_snippets() {
    local folder status=0
    folder="$(mktemp -d)"
    mkdir "$folder/examples"
    python3 -B Tools/lib/examples.py "$folder/examples" >"$folder/list"
    printf '%s\n' Tests/Snippets/*.swift >>"$folder/list"
    export -f compile_snippet
    xargs -P "$(nproc)" -I '{}' bash -c 'compile_snippet "$@"' compile_snippet "$1" '{}' "$folder" <"$folder/list" || status=1
    [ "$status" != 0 ] || echo "$(wc -l <"$folder/list") snippets compile"
    rm -rf "$folder"
    return "$status"
}

#   compile_snippet BUILD_FOLDER FILE SCRATCH
compile_snippet() {
    local build="$1" snippet="$2" options=() output module
    output="$(mktemp -p "$3")"
    [ "${snippet##*/}" = main.swift ] || options=(-parse-as-library)
    for module in CRedisPOSIX CRedisLibevent CRedisOpenSSL; do
        options+=(-Xcc "-fmodule-map-file=Sources/$module/module.modulemap")
    done
    if grep -q '^import PackageDescription' "$snippet"; then
        options+=(-I "$(dirname "$(readlink -f "$(command -v swiftc)")")/../lib/swift/pm/ManifestAPI")
        options+=(-package-description-version "$(sed -n 's|^// swift-tools-version: ||p' "$snippet").0")
    fi
    swiftc -swift-version 6 -warnings-as-errors "${options[@]}" -I "$build/Modules" -c "$snippet" -o "$output.o" >"$output" 2>&1 ||
        { echo "does not compile: $snippet"; head -n 40 "$output"; return 1; }
}
