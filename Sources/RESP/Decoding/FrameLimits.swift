/// How large a frame may grow before the link is given up.
///
/// The wire promises nothing about sizes: a header of ten bytes can announce a gigabyte. Every limit is checked when the
/// header is read, before any memory is taken for it.
public struct FrameLimits: Sendable, Hashable {
    /// How deep aggregates may nest. The default is 128.
    public var depth: Int
    /// How many values one frame may hold, nested ones and attributes included. The default is 4,194,304.
    public var elements: Int
    /// The longest bulk string in bytes. The default is 512 MiB, the server's own `proto-max-bulk-len`.
    public var bulkLength: Int
    /// The longest line in bytes. The default is 512 MiB: a MONITOR line has no length prefix and shows one byte of an
    /// argument as up to four.
    public var lineLength: Int
    /// The longest frame in bytes, all of it together. The default is 1 GiB.
    public var frameLength: Int

    /// Creates limits; each has the default that its property names.
    public init(
        depth: Int = 128,
        elements: Int = 4_194_304,
        bulkLength: Int = 512 << 20,
        lineLength: Int = 512 << 20,
        frameLength: Int = 1 << 30
    ) {
        self.depth = depth
        self.elements = elements
        self.bulkLength = bulkLength
        self.lineLength = lineLength
        self.frameLength = frameLength
    }
}
