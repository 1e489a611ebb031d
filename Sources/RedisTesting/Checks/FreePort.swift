/// TCP ports that nobody uses at the moment.
public enum FreePort {
    /// A port that is free on 127.0.0.1, and on ::1 where this machine has IPv6. It is drawn at random from those that
    /// the kernel does not give to clients, as far as there are any.
    ///
    /// The port is not held: another process may take it before the caller does, so the caller should be ready to ask
    /// again. Blocks only for a moment; may be called from any thread.
    ///
    /// - Returns: A port between 1024 and 65535.
    /// - Throws: ``RedisTestingError/Code/systemCallFailed`` when no port is to be had.
    public static func next() throws(RedisTestingError) -> Int {
        let reservation = try PortReservation()
        defer { reservation.close() }
        return reservation.port
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
