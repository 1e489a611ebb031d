# shellcheck shell=bash
# SECURITY.md tells each limit's name and default as the code does: the default stands in the comment above the property.
while IFS='|' read -r _ name default _; do
    name="${name//[\` ]/}" default="${default# }"
    default="${default% }" type="${name%.*}"
    mapfile -t files < <(grep -rlE "^ *public struct ${type##*.}[: ]" Sources </dev/null)
    # From the last line up, as far as the comment goes.
    declaration="$(cat "${files[@]}" /dev/null </dev/null | grep -E -B 12 "^ *public var ${name##*.}:" | tac |
        awk 'NR > 1 && !/^ *\/\/\// { exit } 1' | tac | sed 's,^ */// *,,' | tr '\n' ' ')" || true
    case $declaration in *"The default is $default"*) ;; *) expect "$name in SECURITY.md" "$default" "$declaration" ;; esac
done < <(grep -E '^\| `[A-Z][A-Za-z.]+\.[a-z]' SECURITY.md)
