/// A short-lived connection of a test's own to its server: one command, one reply, blocking.
struct AdminConnection {
    private let socket: StreamSocket
    private var reader: ByteReader
    private let deadline: Deadline

    /// Connects, and authenticates when there is a password.
    init(_ address: SocketAddress, password: String?, _ deadline: Deadline) throws(RedisTestingError) {
        socket = try StreamSocket.connect(to: address, deadline)
        reader = ByteReader(socket)
        self.deadline = deadline
        if let password { _ = try call(["AUTH", password].map { Array($0.utf8) }) }
    }

    /// Sends one command and returns its reply as text.
    mutating func call(_ arguments: [[UInt8]]) throws(RedisTestingError) -> String {
        try socket.send(RESPText.command(arguments), deadline)
        return try RESPText.readReply(&reader, deadline)
    }

    /// Sends one command whose reply is an array of strings, and returns them.
    mutating func callForElements(_ arguments: [[UInt8]]) throws(RedisTestingError) -> [[UInt8]] {
        try socket.send(RESPText.command(arguments), deadline)
        return try RESPText.readElements(&reader, deadline)
    }

    /// Closes the connection.
    func close() { socket.close() }
}
