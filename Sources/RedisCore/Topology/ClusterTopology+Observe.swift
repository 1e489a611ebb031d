internal import RedisReactor

extension ClusterTopology {
    /// Stands for an observer, which is called until `cancel`, or until the topology is closed.
    package final class Observation: Sendable {
        private let topology: ClusterTopology
        private let number: Int

        fileprivate init(_ topology: ClusterTopology, _ number: Int) {
            self.topology = topology
            self.number = number
        }

        /// Ends it: on the loop at once, elsewhere after a call that is under way. Idempotent.
        package func cancel() { _ = topology.state.withLock { $0.observers.remove(number) } }
    }

    /// Calls `body` on the loop with each shape that differs from the last, in turns of the loop of their own; several
    /// changes may come as one. When there is a shape, the first call comes at once when this is called on the loop,
    /// else soon.
    package func observe(_ body: @escaping @Sendable (ClusterShape) -> Void) -> Observation {
        observe(wantsAll: false, body)
    }

    /// The same with each shape that is accepted, also when it is as the last was. What MOVED told is not waited for
    /// here, nor told of.
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

    /// Lets the loop tell whoever has not been told of what there is.
    func tellObservers() {
        loop.execute { [weak self] in self?.tellNow() }
    }

    private func tellNow() {
        for number in state.withLock({ $0.observers.due() }) {
            // Each of them may end the others, or bring about another shape; that is told in a turn of its own.
            let (body, shape) = state.withLock { ($0.observers.body(of: number), $0.machine.shape) }
            if let body, let shape { body(shape) }
        }
    }
}

/// Who is told of shapes, and of which they have been told.
struct TopologyObservers {
    private struct Observer {
        let body: @Sendable (ClusterShape) -> Void
        /// Of each shape that came, not only of those that differ.
        let wantsAll: Bool
        var seen: Int
    }

    private var observers: [Int: Observer] = [:]
    private var nextNumber = 1
    private var shapes = 0
    private var verifications = 0

    /// There is another shape.
    mutating func shapeChanged() { shapes += 1 }

    /// A shape was accepted, the same as before or not.
    mutating func shapeVerified() { verifications += 1 }

    /// Adds one who has been told of nothing, or of what there is.
    mutating func add(wantsAll: Bool, isTold: Bool, _ body: @escaping @Sendable (ClusterShape) -> Void) -> Int {
        defer { nextNumber += 1 }
        let now = wantsAll ? verifications : shapes
        observers[nextNumber] = Observer(body: body, wantsAll: wantsAll, seen: isTold ? now : now - 1)
        return nextNumber
    }

    /// Returns the observer's body, to be freed outside the lock.
    mutating func remove(_ number: Int) -> (@Sendable (ClusterShape) -> Void)? {
        observers.removeValue(forKey: number)?.body
    }

    /// Who has to be told of something, in the order in which they came. They count as told.
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

    /// How to tell one who has not left.
    func body(of number: Int) -> (@Sendable (ClusterShape) -> Void)? { observers[number]?.body }
}
