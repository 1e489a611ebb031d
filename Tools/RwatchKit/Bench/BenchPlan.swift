/// What a measurement of publishing sends, and when. A plain value.
///
/// A message is known by its number. Messages go in turn to so many streams, each of which has one publisher and one
/// channel, so that a server keeps the order within a stream.
package struct BenchPlan: Sendable {
    /// What is accounted for each subscriber and each stream is bounded by this.
    package static let mostPairs = 4_000_000

    package var publishers = 1
    package var subscribers = 1
    package var channels = 1
    /// How many bytes a message has.
    package var size = 64
    /// How many messages are sent a second, by all publishers; `nil` for as many as the server takes.
    package var rate: Int? = 1000
    package var duration = Duration.seconds(10)
    /// Whether they are sent to shard channels.
    package var isShard = false

    package init() {}

    /// How many streams there are.
    package var streams: Int { max(publishers, channels) }

    /// Whether what has to be accounted is not too much.
    package var isBounded: Bool { streams * subscribers <= Self.mostPairs }

    /// The stream of a message.
    package func stream(of number: Int) -> Int { number % streams }

    /// The publisher of a message.
    package func publisher(of number: Int) -> Int { stream(of: number) % publishers }

    /// The channel of a message.
    package func channel(of number: Int) -> Int { stream(of: number) % channels }

    /// When a message is to be sent, in nanoseconds since the beginning, however late others were; `nil` without a
    /// rate, or when it is not to be sent any more.
    package func due(_ number: Int) -> Int64? {
        guard let rate else { return nil }
        // Whole seconds first: the product must not overflow.
        let (seconds, rest) = number.quotientAndRemainder(dividingBy: rate)
        return Int64(seconds) * 1_000_000_000 + Int64(rest) * 1_000_000_000 / Int64(rate)
    }

    /// How many messages are sent at that rate.
    package var count: Int? {
        guard let rate else { return nil }
        return Int((duration / .seconds(1) * Double(rate)).rounded(.up))
    }
}

/// What a message of a measurement holds: who made it, its number, and when it was meant to be sent.
package enum BenchPayload {
    /// The least size of a message.
    package static let size = 32
    private static let magic: UInt64 = 0x7277_6174_6368_2062

    /// The bytes of a message.
    ///
    /// - Parameters:
    ///   - run: The number of the measurement, which nobody else has.
    ///   - number: The number of the message.
    ///   - due: When it is meant to be sent, in nanoseconds of ``SteadyClock``.
    ///   - size: How long it is.
    /// - Returns: The payload.
    package static func bytes(run: UInt64, number: Int, due: Int64, size: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(max(size, Self.size))
        for word in [magic, run, UInt64(number), UInt64(bitPattern: due)] {
            for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift * 8))) }
        }
        while bytes.count < size { bytes.append(UInt8(ascii: "x")) }
        return bytes
    }

    /// What a message holds; `nil` for one of somebody else.
    package static func read(_ payload: RawSpan, run: UInt64) -> (number: Int, due: Int64)? {
        guard payload.byteCount >= size, payload.word(at: 0) == magic, payload.word(at: 8) == run,
            let number = Int(exactly: payload.word(at: 16))
        else { return nil }
        return (number, Int64(bitPattern: payload.word(at: 24)))
    }
}
