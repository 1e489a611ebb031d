import RedisPOSIX

/// Turns host names into addresses without blocking a loop.
///
/// Names go to `getaddrinfo` on a few threads of their own rather than to libevent's evdns: evdns reads resolv.conf and
/// the hosts file by itself and knows nothing of NSS, so that names from systemd-resolved, LDAP or mDNS, and the
/// system's address ordering, would differ from every other program of the machine. A lookup is rare; a thread is
/// cheap.
package enum Resolver {
    /// A resolver that hangs on every name must not eat threads without end.
    private static let threadLimit = 4

    private struct Request {
        let host: String
        let port: UInt16
        let completion: @Sendable (Result<[SocketAddress], LookupError>) -> Void
    }

    private struct Pool {
        var threads = 0
        var requests: [Request] = []

        /// The request to be served now; without one the thread that asks is at its end.
        mutating func next() -> Request? {
            guard requests.isEmpty else { return requests.removeFirst() }
            threads -= 1
            return nil
        }

        /// A thread could not be started. Returns the requests that no other is there to serve.
        mutating func threadIsMissing() -> [Request] {
            threads -= 1
            return threads > 0 ? [] : exchange(&requests, with: [])
        }
    }

    private static let pool = Locked(Pool())

    /// Looks the host up and calls `completion` on another thread. Where there is no thread to be had, all that wait
    /// for one fail, on this one, as when the system has no memory: whoever asked tries again later.
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

    /// Works until no request is left.
    private static func serve() {
        while let request = pool.withLock({ $0.next() }) {
            let (host, port) = (request.host, request.port)
            request.completion(SocketAddress.resolve(host: host, port: port, isNumeric: false))
        }
    }
}
