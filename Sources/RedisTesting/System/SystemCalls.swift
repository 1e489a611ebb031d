import RedisPOSIX

extension RedisTestingError {
    /// The error for a C call that has just failed: `number` is its `errno`, read by the caller at once because any
    /// later call may overwrite it.
    static func systemCall(_ call: String, _ number: Int32) -> RedisTestingError {
        RedisTestingError(.systemCallFailed, "\(call): \(errorText(number))")
    }
}

/// The system's words for an `errno` value.
func errorText(_ number: Int32) -> String { RedisSystemError(call: "", code: number).reason }

/// The value of an environment variable, `nil` when it is unset or empty.
func environmentVariable(_ name: String) -> String? {
    let text = ThisProcess.environment(name).map { String(decoding: $0, as: UTF8.self) } ?? ""
    return text.isEmpty ? nil : text
}

/// Blocks the calling thread for `milliseconds`.
func sleepBlocking(milliseconds: Int32) {
    usleep(UInt32(max(milliseconds, 0)) * 1000)
}

extension SocketAddress {
    /// A socket in the file system.
    ///
    /// - Throws: `systemCallFailed` when the path is too long for an address (107 bytes on Linux).
    package static func unix(path: String) throws(RedisTestingError) -> SocketAddress {
        do throws(RedisSystemError) { return try SocketAddress(unixPath: path) } catch {
            throw .systemCall("socket path \(path)", error.code)
        }
    }

    /// A socket in the file system where there is a path, or else a port of 127.0.0.1.
    ///
    /// - Throws: `systemCallFailed` when the path is too long for an address (107 bytes on Linux).
    static func local(path: String?, port: Int) throws(RedisTestingError) -> SocketAddress {
        if let path { try unix(path: path) } else { loopback(port: port) }
    }

    /// Looks a host up; blocks for as long as the system's resolver does. An address in figures needs no lookup.
    ///
    /// - Throws: `connectionFailed` when the host has no address.
    static func resolve(host: String, port: Int) throws(RedisTestingError) -> [SocketAddress] {
        switch resolve(host: host, port: UInt16(truncatingIfNeeded: port), isNumeric: false) {
        case .success(let addresses): return addresses
        case .failure(let error): throw RedisTestingError(.connectionFailed, "look up \(host): \(error.reason)")
        }
    }
}

extension PlainThread {
    /// Starts a thread that runs `body` and ends with it.
    ///
    /// - Throws: `systemCallFailed` when the system has no thread left.
    static func start(_ body: @escaping @Sendable () -> Void) throws(RedisTestingError) -> PlainThread {
        do throws(RedisSystemError) { return try start(name: "redis-testing", body) } catch {
            throw .systemCall(error.call, error.code)
        }
    }

    /// Runs blocking work on a thread of its own while the calling task is suspended. Not interrupted by
    /// cancellation: the work itself is bounded in time.
    ///
    /// - Throws: What the work throws, or `systemCallFailed` when the system has no thread left.
    static func run<Success: Sendable>(
        _ work: @escaping @Sendable () throws(RedisTestingError) -> Success
    ) async throws(RedisTestingError) -> Success {
        let result: Result<Success, RedisTestingError> = await withCheckedContinuation { continuation in
            do throws(RedisTestingError) {
                _ = try start { continuation.resume(returning: Result(catching: work)) }
            } catch {
                continuation.resume(returning: .failure(error))
            }
        }
        return try result.get()
    }

    /// Does blocking work several times at once, each on a thread of its own, and waits for all.
    ///
    /// - Parameters:
    ///   - count: How many times.
    ///   - work: What to do; it is given its number, from 0.
    /// - Returns: How each ended, in order.
    static func runAll<Success: Sendable>(
        _ count: Int,
        _ work: @escaping @Sendable (Int) throws(RedisTestingError) -> Success
    ) -> [Result<Success, RedisTestingError>] {
        let results = Locked([Result<Success, RedisTestingError>?](repeating: nil, count: count))
        let one: @Sendable (Int) -> Void = { index in
            let result = Result { () throws(RedisTestingError) in try work(index) }
            results.withLock { $0[index] = result }
        }
        var threads: [PlainThread] = []
        for index in 0..<count {
            do throws(RedisTestingError) {
                threads.append(try start { one(index) })
            } catch {
                one(index)  // there was no thread to be had
            }
        }
        for thread in threads { thread.join() }
        return results.withLock { $0.compactMap { $0 } }
    }
}
