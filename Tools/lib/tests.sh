# shellcheck shell=bash
# Running the tests of a build. They run one at a time, because several of them count what the whole process holds, or how long
# something takes; but in several processes beside each other, because most of them wait for servers.

# A test program that writes no line for so many seconds hangs. With --soak single tests take minutes.
silence_limit="${REDIS_EVENTS_SILENCE:-180}"
[ -z "${REDIS_EVENTS_SOAK:-}" ] || silence_limit="${REDIS_EVENTS_SILENCE:-900}"

# Runs the tests with the given tags, a process for each group of tags; "cluster 1/2" is every other suite of those. What the first
# process writes is shown at once, what the others write at the end. Tags that begin with "-" leave tests out everywhere.
#   run_tests FOLDER GROUP… [-TAG]…
run_tests() {
    local program="$1/redis-eventsPackageTests.xctest" status=0 group logs process without=() groups=()
    local processes=() tags=() arguments=()
    shift
    for group in "$@"; do
        case $group in -*) without+=("${group#-}") ;; *) groups+=("$group") ;; esac
    done
    logs="$(mktemp -d)"
    Tools/lib/select --list "$program" >"$logs/list" || return 1
    for group in "${groups[@]}"; do
        read -ra tags <<<"$group"
        Tools/lib/select "$logs/list" "${tags[@]}" --without "${without[@]}" >"$logs/${group//\//-of-}.arguments" || return 1
    done
    for group in "${groups[@]:1}"; do
        mapfile -t arguments <"$logs/${group//\//-of-}.arguments"
        # Without any network but the loopback interface: most of their servers were downloaded.
        NO_COLOR=1 Tools/lib/watch "$silence_limit" Tools/lib/offline "$program" --testing-library swift-testing --no-parallel \
            "${arguments[@]}" >"$logs/${group//\//-of-}.log" 2>&1 &
        processes+=($!)
    done
    mapfile -t arguments <"$logs/${groups[0]//\//-of-}.arguments"
    NO_COLOR=1 Tools/lib/watch "$silence_limit" "$program" --testing-library swift-testing --no-parallel "${arguments[@]}" 2>&1 |
        tee "$logs/${groups[0]//\//-of-}.log" || status=1
    for process in "${processes[@]}"; do wait "$process" || status=1; done
    for group in "${groups[@]:1}"; do
        printf '\n-- %s\n' "$group"
        cat "$logs/${group//\//-of-}.log"
    done
    printf '\n-- the slowest suites of each process, in seconds\n'
    for group in "${groups[@]}"; do
        printf '%s: %s\n' "$group" "$(sed -nE 's/^✔ Test run with ([0-9]+ tests).* after ([0-9.]+) seconds.*/\1, \2 s/p' "$logs/${group//\//-of-}.log")"
        sed -nE 's/^[✔✘] Suite "?(.*[^"])"? (passed|failed) after ([0-9.]+) seconds.*/\3  \1/p' "$logs/${group//\//-of-}.log" | sort -rn | sed -n 1,12p
    done
    # Once more, where whoever looks at the end of the output finds it.
    if [ "$status" != 0 ]; then
        printf '\n-- failed\n'
        grep -hE -A 4 '✘|SUMMARY|WARNING: ThreadSanitizer|Fatal error' "$logs"/*.log |
            grep -vE '^(#[0-9]|Thread [0-9]|$)' | tee -a "${failures:-/dev/null}" || true
    fi
    rm -rf "$logs"
    return "$status"
}
