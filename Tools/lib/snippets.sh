# shellcheck shell=bash
# What users of the library write, compiled as they write it: at the top level, with all kinds of entry, in loops of all forms; and
# the README's first example. Against the modules of a build, without linking.

#   compile_snippets BUILD_FOLDER
compile_snippets() {
    local build="$1" folder status=0 snippet options
    folder="$(mktemp -d)"
    # The first Swift block of the README.
    mkdir "$folder/readme"
    awk '/^```swift$/ { inside = 1; next } /^```$/ && inside { exit } inside' README.md >"$folder/readme/main.swift"
    for snippet in "$folder/readme/main.swift" Tests/Snippets/*.swift; do
        options=(-parse-as-library)
        [ "${snippet##*/}" != main.swift ] || options=()
        if ! swiftc -swift-version 6 -warnings-as-errors "${options[@]}" -I "$build/Modules" \
            -Xcc "-fmodule-map-file=Sources/CRedisPOSIX/module.modulemap" \
            -Xcc "-fmodule-map-file=Sources/CRedisLibevent/module.modulemap" \
            -Xcc "-fmodule-map-file=Sources/CRedisOpenSSL/module.modulemap" \
            -c "$snippet" -o "$folder/snippet.o" >"$folder/log" 2>&1; then
            echo "does not compile: $snippet"
            head -n 40 "$folder/log"
            status=1
        fi
    done
    rm -rf "$folder"
    [ "$status" != 0 ] || echo "the snippets compile"
    return "$status"
}
