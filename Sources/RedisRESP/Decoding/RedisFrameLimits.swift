/// How large a frame may grow before the link is given up.
///
/// The wire promises nothing about sizes: a header of ten bytes can announce a gigabyte. Every limit is checked when
/// the header is read, before any memory is taken for it; a frame over one ends the link with `.frameTooLarge`, which
/// names it.
///
/// **What a link may take.** Until a frame is whole it lies in the read buffer, which holds what has really come, grows
/// by doubling and copies what it has: up to `2 × frameLength` for a moment. Beside it lie 24 bytes for each value of
/// the frame, 36 while they grow: up to `36 × elements`. With the defaults that is 166 MiB at most, for a server that
/// does its worst; a link on which small messages come has 64 KiB. What is copied out of a frame for a reader is
/// counted by `RedisBufferLimit`.
///
/// **Before the handshake is over** a link has limits of its own that nothing changes: 1 MiB for a frame and 65,536
/// values. So have the links on which the library asks for itself, but for CLIENT LIST (64 MiB) and the topology of a
/// cluster (8 MiB and 524,288 values).
public struct RedisFrameLimits: Sendable, Hashable {
    /// How deep aggregates may nest. The default is 128.
    public var depth: Int
    /// How many values one frame may hold, nested ones and attributes included. The default is 1,048,576, as many as a
    /// server takes arguments of one command: an invalidation tells all keys that one command or script has changed.
    public var elements: Int
    /// The longest bulk string in bytes. The default is 64 MiB, twice what servers keep for a subscriber unless they
    /// are told otherwise (`client-output-buffer-limit pubsub 32mb`): what is larger ends the link there already.
    public var bulkLength: Int
    /// The longest line in bytes. The default is 64 MiB: a MONITOR line has no length prefix and shows one byte of an
    /// argument as up to four, so that 16 MiB of binary arguments fit.
    public var lineLength: Int
    /// The longest frame in bytes, all of it together. The default is 65 MiB, for the longest payload and its names.
    public var frameLength: Int
    /// Who sets them.
    package var setting = Setting.limits

    /// Creates limits; each has the default that its property names.
    public init(
        depth: Int = 128,
        elements: Int = 1 << 20,
        bulkLength: Int = 64 << 20,
        lineLength: Int = 64 << 20,
        frameLength: Int = 65 << 20
    ) {
        self.depth = depth
        self.elements = elements
        self.bulkLength = bulkLength
        self.lineLength = lineLength
        self.frameLength = frameLength
    }

    /// What sets limits, for the error that names the one that was passed.
    package enum Setting: Sendable, Hashable {
        /// `RedisConfiguration.limits`.
        case limits
        /// `RedisConfiguration.replyLimits`.
        case replyLimits
        /// Nothing: they are the library's own.
        case fixed
    }
}

extension RedisFrameLimits {
    /// For replies to a user's own commands, which may be as large as a server keeps: 512 MiB for a bulk string (the
    /// server's own `proto-max-bulk-len`) and for a line, 1 GiB for a frame, 4,194,304 values.
    public static let replies = RedisFrameLimits(
        elements: 1 << 22,
        bulkLength: 512 << 20,
        lineLength: 512 << 20,
        frameLength: 1 << 30
    )

    /// For handshakes, and links whose longest reply is that to INFO (some 50 KiB, on servers with many modules some
    /// more) or a list of some Sentinels and replicas: 1 MiB.
    package static let answers = RedisFrameLimits(bytes: 1 << 20, elements: 1 << 16)

    /// For CLIENT LIST: 64 MiB, which is 130,000 clients of some 500 bytes.
    package static let clientList = RedisFrameLimits(bytes: 64 << 20, elements: 1 << 16)

    /// For CLUSTER SHARDS and SLOTS: 8 MiB. SLOTS tells the nodes again with each range: 16,384 ranges, one for each
    /// slot, with three nodes each are 5 MiB and 300,000 values, or 400,000 with what some servers tell besides.
    package static let topology = RedisFrameLimits(bytes: 8 << 20, elements: 1 << 19)

    private init(bytes: Int, elements: Int) {
        self.init(depth: 8, elements: elements, bulkLength: bytes, lineLength: bytes, frameLength: bytes)
        setting = .fixed
    }

    /// The same, set by that.
    package func set(by setting: Setting) -> RedisFrameLimits {
        var limits = self
        limits.setting = setting
        return limits
    }
}
