/// Connects to one endpoint: looks the name up and tries each address in turn, with a deadline for each of the two.
///
/// Use one for one attempt. It belongs to its loop; `cancel` ends the attempt at the next step.
package actor Connector {
    /// A lookup that takes longer is mentioned in the error of a failed attempt.
    private static let slowness = Duration.seconds(1)

    private let loop: RedisEventLoop
    private let names: AddressCache
    private let waiter = LoopWaiter()
    private var writable: IOSource?
    private var isWritable = false
    private var answer: AddressCache.Addresses?
    private var answeredAt: ContinuousClock.Instant?
    private var isCancelled = false
    /// How long the attempt waited for the lookup of the name.
    package private(set) var lookupTime = Duration.zero

    /// An attempt on `loop` that looks names up in `names`.
    package init(on loop: RedisEventLoop, names: AddressCache = .shared) {
        self.loop = loop
        self.names = names
    }

    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    /// Connects within `timeout` after the name was looked up, for which there is `lookupTimeout`. With several
    /// addresses each gets an equal share of the time that is left when its turn comes, so that an address that drops
    /// packets does not use up all of it.
    ///
    /// If the lookup is slow, or fails temporarily, the previous addresses of the name are tried.
    package func connect(
        to endpoint: RedisEndpoint,
        timeout: Duration,
        lookupTimeout: Duration = .seconds(15)
    ) async throws(ConnectError) -> FileDescriptor {
        defer {
            waiter.removeTimer()
            writable = nil
        }
        switch endpoint {
        case .unix(let path):
            let address: SocketAddress
            do throws(RedisSystemError) { address = try SocketAddress(unixPath: path) } catch { throw .refused(error) }
            return try await connect(toOneOf: [address], within: timeout)
        case .tcp(let host, let port):
            let lookup = names.lookUp(host: host, port: port) { answer in
                self.loop.execute { self.assumeIsolated { $0.found(answer) } }
            }
            switch lookup {
            case .answered(let answer):
                let addresses: [SocketAddress]
                do throws(LookupError) { addresses = try answer.get() } catch { throw .lookup(error) }
                return try await connect(toOneOf: addresses, within: timeout)
            case .pending(let pending):
                defer { names.cancel(pending) }
                return try await connect(pending, timeout, lookupTimeout)
            }
        }
    }

    private func connect(_ pending: AddressCache.Pending, _ timeout: Duration, _ lookupTimeout: Duration)
        async throws(ConnectError) -> FileDescriptor
    {
        let start = ContinuousClock.now
        let known = pending.known
        let headStart = names.headStart - pending.began.duration(to: start)
        try await waitForAnswer(known.isEmpty ? lookupTimeout : min(headStart, lookupTimeout))
        lookupTime = start.duration(to: .now)
        if known.isEmpty && answer == nil { throw .lookupTimedOut(lookupTimeout) }
        do throws(ConnectError) {
            if let answer { return try await connect(by: answer, known, within: timeout) }
            do throws(ConnectError) { return try await connect(toOneOf: known, within: timeout) } catch {
                // No other caller gets the result that has come meanwhile.
                guard error != .cancelled, case .success(let addresses)? = answer, addresses != known else {
                    throw error
                }
                return try await connect(toOneOf: addresses, within: timeout)
            }
        } catch .cancelled { throw .cancelled } catch {
            let lookup = SlowLookup(duration: pending.began.duration(to: answeredAt ?? .now), isPending: answer == nil)
            guard lookup.isPending || lookup.duration >= Self.slowness else { throw error }
            throw .slowLookup(lookup, error)
        }
    }

    private func connect(by answer: AddressCache.Addresses, _ known: [SocketAddress], within timeout: Duration)
        async throws(ConnectError) -> FileDescriptor
    {
        switch answer {
        case .success(let addresses): return try await connect(toOneOf: addresses, within: timeout)
        case .failure(let failure):
            // A failing resolver says nothing about the server.
            guard failure.mayPass, !known.isEmpty else { throw .lookup(failure) }
            do throws(ConnectError) { return try await connect(toOneOf: known, within: timeout) } catch {
                throw error == .cancelled ? error : .lookup(failure)
            }
        }
    }

    private func connect(toOneOf addresses: [SocketAddress], within timeout: Duration) async throws(ConnectError)
        -> FileDescriptor
    {
        let deadline = ContinuousClock.now.advanced(by: timeout)
        var failure = ConnectError.timedOut
        for (index, address) in addresses.enumerated() {
            let left = ContinuousClock.now.duration(to: deadline)
            try startTimer(left / (addresses.count - index))
            do throws(ConnectError) { return try await connect(to: address) } catch {
                if error == .cancelled { throw error }
                failure = error
            }
        }
        throw failure
    }

    /// Gives the attempt up. `connect` throws `.cancelled`.
    package func cancel() {
        isCancelled = true
        waiter.wake()
    }

    /// Waits for the lookup, no longer than `limit`.
    private func waitForAnswer(_ limit: Duration) async throws(ConnectError) {
        guard limit > .zero else { return }
        try startTimer(limit)
        while answer == nil && !waiter.timerHasFired {
            if isCancelled { throw .cancelled }
            await waiter.wait()
        }
    }

    private func connect(to address: SocketAddress) async throws(ConnectError) -> FileDescriptor {
        if isCancelled { throw .cancelled }
        do throws(RedisSystemError) {
            let descriptor = try address.makeSocket()
            if try address.startConnect(descriptor) { return descriptor }
            try watch(descriptor)
            // The source has to be released before its descriptor is closed.
            defer { writable = nil }
            while !isWritable && !isCancelled && !waiter.timerHasFired { await waiter.wait() }
            if isWritable {
                if let error = descriptor.connectResult() { throw error }
                return descriptor
            }
        } catch { throw .refused(error) }
        throw isCancelled ? .cancelled : .timedOut
    }

    private func watch(_ descriptor: borrowing FileDescriptor) throws(RedisSystemError) {
        isWritable = false
        var source = try IOSource(.writable, of: descriptor.number, on: loop) {
            self.assumeIsolated { $0.becameWritable() }
        }
        source.enable()
        writable = consume source
    }

    private func startTimer(_ duration: Duration) throws(ConnectError) {
        do throws(RedisSystemError) {
            try waiter.startTimer(after: duration, on: loop) { self.assumeIsolated { $0.waiter.timerFired() } }
        } catch { throw .refused(error) }
    }

    private func becameWritable() {
        writable?.disable()
        isWritable = true
        waiter.wake()
    }

    private func found(_ answer: AddressCache.Addresses) {
        self.answer = answer
        answeredAt = .now
        waiter.wake()
    }
}

/// Why the connection failed.
package enum ConnectError: Error, Hashable, Sendable {
    /// The name could not be resolved.
    case lookup(LookupError)
    /// The name was not resolved within that time. What the lookup finds later, the next attempt uses.
    case lookupTimedOut(Duration)
    /// Every address was tried; this is the error of the last one.
    case refused(RedisSystemError)
    /// The deadline passed first.
    case timedOut
    /// The owner cancelled the attempt.
    case cancelled
    /// The error of an attempt whose name was slow to look up.
    indirect case slowLookup(SlowLookup, ConnectError)
}

/// Information about a slow lookup.
package struct SlowLookup: Hashable, Sendable {
    /// How long the lookup took, or has taken until now.
    package var duration: Duration
    /// Whether the lookup is still in progress, so that the previous addresses were tried.
    package var isPending: Bool
}
