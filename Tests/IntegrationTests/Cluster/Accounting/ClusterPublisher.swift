import RedisReactor
import RedisTesting

/// Publishes numbers from 1 on, a channel after the other, to whatever node of a cluster takes them, and writes down of
/// which nobody knows whether they were taken. It knows nothing of slots but what MOVED tells it.
final class ClusterPublisher: Sendable {
    private struct State {
        var isStopping = false
        var published: [String: NumberAccount.Stream] = [:]
    }

    private let state = Locked(State())
    private let ports: [Int]
    private let command: String
    private let channels: [String]

    /// `command` is PUBLISH or SPUBLISH.
    init(ports: [Int], command: String, channels: [String]) {
        self.ports = ports
        self.command = command
        self.channels = channels
        state.withLock { state in
            for channel in channels { state.published[channel] = NumberAccount.Stream() }
        }
    }

    /// What was published so far.
    var published: [String: NumberAccount.Stream] { state.withLock { $0.published } }

    /// The last number of each channel.
    var last: [String: Int] { published.mapValues(\.last) }

    /// Publishes on a thread of its own until `stop`.
    func start() throws -> PlainThread { try PlainThread.start(name: "publisher") { self.run() } }

    func stop() { state.withLock { $0.isStopping = true } }

    private var isStopping: Bool { state.withLock { $0.isStopping } }

    private func run() {
        var sockets: [Int: StreamSocket] = [:]
        var routes: [String: Int] = [:]
        var lastTaken: [Int: (channel: String, number: Int)] = [:]
        while !isStopping {
            for channel in channels where !isStopping { publish(channel, &sockets, &routes, &lastTaken) }
            Parker().park(until: .now + .milliseconds(2))
        }
        for socket in sockets.values { socket.close() }
    }

    private enum Promise {
        case taken
        case moved(Int)
        case refused
        case unknown
    }

    /// One number; it is tried until somebody has taken it, or may have.
    private func publish(
        _ channel: String,
        _ sockets: inout [Int: StreamSocket],
        _ routes: inout [String: Int],
        _ lastTaken: inout [Int: (channel: String, number: Int)]
    ) {
        let number = (last[channel] ?? 0) + 1
        while !isStopping {
            let port = routes[channel] ?? ports.randomElement() ?? 0
            guard let socket = sockets[port] ?? (try? .connect(to: .loopback(port: port), Deadline(after: .seconds(1))))
            else {
                routes[channel] = nil
                Parker().park(until: .now + .milliseconds(5))
                continue
            }
            sockets[port] = socket
            switch ask(socket, "\(command) \(channel) \(number)\r\n") {
            case .taken:
                routes[channel] = port
                lastTaken[port] = (channel, number)
                return state.withLock { $0.published[channel]?.last = number }
            case .moved(let port):
                routes[channel] = port
            case .refused:
                routes[channel] = nil
                Parker().park(until: .now + .milliseconds(10))
            case .unknown:
                socket.close()
                sockets[port] = nil
                routes[channel] = nil
                // A node answers PUBLISH before it has written it to the others: one that is killed or hangs in between
                // has taken a number that nobody will ever see.
                let unsent = command == "PUBLISH" ? lastTaken.removeValue(forKey: port) : nil
                return state.withLock { state in
                    state.published[channel]?.last = number
                    state.published[channel]?.uncertain.insert(number)
                    if let unsent { state.published[unsent.channel]?.uncertain.insert(unsent.number) }
                }
            }
        }
    }

    private func ask(_ socket: StreamSocket, _ line: String) -> Promise {
        let deadline = Deadline(after: .milliseconds(700))
        var reply = ""
        do {
            try socket.send(Array(line.utf8), deadline)
            while !reply.utf8.contains(UInt8(ascii: "\n")) {
                let piece = try socket.receive(deadline, waitingFor: "an answer")
                if piece.isEmpty { return .unknown }
                reply += String(decoding: piece, as: UTF8.self)
            }
        } catch { return .unknown }
        if reply.hasPrefix(":") { return .taken }
        let words = reply.split { $0 == " " || $0.isNewline }
        guard words.count == 3, words[0] == "-MOVED", let port = words[2].split(separator: ":").last else {
            return .refused
        }
        return Int(port).map { .moved($0) } ?? .refused
    }
}
