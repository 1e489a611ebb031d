/// Bytes that came in, and the parser that stands somewhere in them.
package struct LinkInput: ~Copyable {
    package private(set) var buffer = ReadBuffer()
    /// The largest frame so far, in bytes.
    package private(set) var largestFrame = 0
    private var parser: FrameParser

    package init(limits: FrameLimits) { parser = FrameParser(limits: limits) }

    /// Borrows what is needed to read on that loop; `settle` follows.
    package mutating func prepare(on loop: EventLoop) { buffer.prepare(on: loop) }

    /// All that can be taken has been.
    package mutating func settle(on loop: EventLoop) { buffer.settle(on: loop) }

    /// One read from the socket, and whether it took all that was there.
    package mutating func read(from socket: borrowing Socket) -> (transfer: Transfer, isDrained: Bool) {
        buffer.read(from: socket)
    }

    /// Offers what came to `glance`, which may take whole frames off its front, and calls `body` with each frame that it leaves,
    /// in order. What is not whole stays for the next read.
    package mutating func forEachFrame(
        endpoint: Endpoint,
        glance: (RawSpan, FrameLimits) -> Glance = { _, _ in .nothing },
        _ body: (borrowing Frame) throws(RedisError) -> Void
    ) throws(RedisError) {
        while buffer.unreadCount > 0 {
            if parser.isAtFrameStart {
                let glance = glance(buffer.unread, parser.limits)
                if glance.byteCount > 0 {
                    if glance.largestFrame > largestFrame { largestFrame = glance.largestFrame }
                    parser.skip(glance.byteCount)
                    buffer.consume(glance.byteCount)
                    if buffer.unreadCount == 0 { return }
                }
            }
            guard let byteCount = try Self.parse(buffer, &parser, endpoint) else { return }
            try Self.visit(buffer, parser, body)
            if byteCount > largestFrame { largestFrame = byteCount }
            buffer.consume(byteCount)
        }
    }

    private static func parse(_ buffer: borrowing ReadBuffer, _ parser: inout FrameParser, _ endpoint: Endpoint)
        throws(RedisError) -> Int?
    {
        do throws(RESPError) {
            guard case .frame(let byteCount) = try parser.parse(buffer.unread) else { return nil }
            return byteCount
        } catch { throw .parse(error, at: endpoint, beginning: buffer.unread) }
    }

    private static func visit(
        _ buffer: borrowing ReadBuffer,
        _ parser: borrowing FrameParser,
        _ body: (borrowing Frame) throws(RedisError) -> Void
    ) throws(RedisError) {
        try body(Frame(bytes: buffer.unread, nodes: parser.frameNodes))
    }
}
