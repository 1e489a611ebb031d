import RedisTesting

/// One fault of an accounting test: of the network, of the server, or of the reader.
enum TestFault: CustomStringConvertible {
    case proxy(ScheduledFault)
    /// The server is told to close the connection.
    case killClient
    /// The server ends in order and comes back.
    case restart
    /// The server is killed and comes back.
    case crash
    /// The reader takes nothing for that long.
    case slowReader(Duration)

    var description: String {
        switch self {
        case .proxy(let entry): "\(entry)"
        case .killClient: "CLIENT KILL"
        case .restart: "restart"
        case .crash: "SIGKILL and restart"
        case .slowReader(let duration): "slow reader for \(duration)"
        }
    }

    /// As many faults, which follow from the seed: two of three are the network's.
    static func list(_ count: Int, seed: UInt64) -> [TestFault] {
        var generator = SeededGenerator(seed: seed)
        var schedule = FaultSchedule(seed: generator.next(), pause: 5...120, length: 20...300)
        return (0..<count).map { _ in
            let draw = generator.number(in: 0...14)
            let length = Duration.milliseconds(generator.number(in: 150...400))
            switch draw {
            case 0: return .killClient
            case 1: return .restart
            case 2: return .crash
            case 3, 4: return .slowReader(length)
            default: return schedule.next().map { .proxy($0) } ?? .killClient
            }
        }
    }
}
