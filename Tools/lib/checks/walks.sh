# shellcheck shell=bash
# The walks of CONTRIBUTING.md: lists of `file: function` under three headings, each of which must exist, file and function in it.
# A file is named by its path below Sources.
walks="$(awk '/^#+ / { walk = /^### (A message|A MONITOR line|A subscribe)$/ ? substr($0, 5) : "" }
    walk != "" && match($0, /^[0-9]+\. `[^`]+: [^`]+`/) {
        split($0, parts, "`"); split(parts[2], hop, ": "); print walk "|" hop[1] "|" hop[2] }' CONTRIBUTING.md)"
for walk in "A message" "A MONITOR line" "A subscribe"; do
    case $walks in *"$walk|"*) ;; *) expect "the walk \"$walk\" in CONTRIBUTING.md" "a list of hops" "nothing" ;; esac
done
while IFS='|' read -r walk file function; do
    found=absent
    if [ -f "Sources/$file" ] && grep -qE "\b(func|var|let) $function\b|^ *(@[a-z]+ |[a-z]+ )*$function\(" "Sources/$file"; then found=there; fi
    expect "$walk: $file: $function" there "$found"
done <<<"$walks"
hops="$(grep -c '^A message|' <<<"$walks" || true)"
[ "$hops" -le 10 ] || expect "hops of a message" "at most ten" "$hops"
