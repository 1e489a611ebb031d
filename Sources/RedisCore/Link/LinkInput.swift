/// Received bytes, and the parser that reads them.
package struct LinkInput: ~Copyable {
    package private(set) var buffer = ReadBuffer()
    /// The largest frame so far, in bytes.
    package private(set) var largestFrame = 0
    private var parser = FrameParser(limits: .answers)

    /// At the beginning, the limits are those of a handshake, because the server is unknown.
    package init() {}

    /// How large the next frames may be, including those whose bytes have come already.
    package var limits: RedisFrameLimits {
        get { parser.limits }
        set { parser.limits = newValue }
    }

    /// Borrows the loop's memory for reading; `settle` follows.
    package mutating func prepare(on loop: RedisEventLoop) { buffer.prepare(on: loop) }

    /// Returns the memory after all whole frames were taken.
    package mutating func settle(on loop: RedisEventLoop) { buffer.settle(on: loop) }

    /// Reads once from the socket. Also returns whether the socket is drained.
    package mutating func read(from socket: borrowing Socket) -> (transfer: Transfer, isDrained: Bool) {
        buffer.read(from: socket)
    }

    /// Offers the received bytes to `consumePrefix`, which may take whole frames off the front, and calls `body` with
    /// each other frame, in order. An incomplete frame stays for the next read.
    package mutating func forEachFrame(
        endpoint: RedisEndpoint,
        consumePrefix: (RawSpan, RedisFrameLimits) -> ConsumedPrefix = { _, _ in .nothing },
        _ body: (borrowing Frame) throws(RedisError) -> Void
    ) throws(RedisError) {
        while buffer.unreadCount > 0 {
            if parser.isAtFrameStart {
                let consumed = consumePrefix(buffer.unread, parser.limits)
                if consumed.byteCount > 0 {
                    if consumed.largestFrame > largestFrame { largestFrame = consumed.largestFrame }
                    parser.skip(consumed.byteCount)
                    buffer.consume(consumed.byteCount)
                    if buffer.unreadCount == 0 { return }
                }
            }
            guard try takeFrame(endpoint: endpoint, body) else { return }
        }
    }

    /// Calls `body` with the next frame. Returns whether there was a whole one.
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
