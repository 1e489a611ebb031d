# shellcheck shell=bash
# The scripts themselves: no script of somebody else's is run from the network, and what is fetched is pinned. Behind `expect`.

scripts=(.ci/run Tools/test Tools/docs Tools/quickstart Tools/servers Tools/{bench,cost,fuzz}/run Tools/{adopter,collisions}/check Tools/lib/{check,confine,offline} Tools/lib/{,checks/}*.sh)
if command -v shellcheck >/dev/null; then
    shellcheck -x "${scripts[@]}" || failures=$((failures + 1))
fi
# No script of somebody else's is run from the network, and nothing is fetched but by way of what pins it.
expect "what fetches by itself" "" "$(grep -nE '(^|[^-a-z])(curl|wget|eval|npm|gem)[[:space:]]' "${scripts[@]}" | grep -v ':expect' || true)"

# Each version that is taken from PyPI has a hash.
. Tools/lib/packages.sh
. Tools/lib/servers.sh
expect "servers without hashes" "" "$(servers_pinned | grep -vE '^[^|]+\|[0-9.]+\|[^|]+==[0-9][^|]*\|[0-9.]+( [a-z0-9_]+)?\|[0-9a-f]{64}\|[^|]+\|[0-9a-f]{64}\|([a-z]+( [a-z0-9.+-]+)+)?$' || true)"
for requirements in Tools/bench/peers/*.requirements; do
    expect "$requirements without hashes" "" \
        "$(sed -e ':a' -e '/\\$/N; s/\\\n//; ta' "$requirements" | grep -vE '^(#.*|[a-z-]+==[0-9.]+( +--hash=sha256:[0-9a-f]{64})+)$' || true)"
done
