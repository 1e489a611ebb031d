import RedisRESP

/// Feeds a parser as a link does, collects the values, and watches what the parser keeps and promises.
struct StreamReader: ~Copyable {
    /// The longest header: a type, a sign, digits up to their bound, and a line end.
    private static let headerLength = 36

    private let limits: RedisFrameLimits
    private var parser: FrameParser
    /// How long the frame in work has to become, as far as the parser has said.
    private var announced = 0
    private(set) var values: [RESPValue] = []
    private(set) var unread: [UInt8] = []
    private(set) var error: RESPError?

    init(limits: RedisFrameLimits) {
        self.limits = limits
        parser = FrameParser(limits: limits)
    }

    mutating func read(_ piece: ArraySlice<UInt8>) throws(Broken) {
        unread += piece
        while !unread.isEmpty {
            switch next() {
            case .frame(let byteCount)?:
                try Broken.unless(byteCount > 0 && byteCount <= unread.count, "a frame is longer than what there is")
                try Broken.unless(byteCount <= limits.frameLength, "a frame is over the limit")
                try Broken.unless(byteCount >= announced, "a frame ends before the bytes that were said to be missing")
                try checkNodes()
                values.append(Self.value(unread, parser))
                unread.removeFirst(byteCount)
                announced = 0
            case .incomplete(let missing)?:
                announced = unread.count + missing
                try Broken.unless(missing > 0, "nothing is missing from what is not whole")
                try Broken.unless(
                    announced <= limits.frameLength + Self.headerLength,
                    "a frame over the limit is waited for"
                )
                return try checkNodes()
            case nil:
                return
            }
        }
    }

    /// The frame's own value beside those that it announced.
    private func checkNodes() throws(Broken) {
        let count = parser.frameNodes.count
        try Broken.unless(count <= limits.elements + 1, "a frame holds \(count) nodes")
    }

    private mutating func next() -> FrameParser.Progress? {
        do throws(RESPError) {
            return try Self.parse(unread, &parser)
        } catch {
            self.error = error
            return nil
        }
    }

    private static func parse(_ bytes: [UInt8], _ parser: inout FrameParser) throws(RESPError) -> FrameParser.Progress {
        try parser.parse(bytes.span.rawBytes)
    }

    private static func value(_ bytes: [UInt8], _ parser: borrowing FrameParser) -> RESPValue {
        RESPValue(Frame(bytes: bytes.span.rawBytes, nodes: parser.frameNodes))
    }
}
