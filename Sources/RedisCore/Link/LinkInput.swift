/// Bytes that came in, and the parser that stands somewhere in them.
package struct LinkInput: ~Copyable {
    package private(set) var buffer = ReadBuffer()
    /// The largest frame so far, in bytes.
    package private(set) var largestFrame = 0
    private var parser: FrameParser

    package init(limits: FrameLimits) { parser = FrameParser(limits: limits) }

    /// One read from the socket, and whether it took all that was there.
    package mutating func read(from socket: borrowing Socket) -> (transfer: Transfer, isDrained: Bool) {
        buffer.read(from: socket)
    }

    /// Calls `body` with each whole frame, in order. What is not whole stays for the next read.
    package mutating func forEachFrame(
        endpoint: Endpoint,
        _ body: (borrowing Frame) throws(RedisError) -> Void
    ) throws(RedisError) {
        while buffer.unreadCount > 0, let byteCount = try Self.parse(buffer, &parser, endpoint) {
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
        } catch { throw .parse(error, at: endpoint) }
    }

    private static func visit(
        _ buffer: borrowing ReadBuffer,
        _ parser: borrowing FrameParser,
        _ body: (borrowing Frame) throws(RedisError) -> Void
    ) throws(RedisError) {
        try body(Frame(bytes: buffer.unread, nodes: parser.frameNodes))
    }
}
