/// How much may wait between the link and its reader. The overflow policy says what happens when more comes.
///
/// Every event counts the memory that it holds: a message its names, its payload and 40 to 80 bytes of bookkeeping; an
/// invalidation its keys; a confirmation, a refusal, a link event or a gap its names and texts and 32 to 300 bytes for
/// each. A gap contains all subscribed names: with several hundred thousand subscriptions, `bytes` should be larger
/// than the messages alone need. Gaps, link events and refusals are never dropped. When more than 1 MiB or 256 of them
/// wait beyond the limit, gaps are merged into one, and of link events the last is kept.
public struct RedisBufferLimit: Sendable, Hashable {
    /// At most that many events. The default is 262,144.
    public var events: Int
    /// At most that many bytes, bookkeeping included. The default is 64 MiB.
    public var bytes: Int
    /// Pushes of kinds that the library does not know may use at most that many of these bytes; each of their values
    /// counts 112 bytes. A push that exceeds this is dropped when it comes, whatever the policy, with a `.drop` in its
    /// place; it takes no room from other events. The default is 1 MiB.
    public var pushBytes: Int

    /// Creates a limit. Each value has the default that its property documents.
    public init(events: Int = 262_144, bytes: Int = 64 << 20, pushBytes: Int = 1 << 20) {
        self.events = events
        self.bytes = bytes
        self.pushBytes = pushBytes
    }
}
