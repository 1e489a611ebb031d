import RedisReactor
import RedisTesting

/// Publishes numbers from 1 on, a stream after the other, over a plain connection to the server, and writes down of
/// which the server has said that it took them. A server that goes away is come back to.
final class NumberedPublisher: Sendable {
    /// One stream of numbers: its name and the command that sends a number.
    struct Stream: Sendable {
        var name: String
        var command: @Sendable (Int) -> String
    }

    private struct State {
        var isStopping = false
        var published: [String: NumberAccount.Stream] = [:]
    }

    private let state = Locked(State())
    private let port: Int
    private let streams: [Stream]

    init(port: Int, streams: [Stream]) {
        self.port = port
        self.streams = streams
        state.withLock { state in
            for stream in streams { state.published[stream.name] = NumberAccount.Stream() }
        }
    }

    /// What was published so far.
    var published: [String: NumberAccount.Stream] { state.withLock { $0.published } }

    /// The last number of each stream.
    var last: [String: Int] { published.mapValues(\.last) }

    /// Publishes on a thread of its own until `stop`.
    func start() throws -> PlainThread { try PlainThread.start(name: "publisher") { self.run() } }

    func stop() { state.withLock { $0.isStopping = true } }

    private var isStopping: Bool { state.withLock { $0.isStopping } }

    private func run() {
        while !isStopping {
            guard let socket = try? StreamSocket.connect(to: .loopback(port: port), Deadline(after: .seconds(1))) else {
                pause()
                continue
            }
            while !isStopping, publishBatch(socket) { pause() }
            socket.close()
        }
    }

    /// A few thousand numbers a second are enough to have some in every frame, buffer and outage.
    private func pause() { Parker().park(until: .now + .milliseconds(3)) }

    /// Sends two numbers of each stream in one write and waits for the answers. Returns whether all came.
    private func publishBatch(_ socket: StreamSocket) -> Bool {
        // Taken before they are sent: whatever becomes of them, they are not sent again.
        let batch = streams + streams
        let numbers = state.withLock { state in
            batch.map { stream in
                state.published[stream.name]?.last += 1
                return state.published[stream.name]?.last ?? 0
            }
        }
        let commands = zip(batch, numbers).map { $0.command($1) + "\r\n" }
        let answers = exchange(socket, Array(commands.joined().utf8), count: batch.count)
        state.withLock { state in
            for (index, stream) in batch.enumerated() where index >= answers.count || answers[index] == "-" {
                state.published[stream.name]?.uncertain.insert(numbers[index])
            }
        }
        return answers.count == batch.count
    }

    /// Sends bytes; the first characters of as many one-line answers as come.
    private func exchange(_ socket: StreamSocket, _ bytes: [UInt8], count: Int) -> [Character] {
        var received = ""
        var answers: [Character] = []
        do {
            let deadline = Deadline(after: .seconds(5))
            try socket.send(bytes, deadline)
            while answers.count < count {
                let piece = try socket.receive(deadline, waitingFor: "answers")
                if piece.isEmpty { return answers }
                received += String(decoding: piece, as: UTF8.self)
                let lines = received.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
                answers += lines.dropLast().map { Character(Unicode.Scalar($0.first ?? 0)) }
                received = lines.last.map { String(Substring($0)) } ?? ""
            }
        } catch {
            // The server is gone, or is going: what it has said until now counts.
        }
        return answers
    }
}
