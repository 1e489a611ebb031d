/// Connects to one endpoint: looks the name up, tries each address in turn, keeps a deadline over all of it.
///
/// Use one for one attempt. It belongs to its loop; `cancel` ends the attempt at the next step.
package actor Connector {
    private let loop: EventLoop
    private var timer: TimerSource?
    private var writable: IOSource?
    private var isWritable = false
    private var waiter: CheckedContinuation<Void, Never>?
    /// Something happened while nobody waited.
    private var hasNews = false
    private var addresses: Result<[SocketAddress], LookupError>?
    private var hasTimedOut = false
    private var isCancelled = false
    /// The current address's share of the time is over.
    private var shareIsOver = false

    package init(on loop: EventLoop) { self.loop = loop }

    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    /// Connects within `timeout`, name lookup included. With several addresses each gets an equal share of the time that
    /// is left when its turn comes, so that one that swallows packets does not use it up.
    package func connect(to endpoint: Endpoint, timeout: Duration) async throws(ConnectError) -> FileDescriptor {
        defer {
            timer = nil
            writable = nil
        }
        let deadline = ContinuousClock.now.advanced(by: timeout)
        let candidates = try await candidates(for: endpoint, deadline: deadline)
        var failure = ConnectError.timedOut
        for (index, address) in candidates.enumerated() {
            let left = ContinuousClock.now.duration(to: deadline)
            try startTimer(left / (candidates.count - index), isShare: index + 1 < candidates.count)
            do throws(ConnectError) {
                return try await connect(to: address)
            } catch {
                if error == .cancelled || hasTimedOut { throw error }
                failure = error
            }
        }
        throw failure
    }

    /// Gives the attempt up. `connect` throws `.cancelled`.
    package func cancel() {
        isCancelled = true
        wake()
    }

    private func candidates(for endpoint: Endpoint, deadline: ContinuousClock.Instant) async throws(ConnectError)
        -> [SocketAddress]
    {
        switch endpoint {
        case .unix(let path):
            do throws(SystemError) { return [try SocketAddress(unixPath: path)] } catch { throw .refused(error) }
        case .tcp(let host, let port):
            try startTimer(ContinuousClock.now.duration(to: deadline), isShare: false)
            Resolver.resolve(host: host, port: port) { result in
                self.loop.execute { self.assumeIsolated { $0.found(result) } }
            }
            while true {
                try checkEnd()
                if let addresses {
                    do throws(LookupError) { return try addresses.get() } catch { throw .lookup(error) }
                }
                await wait()
            }
        }
    }

    private func connect(to address: SocketAddress) async throws(ConnectError) -> FileDescriptor {
        try checkEnd()
        do throws(SystemError) {
            let descriptor = try address.makeSocket()
            if try address.startConnect(descriptor) { return descriptor }
            try watch(descriptor)
            // The source has to be gone before its descriptor is closed.
            defer { writable = nil }
            while !isWritable && !mustEnd { await wait() }
            if isWritable {
                if let error = descriptor.connectResult() { throw error }
                return descriptor
            }
        } catch { throw .refused(error) }
        try checkEnd()
        throw .timedOut
    }

    private func watch(_ descriptor: borrowing FileDescriptor) throws(SystemError) {
        isWritable = false
        var source = try IOSource(.writable, of: descriptor.number, on: loop) {
            self.assumeIsolated { $0.becameWritable() }
        }
        source.enable()
        writable = consume source
    }

    private var mustEnd: Bool { isCancelled || hasTimedOut || shareIsOver }

    private func checkEnd() throws(ConnectError) {
        if isCancelled { throw .cancelled }
        if hasTimedOut || shareIsOver { throw .timedOut }
    }

    private func startTimer(_ duration: Duration, isShare: Bool) throws(ConnectError) {
        shareIsOver = false
        do throws(SystemError) {
            let source = try TimerSource(on: loop) { self.assumeIsolated { $0.timerFired(isShare: isShare) } }
            source.schedule(after: duration)
            timer = consume source
        } catch { throw .refused(error) }
    }

    private func timerFired(isShare: Bool) {
        if isShare { shareIsOver = true } else { hasTimedOut = true }
        wake()
    }

    private func becameWritable() {
        writable?.disable()
        isWritable = true
        wake()
    }

    private func found(_ result: Result<[SocketAddress], LookupError>) {
        addresses = result
        wake()
    }

    /// Suspends until something happened since the last wait. Callers look at the state in a loop.
    private func wait() async {
        await withCheckedContinuation { continuation in
            if hasNews { continuation.resume() } else { waiter = continuation }
            hasNews = false
        }
    }

    private func wake() {
        guard let waiting = waiter.take() else {
            hasNews = true
            return
        }
        waiting.resume()
    }
}
