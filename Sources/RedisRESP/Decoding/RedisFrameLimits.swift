/// How large a frame may be before the link is closed.
///
/// The protocol limits no sizes: a header of ten bytes can announce a gigabyte. Every limit is checked when the header
/// is read, before any memory is allocated for it. A frame that exceeds a limit ends the link with `.frameTooLarge`,
/// which names the limit. So does a message whose pattern or channel has 4 GiB or more, whatever the limits are.
///
/// **Memory of a link.** Until a frame is whole it is in the read buffer, which holds only received bytes, grows by
/// doubling and copies its content: up to `2 × frameLength` for a moment. In addition there are 24 bytes for each value
/// of the frame, 36 while that memory grows: up to `36 × elements`. With the defaults this is 166 MiB at most, for the
/// worst server; a link with small messages uses 64 KiB. `RedisBufferLimit` counts what is copied out of a frame for a
/// reader.
///
/// **Before the handshake is over** a link has fixed limits: 1 MiB for a frame and 65,536 values. The library's own
/// links have the same limits, except for CLIENT LIST (64 MiB) and the topology of a cluster (8 MiB and 524,288
/// values), whose lines have the limit of 1 MiB all the same.
public struct RedisFrameLimits: Sendable, Hashable {
    /// How deep aggregates may nest. The default is 128.
    public var depth: Int
    /// How many values one frame may hold, including nested ones and attributes. The default is 1,048,576, which is
    /// also the most arguments of one command: an invalidation contains all keys that one command or script has
    /// changed.
    public var elements: Int
    /// The longest bulk string in bytes. The default is 64 MiB, twice what servers buffer for a subscriber by default
    /// (`client-output-buffer-limit pubsub 32mb`): a larger message ends the link at the server already.
    public var bulkLength: Int
    /// The longest line in bytes. The default is 64 MiB: a MONITOR line has no length prefix and shows one byte of an
    /// argument as up to four, so that 16 MiB of binary arguments fit.
    public var lineLength: Int
    /// The longest frame in bytes. The default is 65 MiB, for the longest payload and its names.
    public var frameLength: Int
    /// The configuration's property for these limits.
    package var setting = Setting.limits

    /// Creates limits. Each has the default that its property documents.
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

    /// The property for limits, for the error that names it.
    package enum Setting: Sendable, Hashable {
        /// `RedisConfiguration.limits`.
        case limits
        /// `RedisConfiguration.replyLimits`.
        case replyLimits
        /// No property: the limits are fixed.
        case fixed
    }
}

extension RedisFrameLimits {
    /// Limits for replies to a user's own commands, which may be as large as a server allows: 512 MiB for a bulk string
    /// (the server's own `proto-max-bulk-len`) and for a line, 1 GiB for a frame, 4,194,304 values.
    public static let replies = RedisFrameLimits(
        elements: 1 << 22,
        bulkLength: 512 << 20,
        lineLength: 512 << 20,
        frameLength: 1 << 30
    )

    /// Limits for handshakes, and for links whose longest reply is that to INFO (some 50 KiB, more on servers with many
    /// modules) or a list of some Sentinels and replicas: 1 MiB.
    package static let answers = RedisFrameLimits(bytes: 1 << 20, elements: 1 << 16)

    /// Limits for CLIENT LIST: 64 MiB, which is 130,000 clients of some 500 bytes.
    package static let clientList = RedisFrameLimits(bytes: 64 << 20, elements: 1 << 16)

    /// Limits for CLUSTER SHARDS and SLOTS: 8 MiB. SLOTS repeats the nodes for each range: 16,384 ranges, one for each
    /// slot, with three nodes each are 5 MiB and 300,000 values, or 400,000 with additional data of some servers.
    package static let topology = RedisFrameLimits(bytes: 8 << 20, elements: 1 << 19)

    /// What is long in a reply to a question of ours is a bulk string or many values; a line is a status or an error.
    private init(bytes: Int, elements: Int) {
        let line = min(bytes, 1 << 20)
        self.init(depth: 8, elements: elements, bulkLength: bytes, lineLength: line, frameLength: bytes)
        setting = .fixed
    }

    /// These limits, with the property that sets them.
    package func set(by setting: Setting) -> RedisFrameLimits {
        var limits = self
        limits.setting = setting
        return limits
    }
}
