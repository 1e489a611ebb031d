/// Bytes that came in, and the parser that stands somewhere in them.
package struct LinkInput: ~Copyable {
    package private(set) var buffer = ReadBuffer()
    /// The largest frame so far, in bytes.
    package private(set) var largestFrame = 0
    private var parser = FrameParser(limits: .answers)

    /// Nothing has come, and who sends is not known: the limits are those of a handshake.
    package init() {}

    /// How large the frames may be that come from here on, those among them whose bytes are here already.
    package var limits: RedisFrameLimits {
        get { parser.limits }
        set { parser.limits = newValue }
    }

    /// Borrows what is needed to read on that loop; `settle` follows.
    package mutating func prepare(on loop: RedisEventLoop) { buffer.prepare(on: loop) }

    /// All that can be taken has been.
    package mutating func settle(on loop: RedisEventLoop) { buffer.settle(on: loop) }

    /// One read from the socket, and whether it took all that was there.
    package mutating func read(from socket: borrowing Socket) -> (transfer: Transfer, isDrained: Bool) {
        buffer.read(from: socket)
    }

    /// Offers what came to `consumePrefix`, which may take whole frames off its front, and calls `body` with each frame
    /// that it leaves, in order. What is not whole stays for the next read.
    package mutating func forEachFrame(
        endpoint: RedisEndpoint,
        consumePrefix: (RawSpan, RedisFrameLimits) -> ConsumedPrefix = { _, _ in .nothing },
        _ body: (borrowing Frame) throws(RedisError) -> Void
    ) throws(RedisError) {
        while buffer.unreadCount > 0 {
            if parser.isAtFrameStart {
                let consumePrefix = consumePrefix(buffer.unread, parser.limits)
                if consumePrefix.byteCount > 0 {
                    if consumePrefix.largestFrame > largestFrame { largestFrame = consumePrefix.largestFrame }
                    parser.skip(consumePrefix.byteCount)
                    buffer.consume(consumePrefix.byteCount)
                    if buffer.unreadCount == 0 { return }
                }
            }
            guard try takeFrame(endpoint: endpoint, body) else { return }
        }
    }

    /// Calls `body` with the next frame. Returns whether there is a whole one.
    package mutating func takeFrame(
        endpoint: RedisEndpoint,
        _ body: (borrowing Frame) throws(RedisError) -> Void
    ) throws(RedisError) -> Bool {
        guard let byteCount = try Self.parse(buffer, &parser, endpoint) else { return false }
        try Self.visit(buffer, parser, body)
        if byteCount > largestFrame { largestFrame = byteCount }
        buffer.consume(byteCount)
        return true
    }

    private static func parse(_ buffer: borrowing ReadBuffer, _ parser: inout FrameParser, _ endpoint: RedisEndpoint)
        throws(RedisError) -> Int?
    {
        do throws(RESPError) {
            guard case .frame(let byteCount) = try parser.parse(buffer.unread) else { return nil }
            return byteCount
        } catch { throw .parse(error, under: parser.limits, at: endpoint, beginning: buffer.unread) }
    }

    private static func visit(
        _ buffer: borrowing ReadBuffer,
        _ parser: borrowing FrameParser,
        _ body: (borrowing Frame) throws(RedisError) -> Void
    ) throws(RedisError) {
        try body(Frame(bytes: buffer.unread, nodes: parser.frameNodes))
    }
}
