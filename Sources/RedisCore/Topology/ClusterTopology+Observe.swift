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
        package func cancel() { topology.state.withLock { $0.observers.remove(number) } }
    }

    /// Calls `body` on the loop with each shape that differs from the last, in turns of the loop of their own; several changes
    /// may come as one. When there is a picture, the first call comes at once when this is called on the loop, else soon.
    package func observe(_ body: @escaping @Sendable (ClusterShape) -> Void) -> Observation {
        observe(wantsAll: false, body)
    }

    /// The same with each picture that is accepted, also when it is as the last was. What MOVED told is not waited for here, nor
    /// told of.
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
