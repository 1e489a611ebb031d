extension PubSub {
    /// Reads one event, like `getMessage`, or one of a single node.
    ///
    /// redis-py has this beside `get_message` because there only it reads shard channels. Here both read everything, and one
    /// timeout is one timeout, however many nodes there are.
    ///
    /// - Parameters:
    ///   - timeout: How long to wait, all together; zero only looks, `nil` waits for ever.
    ///   - ignoreSubscribeMessages: Whether to leave out confirmations this time.
    ///   - node: Only messages, gaps and link events of the server there. What else comes meanwhile stays, in order, for
    ///     other reads; when as much has been left as the buffer may hold, the outcome is `.nothing` until somebody reads it.
    /// - Throws: What `getMessage` throws.
    public func getShardedMessage(
        timeout: Duration? = .zero,
        ignoreSubscribeMessages: Bool = false,
        node: RedisEndpoint? = nil
    ) async throws(RedisError) -> ReadOutcome {
        guard let node else {
            return try await getMessage(timeout: timeout, ignoreSubscribeMessages: ignoreSubscribeMessages)
        }
        let deadline = timeout.map { ContinuousClock.now.advanced(by: $0) }
        while true {
            if Task.isCancelled { throw RedisError(.cancelled, "the task was cancelled") }
            let changes = setAside.changes
            switch next(of: node) {
            case .event(let event)?: return .event(event)
            case .message(let message, let handler)?: return try await handler.take(message)
            case .finished(nil)?: return .closed
            case .finished(let error?)?: throw error
            case nil: return .nothing
            case .empty?:
                if let deadline, ContinuousClock.now >= deadline { return .nothing }
                await mailbox.wait(until: deadline, on: engine.loop) { setAside.changes == changes }
            }
        }
    }

    /// The next event of a node, as far as it is there; the others are set aside. `nil` when there is no room for more.
    func next(of node: RedisEndpoint) -> Next? {
        let changes = setAside.changes
        // Others may wait for what they could have had from the buffer.
        defer { if setAside.changes != changes { mailbox.wakeReaders() } }
        return setAside.inTurn(isPutting: true) {
            var place = ReadingPlace()
            if let found = setAside.takeFirst(of: node) { return bind(found, &place) }
            while setAside.hasRoom(mailbox.limit) {
                let next = nextInMailbox(&place, ignoring: ignored)
                switch next {
                case .empty, .finished: return next
                case .event(let event):
                    if event.node == node { return next }
                    setAside.put(event)
                case .message(let message, _):
                    if message.node == node { return next }
                    // Not with the memory of all that came with it.
                    setAside.put(.message(message.compacted()))
                }
            }
            return nil
        }
    }
}

extension PubSub.Event {
    /// The server that the event came from, or is about; `nil` where that is none in particular.
    public var node: RedisEndpoint? {
        switch self {
        case .message(let message): message.node
        case .gap(let gap): gap.cause.node
        case .link(let event): event.node
        case .refused(let refusal): refusal.error.endpoint
        case .failed(let error): error.endpoint
        case .subscribed, .unsubscribed, .drop, .handlerFailed, .push: nil
        }
    }
}
