import RedisTesting

/// A client that sends and receives plain bytes.
final class TestClient {
    private let socket: StreamSocket
    private var received: [UInt8] = []

    init(_ url: String) throws(RedisTestingError) {
        let unix = "redis+unix://"
        let address: SocketAddress =
            if url.hasPrefix(unix) {
                try .unix(path: String(url.dropFirst(unix.count)))
            } else {
                .loopback(port: url.split(separator: ":").last.flatMap { Int($0) } ?? 0)
            }
        socket = try StreamSocket.connect(to: address, Deadline(after: .seconds(5)))
    }

    deinit { socket.close() }

    func send(_ bytes: [UInt8]) throws(RedisTestingError) { try socket.send(bytes, Deadline(after: .seconds(5))) }

    func send(command: [String]) throws(RedisTestingError) {
        let arguments = command.map { "$\($0.utf8.count)\r\n\($0)\r\n" }
        try send(bytes("*\(command.count)\r\n\(arguments.joined())"))
    }

    /// What one read of the socket gives; empty at the end.
    func readSome() throws(RedisTestingError) -> [UInt8] {
        try socket.receive(Deadline(after: .seconds(5)), waitingFor: "reading")
    }

    /// As many bytes, or fewer at the end.
    func read(_ count: Int) throws(RedisTestingError) -> [UInt8] {
        while received.count < count {
            let piece = try readSome()
            if piece.isEmpty { break }
            received += piece
        }
        defer { received.removeFirst(min(count, received.count)) }
        return Array(received.prefix(count))
    }

    /// Everything until the end of the stream.
    func readToEnd() throws(RedisTestingError) -> [UInt8] { try read(.max) }

    func close() { socket.close() }
}
