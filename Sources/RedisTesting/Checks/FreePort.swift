/// TCP ports that nobody uses at the moment.
public enum FreePort {
    /// A port that is free on 127.0.0.1, and on ::1 where this machine has IPv6.
    ///
    /// The port is asked from the kernel, then let go: another process may take it before the caller does, so the
    /// caller should be ready to ask again. Blocks only for a moment; may be called from any thread.
    ///
    /// - Returns: A port between 1024 and 65535.
    /// - Throws: ``RedisTestingError/Code/systemCallFailed`` when no port is to be had.
    public static func next() throws(RedisTestingError) -> Int {
        let hasIPv6 = hasIPv6Loopback
        var lastError = RedisTestingError(.systemCallFailed, "no free port")
        for _ in 0..<20 {
            let first = try ListeningSocket(.loopback(port: 0))
            defer { first.close() }
            guard hasIPv6 else { return first.port }
            do throws(RedisTestingError) {
                try ListeningSocket(.loopbackIPv6(port: first.port)).close()
                return first.port
            } catch {
                lastError = error  // free on the one address, taken on the other
            }
        }
        throw lastError
    }

    /// Whether ::1 can be bound on this machine: often not in containers.
    static var hasIPv6Loopback: Bool {
        do throws(RedisTestingError) {
            try ListeningSocket(.loopbackIPv6(port: 0)).close()
            return true
        } catch {
            return false
        }
    }
}
