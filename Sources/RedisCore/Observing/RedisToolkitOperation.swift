/// What a program does with something of RedisToolkit, as a `RedisCommandObserver` sees it. The commands of which it
/// consists are operations of their own. It contains no value.
public struct RedisToolkitOperation: Sendable, Hashable {
    /// With what it is done, a word of a closed set: `lock`, `semaphore`, `queue`, `limiter`, `cache` and so on.
    public let subject: String
    /// What is done, a word of a closed set: `acquire`, `hold`, `put`, `get` and so on.
    public let verb: String
    /// The name of the lock, the queue and so on, if the observer wants keys.
    public let name: RedisBytes?

    /// Both words: `lock acquire`.
    public var label: String { "\(subject) \(verb)" }

    package init(subject: String, verb: String, name: RedisBytes?) {
        self.subject = subject
        self.verb = verb
        self.name = name
    }
}

/// How a `RedisToolkitOperation` ended.
public struct RedisToolkitOutcome: Sendable {
    /// The error, if there is one.
    public var error: RedisError?
    /// Whether what was wanted was not to be had: a lock that others have, a request above a limit. It is no error.
    public var isDenied: Bool
    /// From the call to its result, with all the time of waiting.
    public var duration: Duration

    package init(error: RedisError? = nil, isDenied: Bool = false, duration: Duration) {
        self.error = error
        self.isDenied = isDenied
        self.duration = duration
    }

    /// How it ended, in a word of a closed set: `done`, `denied`, or the kind of error, such as `timedOut`.
    public var result: String {
        guard let error else { return isDenied ? "denied" : "done" }
        return RedisOperationOutcome(error: error, duration: duration).errorType ?? error.code.description
    }
}
