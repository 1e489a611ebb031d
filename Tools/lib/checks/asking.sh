# shellcheck shell=bash
# shellcheck disable=SC2154 # of Tools/lib/check
# Asking. An apt-get that only says that it was called; nothing is installed.
mkdir "$folder/bin"
printf '#!/bin/sh\nexit 1\n' >"$folder/bin/dpkg-query"
printf '#!/bin/sh\necho "called: $*"\n' >"$folder/bin/apt-get"
printf '#!/bin/sh\nexec "$@"\n' >"$folder/bin/sudo"
chmod 755 "$folder"/bin/*
cat >"$folder/install" <<'SCRIPT'
set -euo pipefail
. Tools/lib/packages.sh
need_package something
SCRIPT
# What came of it: "installed", "refused", and whether there was a question.
outcome() {
    grep -q 'to install, with apt-get from the distribution, as root.*: something' "$folder/said" || printf 'unsaid '
    if grep -qF 'Go on?' "$folder/said"; then printf 'asked '; fi
    if grep -q 'called: install .*something' "$folder/said"; then printf 'installed'; else printf 'refused'; fi
}
on_terminal() { printf '%s\n' "$1" | env -u CI PATH="$folder/bin:$PATH" "${@:2}" script -qec "bash $folder/install" /dev/null >"$folder/said" 2>&1 || true; }
if command -v script >/dev/null; then
    on_terminal n
    expect "a no" "asked refused" "$(outcome)"
    on_terminal ""
    expect "no answer" "asked refused" "$(outcome)"
    on_terminal y
    expect "a yes" "asked installed" "$(outcome)"
    on_terminal n assume_yes=1
    expect "--yes" "installed" "$(outcome)"
    on_terminal n CI=true
    expect "CI" "installed" "$(outcome)"
    on_terminal n CI=false
    expect "CI=false" "asked refused" "$(outcome)"
fi
env -u CI PATH="$folder/bin:$PATH" bash "$folder/install" </dev/null >"$folder/said" 2>&1 || true
expect "no terminal" "installed" "$(outcome)"
