extension FaultProxy {
    /// Which connections a fault is for.
    public enum Target: Hashable, Sendable {
        /// Those that are open now.
        case open
        /// Those that are accepted from now on.
        case new
        /// Both.
        case all
        /// The one that was accepted as number `index`, counted from 0.
        case connection(index: Int)
    }

    /// Begins a fault. It adds to those before it, except where it is of the same kind: then it takes its place.
    ///
    /// - Parameters:
    ///   - fault: What to do. On new connections it begins when they are accepted; ``Fault/resume`` takes back what new
    ///     ones would have got.
    ///   - target: Which connections to do it to.
    public func apply(_ fault: Fault, to target: Target = .all) {
        perform { engine in
            if target == .new || target == .all {
                if fault == .resume { engine.standingFaults = [] } else { engine.standingFaults.append(fault) }
            }
            for connection in engine.connections.values where target.includes(connection.index) {
                if case .cut(let cut) = fault {
                    engine.cut(connection, cut)
                } else if connection.phase != .lingering {
                    connection.begin(fault, at: .now)
                    engine.pump(connection)
                }
            }
        }
    }

    /// Ends every open connection. New ones are not concerned.
    public func cutAll(_ cut: Fault.Cut) { apply(.cut(cut), to: .open) }

    /// Holds everything back, on open and new connections, until ``resume()``.
    public func stall(_ directions: FaultDirections = .both) { apply(.stall(directions)) }

    /// Makes every open connection half-open. New ones are not concerned: a client that notices gets a good one.
    public func halfOpen() { apply(.halfOpen, to: .open) }

    /// Ends the standing faults of open and new connections. Half-open ones stay so.
    public func resume() { apply(.resume) }

    /// Listens no more: connects are refused until ``accept()``. Open connections are not concerned. The port stays the
    /// proxy's.
    public func refuse() { perform { $0.refuse() } }

    /// Listens again after ``refuse()``, and accepts as usual after ``closeNew(_:count:)``.
    ///
    /// - Throws: ``RedisTestingError/Code/systemCallFailed`` when that cannot be done.
    public func accept() throws(RedisTestingError) {
        let result: Result<Void, RedisTestingError>? = perform { engine in
            engine.closesNew = nil
            return Result { () throws(RedisTestingError) in try engine.accept() }
        }
        try result?.get()
    }

    /// Accepts connections and closes them at once, without one to the server.
    ///
    /// - Parameters:
    ///   - cut: How to close them.
    ///   - count: How many; `nil` for all until ``accept()``.
    public func closeNew(_ cut: Fault.Cut, count: Int? = nil) { perform { $0.closesNew = (cut, count) } }
}

extension FaultProxy.Target {
    fileprivate func includes(_ index: Int) -> Bool {
        switch self {
        case .open, .all: true
        case .new: false
        case .connection(let wanted): wanted == index
        }
    }
}
