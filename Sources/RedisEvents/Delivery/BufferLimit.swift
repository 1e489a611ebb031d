/// How much may wait between the link and its reader. What happens when more comes is the overflow policy's to say.
public struct BufferLimit: Sendable, Hashable {
    /// At most that many events. The default is 262,144.
    public var events: Int
    /// At most that many bytes, bookkeeping included. The default is 64 MiB.
    public var bytes: Int

    /// Creates a limit; each value has the default that its property names.
    public init(events: Int = 262_144, bytes: Int = 64 << 20) {
        self.events = events
        self.bytes = bytes
    }
}
