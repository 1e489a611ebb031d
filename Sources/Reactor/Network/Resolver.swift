/// Turns host names into addresses without blocking a loop.
///
/// Names go to `getaddrinfo` on a few threads of their own rather than to libevent's evdns: evdns reads resolv.conf and
/// the hosts file by itself and knows nothing of NSS, so that names from systemd-resolved, LDAP or mDNS, and the
/// system's address ordering, would differ from every other program of the machine. A lookup is rare; a thread is cheap.
package enum Resolver {
    /// A resolver that hangs on every name must not eat threads without end.
    private static let threadLimit = 4

    private struct Pool {
        var threads = 0
        var requests: [@Sendable () -> Void] = []
    }

    private static let pool = Locked(Pool())

    /// Looks the host up and calls `completion` on another thread. (Or on this one, where there is no thread to be had.)
    static func resolve(
        host: String,
        port: UInt16,
        _ completion: @escaping @Sendable (Result<[SocketAddress], LookupError>) -> Void
    ) {
        let needsThread = pool.withLock { pool in
            pool.requests.append { completion(SocketAddress.resolve(host: host, port: port, isNumeric: false)) }
            guard pool.threads < threadLimit else { return false }
            pool.threads += 1
            return true
        }
        guard needsThread else { return }
        do throws(SystemError) {
            _ = try PlainThread.start(name: "redis-lookup") { serve() }
        } catch {
            // No thread to be had: slow is better than never.
            serve()
        }
    }

    /// Works until no request is left.
    private static func serve() {
        while true {
            let request = pool.withLock { pool -> (@Sendable () -> Void)? in
                guard !pool.requests.isEmpty else {
                    pool.threads -= 1
                    return nil
                }
                return pool.requests.removeFirst()
            }
            guard let request else { return }
            request()
        }
    }
}
