/// Learns of the commands of a `RedisClient`, of its links and of its pool, for metrics and traces.
///
/// It is set as `RedisConfiguration.commandObserver`. An observer is called in the middle of the client's work, on
/// tasks and on the event loop: it must be quick, must not block and must not call the client. Each function has a
/// default that does nothing.
public protocol RedisCommandObserver: Sendable {
    /// Whether `RedisOperation.keys` is filled. By default it is not. Read before each command.
    var wantsKeys: Bool { get }

    /// Called in the caller's task, before anything is sent.
    ///
    /// - Parameter operation: What is sent.
    /// - Returns: What `operationEnded` gets, such as a span; `nil` where there is no need.
    func operationBegan(_ operation: RedisOperation) -> (any Sendable)?

    /// Called once for each operation that began, in the caller's task, when its result is known.
    ///
    /// - Parameters:
    ///   - operation: What was sent.
    ///   - outcome: How it ended.
    ///   - token: What `operationBegan` has returned.
    func operationEnded(_ operation: RedisOperation, _ outcome: RedisOperationOutcome, token: (any Sendable)?)

    /// Called in the caller's task when something of RedisToolkit begins to work.
    ///
    /// - Parameter operation: What it does.
    /// - Returns: What `toolkitEnded` gets, such as a span; `nil` where there is no need.
    func toolkitBegan(_ operation: RedisToolkitOperation) -> (any Sendable)?

    /// Called once for each operation of RedisToolkit that began, when its result is known.
    ///
    /// - Parameters:
    ///   - operation: What it did.
    ///   - outcome: How it ended.
    ///   - token: What `toolkitBegan` has returned.
    func toolkitEnded(_ operation: RedisToolkitOperation, _ outcome: RedisToolkitOutcome, token: (any Sendable)?)

    /// Called on the event loop when a link is ready.
    ///
    /// - Parameters:
    ///   - node: The server.
    ///   - time: How long the connect and the handshake took, without the lookup of the name.
    func linkOpened(to node: RedisEndpoint, after time: Duration)

    /// Called on the event loop when a link that was ready has ended.
    ///
    /// - Parameters:
    ///   - node: The server.
    ///   - reason: The name of a `RedisDisconnect.Reason`, or `closed` when this side has closed it.
    func linkClosed(to node: RedisEndpoint, because reason: String)

    /// Called when a caller got an exclusive link, or did not.
    ///
    /// - Parameters:
    ///   - time: How long the caller waited.
    ///   - error: Why there was none; `nil` for a link.
    func linkLent(after time: Duration, error: RedisError?)

    /// Called when the pool of exclusive links has changed. Calls do not overlap, and the last one has the last state.
    ///
    /// - Parameter pool: The pool now.
    func poolChanged(_ pool: RedisPoolState)
}

extension RedisCommandObserver {
    /// No keys.
    public var wantsKeys: Bool { false }

    /// Nothing.
    public func operationBegan(_ operation: RedisOperation) -> (any Sendable)? { nil }

    /// Does nothing.
    public func operationEnded(_ operation: RedisOperation, _ outcome: RedisOperationOutcome, token: (any Sendable)?) {}

    /// Nothing.
    public func toolkitBegan(_ operation: RedisToolkitOperation) -> (any Sendable)? { nil }

    /// Does nothing.
    public func toolkitEnded(
        _ operation: RedisToolkitOperation,
        _ outcome: RedisToolkitOutcome,
        token: (any Sendable)?
    ) {}

    /// Does nothing.
    public func linkOpened(to node: RedisEndpoint, after time: Duration) {}

    /// Does nothing.
    public func linkClosed(to node: RedisEndpoint, because reason: String) {}

    /// Does nothing.
    public func linkLent(after time: Duration, error: RedisError?) {}

    /// Does nothing.
    public func poolChanged(_ pool: RedisPoolState) {}
}

/// The exclusive links of a `RedisClient`, as an observer sees them.
public struct RedisPoolState: Sendable, Hashable {
    /// Links that are lent.
    public var lent: Int
    /// Links that are open and not lent.
    public var idle: Int
    /// Callers that wait for a link.
    public var waiting: Int
    /// How many links there may be at once, to each node (`RedisPoolConfiguration.maximum`).
    public var maximum: Int

    package init(lent: Int, idle: Int, waiting: Int, maximum: Int) {
        self.lent = lent
        self.idle = idle
        self.waiting = waiting
        self.maximum = maximum
    }
}

/// Several observers in the place of one, such as metrics and traces.
public struct RedisCommandObservers: RedisCommandObserver {
    private let observers: [any RedisCommandObserver]

    /// Observers that are called in this order, and in the opposite order at the end of an operation.
    public init(_ observers: any RedisCommandObserver...) { self.observers = observers }

    /// Whether one of them wants keys.
    public var wantsKeys: Bool { observers.contains { $0.wantsKeys } }

    private struct Tokens: Sendable {
        let tokens: [(any Sendable)?]
    }

    /// Calls all of them.
    public func operationBegan(_ operation: RedisOperation) -> (any Sendable)? {
        Tokens(tokens: observers.map { $0.operationBegan(operation) })
    }

    /// Calls all of them.
    public func operationEnded(_ operation: RedisOperation, _ outcome: RedisOperationOutcome, token: (any Sendable)?) {
        let tokens = (token as? Tokens)?.tokens ?? []
        for (observer, token) in zip(observers, tokens).reversed() {
            observer.operationEnded(operation, outcome, token: token)
        }
    }

    /// Calls all of them.
    public func toolkitBegan(_ operation: RedisToolkitOperation) -> (any Sendable)? {
        Tokens(tokens: observers.map { $0.toolkitBegan(operation) })
    }

    /// Calls all of them.
    public func toolkitEnded(
        _ operation: RedisToolkitOperation,
        _ outcome: RedisToolkitOutcome,
        token: (any Sendable)?
    ) {
        let tokens = (token as? Tokens)?.tokens ?? []
        for (observer, token) in zip(observers, tokens).reversed() {
            observer.toolkitEnded(operation, outcome, token: token)
        }
    }

    /// Calls all of them.
    public func linkOpened(to node: RedisEndpoint, after time: Duration) {
        for observer in observers { observer.linkOpened(to: node, after: time) }
    }

    /// Calls all of them.
    public func linkClosed(to node: RedisEndpoint, because reason: String) {
        for observer in observers { observer.linkClosed(to: node, because: reason) }
    }

    /// Calls all of them.
    public func linkLent(after time: Duration, error: RedisError?) {
        for observer in observers { observer.linkLent(after: time, error: error) }
    }

    /// Calls all of them.
    public func poolChanged(_ pool: RedisPoolState) {
        for observer in observers { observer.poolChanged(pool) }
    }
}
