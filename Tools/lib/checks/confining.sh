# shellcheck shell=bash
# shellcheck disable=SC2154 # of Tools/lib/check
# What a downloaded program can do: one that tries takes the place of a server.
cat >"$folder/server" <<'SCRIPT'
#!/bin/sh
# The configuration comes first, as a server's does.
configuration=$1 home=$2 tree=$3
echo "process $$"
echo "user $(id -u)"
sed -nE 's/^(NoNewPrivs|CapPrm|CapEff):[[:space:]]+0*/\1 /p' /proc/self/status
echo "cores $(ulimit -c)"
echo "environment $(env | sed 's/=.*//' | grep -vxE 'LC_ALL|PATH|TZ|PWD|OLDPWD|SHLVL|_' | tr '\n' ' ')"
[ ! -e "$home/secret" ] || echo "reads homes"
[ ! -e "$tree/Package.swift" ] || echo "reads the tree"
if [ "$configuration" = --version ]; then
    echo "interfaces $(grep -c : /proc/net/dev)"
else
    cat "$configuration" >"${configuration%/*}/copy" && echo "writes to its folder"
fi
SCRIPT
chmod 755 "$folder/server"
mkdir "$folder/home"
echo word >"$folder/home/secret"
sum="$(sha256sum <"$folder/server")"
sum="${sum%% *}"
confined() { HOME="$folder/home" REDISCLI_AUTH=word Tools/lib/confine "$folder/server" "$sum" stamp "$@" "$folder/home" "$root" & }
report() { grep -c "^$1$" "$folder/report" || true; }

own="$(mktemp -d "${TMPDIR:-/tmp}/redis-testing-check-XXXXXX")"
echo "port 0" >"$own/redis.conf"
chmod 600 "$own/redis.conf"
confined "$own/redis.conf" >"$folder/report" 2>&1
process=$!
wait "$process" || true
expect "the process that was started" 1 "$(report "process $process")"
expect "its folder" 1 "$(report "writes to its folder")"
expect "core dumps" 1 "$(report "cores 0")"
expect "the environment" 1 "$(report "environment ")"
if command -v setpriv >/dev/null; then
    expect "new privileges" 1 "$(report "NoNewPrivs 1")"
    expect "capabilities" 2 "$(report "Cap[PE][rf][mf] ")"
    [ "$(id -u)" != 0 ] || expect "the user" 1 "$(report "user $(id -u nobody)")"
fi
namespaces=(--user --map-current-user --keep-caps)
[ "$(id -u)" != 0 ] || namespaces=()
if unshare "${namespaces[@]}" --mount mount -t tmpfs confined "$folder/home" 2>/dev/null; then
    expect "homes" 0 "$(report "reads homes")"
    expect "the tree" 0 "$(report "reads the tree")"
fi
if unshare "${namespaces[@]}" --mount --net true 2>/dev/null; then
    confined --version >"$folder/report" 2>&1
    wait $! || true
    expect "interfaces" 1 "$(report "interfaces 1")"
fi
# The network of those who test it.
if unshare "${namespaces[@]}" --net ip link set lo up 2>/dev/null; then
    expect "interfaces of tests" "1" "$(Tools/lib/offline grep -c : /proc/net/dev)"
    expect "loopback for tests" "ok" "$(Tools/lib/offline python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); \
socket.create_connection(s.getsockname()); print("ok")' 2>&1 || true)"
fi
expect "the status of tests" 7 "$(Tools/lib/offline sh -c 'exit 7' || echo $?)"
# One that is started with libraries of its own.
mkdir "$folder/lib"
printf '#!/bin/sh\necho "$1 $2"\nshift 2\nexec "$@"\n' >"$folder/lib/ld-linux-x86-64.so.2"
chmod 755 "$folder/lib" "$folder/lib/ld-linux-x86-64.so.2"
confined --version >"$folder/report" 2>&1
process=$!
wait "$process" || true
expect "the libraries" 1 "$(report "--library-path $folder/lib")"
expect "the process with libraries" 1 "$(report "process $process")"
rm -r "$folder/lib"
# Another program than the one that was pinned.
echo "# changed" >>"$folder/server"
confined --version >"$folder/report" 2>&1
wait $! || true
expect "a program that was changed" 0 "$(report "user .*")"
