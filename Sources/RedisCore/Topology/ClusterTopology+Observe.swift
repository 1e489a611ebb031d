internal import RedisReactor

extension ClusterTopology {
    /// Identifies an observer, which is called until `cancel`, or until the topology is closed.
    package final class Observation: Sendable {
        private let topology: ClusterTopology
        private let number: Int

        fileprivate init(_ topology: ClusterTopology, _ number: Int) {
            self.topology = topology
            self.number = number
        }

        /// Ends the observation: on the loop at once, elsewhere after a call that has begun. Idempotent.
        package func cancel() { _ = topology.state.withLock { $0.observers.remove(number) } }
    }

    /// Calls `body` on the loop with each shape that differs from the last, each time in a turn of its own. Several
    /// changes may be merged into one call. If there is a shape already, the first call comes at once if this is called
    /// on the loop, and otherwise soon.
    package func observe(_ body: @escaping @Sendable (ClusterShape) -> Void) -> Observation {
        observe(wantsAll: false, body)
    }

    /// Calls `body` with each accepted shape, even if it equals the last one. Changes by MOVED alone cause no call.
    package func observeRefresh(_ body: @escaping @Sendable (ClusterShape) -> Void) -> Observation {
        observe(wantsAll: true, body)
    }

    private func observe(wantsAll: Bool, _ body: @escaping @Sendable (ClusterShape) -> Void) -> Observation {
        let isHere = loop.isCurrent
        let (number, shape) = state.withLock { state in
            let shape = state.machine.shape
            let isTold = shape == nil || isHere
            return (state.observers.add(wantsAll: wantsAll, isTold: isTold, body), shape)
        }
        let observation = Observation(self, number)
        if isHere { shape.map(body) } else { tellObservers() }
        return observation
    }

    /// Makes the loop call the observers that do not have the current shape yet.
    func tellObservers() {
        loop.execute { [weak self] in self?.tellNow() }
    }

    private func tellNow() {
        for number in state.withLock({ $0.observers.due() }) {
            // Each observer may end others, or cause another shape, which is reported in a turn of its own.
            let (body, shape) = state.withLock { ($0.observers.body(of: number), $0.machine.shape) }
            if let body, let shape { body(shape) }
        }
    }
}

/// The observers of shapes, and which shape each has got.
struct TopologyObservers {
    private struct Observer {
        let body: @Sendable (ClusterShape) -> Void
        /// Whether the observer gets every accepted shape, not only changed ones.
        let wantsAll: Bool
        var seen: Int
    }

    private var observers: [Int: Observer] = [:]
    private var nextNumber = 1
    private var shapes = 0
    private var verifications = 0

    /// Notes a changed shape.
    mutating func shapeChanged() { shapes += 1 }

    /// Notes an accepted shape that may be the same as before.
    mutating func shapeVerified() { verifications += 1 }

    /// Adds an observer that has got nothing yet, or the current shape.
    mutating func add(wantsAll: Bool, isTold: Bool, _ body: @escaping @Sendable (ClusterShape) -> Void) -> Int {
        defer { nextNumber += 1 }
        let now = wantsAll ? verifications : shapes
        observers[nextNumber] = Observer(body: body, wantsAll: wantsAll, seen: isTold ? now : now - 1)
        return nextNumber
    }

    /// Removes an observer. Returns its body, to be released outside the lock.
    mutating func remove(_ number: Int) -> (@Sendable (ClusterShape) -> Void)? {
        observers.removeValue(forKey: number)?.body
    }

    /// The observers that have to be called, in the order in which they came. They count as called.
    mutating func due() -> [Int] {
        var due: [Int] = []
        for (number, var observer) in observers {
            let now = observer.wantsAll ? verifications : shapes
            guard observer.seen < now else { continue }
            observer.seen = now
            observers[number] = observer
            due.append(number)
        }
        return due.sorted()
    }

    /// The body of an observer that has not left.
    func body(of number: Int) -> (@Sendable (ClusterShape) -> Void)? { observers[number]?.body }
}
