import RedisPOSIX

/// Turns host names into addresses without blocking a loop.
///
/// Names go to `getaddrinfo` on a few threads of their own rather than to libevent's evdns: evdns reads resolv.conf and
/// the hosts file by itself and does not know NSS, so that names from systemd-resolved, LDAP or mDNS, and the system's
/// address ordering, would differ from every other program of the machine. Lookups are rare and threads are cheap.
package enum Resolver {
    /// The most threads, because a resolver that hangs on every name must not use up all threads.
    private static let threadLimit = 4

    private struct Request {
        let host: String
        let port: UInt16
        let completion: @Sendable (Result<[SocketAddress], LookupError>) -> Void
    }

    private struct Pool {
        var threads = 0
        var requests: [Request] = []

        /// The next request. Without one, the calling thread ends.
        mutating func next() -> Request? {
            guard requests.isEmpty else { return requests.removeFirst() }
            threads -= 1
            return nil
        }

        /// Notes that a thread could not be started. Returns the requests that no other thread can serve.
        mutating func threadIsMissing() -> [Request] {
            threads -= 1
            return threads > 0 ? [] : exchange(&requests, with: [])
        }
    }

    private static let pool = Locked(Pool())

    /// Looks the host up and calls `completion` on another thread. If the system has no thread left, all waiting
    /// requests fail on this thread, as when the system has no memory, and the callers try again later.
    static func resolve(
        host: String,
        port: UInt16,
        _ completion: @escaping @Sendable (Result<[SocketAddress], LookupError>) -> Void
    ) {
        let needsThread = pool.withLock { pool in
            pool.requests.append(Request(host: host, port: port, completion: completion))
            guard pool.threads < threadLimit else { return false }
            pool.threads += 1
            return true
        }
        guard needsThread else { return }
        do throws(RedisSystemError) {
            _ = try PlainThread.start(name: "redis-lookup") { serve() }
        } catch {
            for request in pool.withLock({ $0.threadIsMissing() }) {
                request.completion(.failure(LookupError(host: request.host, code: EAI_MEMORY)))
            }
        }
    }

    /// Serves requests until none is left.
    private static func serve() {
        while let request = pool.withLock({ $0.next() }) {
            let (host, port) = (request.host, request.port)
            request.completion(SocketAddress.resolve(host: host, port: port, isNumeric: false))
        }
    }
}
