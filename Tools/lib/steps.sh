# shellcheck shell=bash
# The steps of a script: each is run, timed and remembered, and one that fails does not stop those that do not need it.

steps=()
# The ends of what the failed ones printed are told once more at the end.
declare -A step_results=() step_seconds=() step_ends=()

# Runs a command as a step, unless a step that it needs has not passed. Must not stand in a condition, where Bash would go on behind
# an error inside the command.
#   attempt NAME [--after STEP]… -- COMMAND…
attempt() {
    local name="$1" needed=() step begin=$SECONDS status log
    shift
    while [ "$1" = --after ]; do needed+=("$2"); shift 2; done
    shift
    steps+=("$name")
    printf '\n== %s\n' "$name"
    for step in "${needed[@]}"; do
        [ "${step_results[$step]:-}" = passed ] && continue
        step_results[$name]="not run: it needs \"$step\""
        echo "${step_results[$name]}"
        return 0
    done
    log="$(mktemp)"
    set +e
    (
        set -e
        "$@"
    ) 2>&1 | tee "$log"
    status=${PIPESTATUS[0]}
    set -e
    step_seconds[$name]=$((SECONDS - begin))
    if [ "$status" = 0 ]; then
        step_results[$name]=passed
    else
        step_results[$name]=FAILED
        step_ends[$name]="$(tail -n 30 "$log")"
    fi
    rm -f "$log"
    return 0
}

# Tells what became of all steps. Returns whether all have passed.
report_steps() {
    local name status=0
    for name in "${steps[@]}"; do
        [ -z "${step_ends[$name]:-}" ] || printf '\n== the end of "%s"\n%s\n' "$name" "${step_ends[$name]}"
    done
    printf '\n== after %d s\n' "$SECONDS"
    for name in "${steps[@]}"; do
        [ "${step_results[$name]}" = passed ] || status=1
        printf '%6s  %-28s %s\n' "${step_seconds[$name]:+${step_seconds[$name]} s}" "$name" "${step_results[$name]}"
    done
    return "$status"
}
