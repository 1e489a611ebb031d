internal import RedisPOSIX

/// The names and numbers of the puts of one object: as many names as there are puts at the same time, and a number that
/// rises with each put of a name. By these the server knows a put that is repeated. Any thread may call.
final class PutLanes: Sendable {
    /// The name and number of one put.
    struct Ticket: Sendable {
        let lane: Int
        let putter: String
        let number: Int
    }

    private struct State: Sendable {
        var numbers: [Int] = []
        var free: [Int] = []
    }

    private let producer = String(UInt64.random(in: 0 ... .max), radix: 36)
    private let state = Locked(State())

    func take() -> Ticket {
        let (lane, number) = state.withLock { state in
            if state.free.isEmpty {
                state.free.append(state.numbers.count)
                state.numbers.append(0)
            }
            let lane = state.free.removeLast()
            state.numbers[lane] += 1
            return (lane, state.numbers[lane])
        }
        return Ticket(lane: lane, putter: "\(producer).\(lane)", number: number)
    }

    func giveBack(_ ticket: Ticket) { state.withLock { $0.free.append(ticket.lane) } }
}
