/// How much may wait between the link and its reader. What happens when more comes is the overflow policy's to say.
///
/// Every event counts what it holds: a message its names, its payload and 48 to 88 bytes of bookkeeping; an invalidation its
/// keys; a confirmation, a refusal, a link event or a gap its names and texts, too, and 32 to 300 bytes around each. A gap
/// names all that was subscribed: with some hundred thousands of subscriptions `bytes` should be larger than it would have to
/// be for the messages. Gaps, link events and refusals are never dropped; when more than 1 MiB or 256 of them wait beyond the
/// limit, gaps are told as one, and of link events the last.
public struct RedisBufferLimit: Sendable, Hashable {
    /// At most that many events. The default is 262,144.
    public var events: Int
    /// At most that many bytes, bookkeeping included. The default is 64 MiB.
    public var bytes: Int
    /// At most that many of these bytes are pushes of kinds that the library does not know, each with 112 bytes for each of its
    /// values. One that would be more than that is dropped when it comes, whatever the policy, with a `.drop` in its place; it
    /// takes no room from anything else. The default is 1 MiB.
    public var pushBytes: Int

    /// Creates a limit; each value has the default that its property names.
    public init(events: Int = 262_144, bytes: Int = 64 << 20, pushBytes: Int = 1 << 20) {
        self.events = events
        self.bytes = bytes
        self.pushBytes = pushBytes
    }
}
