/// When a link that was lost, or never came about, is tried again.
public struct RedisReconnectPolicy: Sendable, Hashable {
    /// Whether a lost link is opened again. The default is yes, for ever.
    public var isEnabled: Bool
    /// The first delay, before jitter. The default is 100 ms.
    public var minimumDelay: Duration
    /// The delays double up to this one. The default is 5 s.
    public var maximumDelay: Duration
    /// How long the very first connect may be retried. The default is zero: if the server cannot be reached at first, the
    /// caller learns so at once. Refused credentials are never retried at first.
    public var initialPatience: Duration

    /// Creates a policy; each value has the default that its property names.
    public init(
        isEnabled: Bool = true,
        minimumDelay: Duration = .milliseconds(100),
        maximumDelay: Duration = .seconds(5),
        initialPatience: Duration = .zero
    ) {
        self.isEnabled = isEnabled
        self.minimumDelay = minimumDelay
        self.maximumDelay = maximumDelay
        self.initialPatience = initialPatience
    }
}
