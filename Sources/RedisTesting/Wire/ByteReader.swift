/// Reads whole pieces from a socket: what arrives early is kept for the next piece.
struct ByteReader {
    private let socket: StreamSocket
    private var buffer: [UInt8] = []
    /// The most that one line or one bulk string may have: what is longer is not a test but a mistake.
    static let limit = 512 << 20

    init(_ socket: StreamSocket) { self.socket = socket }

    /// What has been read and not yet been asked for.
    var pending: [UInt8] { buffer }

    /// Reads `count` bytes, or fewer when `isAcceptable` (asked about what there is so far) says no.
    ///
    /// - Throws: `connectionClosed` when the stream ends before that, `timeout` at the deadline; what did arrive
    ///   stays in ``pending``.
    mutating func read(
        _ count: Int,
        _ deadline: Deadline,
        waitingFor what: String,
        while isAcceptable: (ArraySlice<UInt8>) -> Bool = { _ in true }
    ) throws(RedisTestingError) -> [UInt8] {
        while buffer.count < count, isAcceptable(buffer[...]) { try fill(deadline, waitingFor: what) }
        let piece = Array(buffer.prefix(count))
        buffer.removeFirst(piece.count)
        return piece
    }

    /// Reads up to the next CR LF, which is not part of the result.
    mutating func readLine(_ deadline: Deadline, waitingFor what: String) throws(RedisTestingError) -> String {
        var searched = 0
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                guard end > 0, buffer[end - 1] == UInt8(ascii: "\r") else {
                    throw RedisTestingError(.protocolViolation, "LF without CR in \(escaped(buffer.prefix(80)))")
                }
                let line = String(decoding: buffer[..<(end - 1)], as: UTF8.self)
                buffer.removeFirst(end + 1)
                return line
            }
            searched = buffer.count
            try fill(deadline, waitingFor: what)
        }
    }

    /// Reads one length-prefixed string and its CR LF.
    mutating func readBulk(
        length text: some StringProtocol,
        _ deadline: Deadline,
        waitingFor what: String
    ) throws(RedisTestingError) -> [UInt8] {
        guard let length = Int(text), (0...Self.limit).contains(length) else {
            throw RedisTestingError(.protocolViolation, "\(escaped(text.utf8)) is not the length of a string")
        }
        let piece = try read(length + 2, deadline, waitingFor: what)
        guard piece.suffix(2) == [0x0d, 0x0a] else {
            throw RedisTestingError(.protocolViolation, "no CR LF after a string of \(length) bytes")
        }
        return Array(piece.dropLast(2))
    }

    /// Reads until the peer closes or resets the connection, and returns what came before that.
    mutating func readToEnd(_ deadline: Deadline) throws(RedisTestingError) -> [UInt8] {
        do throws(RedisTestingError) {
            while true { try fill(deadline, waitingFor: "waiting for the peer to close") }
        } catch {
            guard error.code == .connectionClosed else { throw error }
            defer { buffer = [] }
            return buffer
        }
    }

    private mutating func fill(_ deadline: Deadline, waitingFor what: String) throws(RedisTestingError) {
        let bytes = try socket.receive(deadline, waitingFor: what)
        guard !bytes.isEmpty else {
            throw RedisTestingError(.connectionClosed, "\(what): the peer closed the connection")
        }
        buffer += bytes
    }
}
