import RedisCore
import RedisEvents
import RedisReactor
import RedisTesting
import Testing

/// Reads numbered messages of a cluster and keeps an account of each channel: its numbers, and the gaps that name it.
final class ClusterReader: Sendable {
    let pubsub: PubSub
    private let ledgers: [String: Ledger]
    private let gapList = Locked<[RedisGap]>([])
    private let reading = Locked<Task<Void, any Error>?>(nil)

    init(_ pubsub: PubSub, channels: [String]) {
        self.pubsub = pubsub
        ledgers = Dictionary(uniqueKeysWithValues: channels.map { ($0, Ledger()) })
    }

    var gaps: [RedisGap] { gapList.withLock { $0 } }

    func start() {
        let task = Task {
            for try await event in pubsub.events {
                switch event {
                case .message(let message):
                    note(message)
                    ledgers["\(message.channel)"]?.add(
                        .number("\(message.channel)", message.text.flatMap { Int($0) } ?? -1)
                    )
                case .gap(let gap):
                    gapList.withLock { $0.append(gap) }
                    for name in gap.names { ledgers["\(name.name)"]?.add(.gap) }
                case .drop(let drop):
                    for ledger in ledgers.values { ledger.add(.drop(drop.count)) }
                default: break
                }
            }
        }
        reading.withLock { $0 = task }
    }

    /// Where the last message of each channel came from, and what came twice or late.
    private let trail = Locked<(last: [String: PubSub.Message], oddities: [String])>(([:], []))
    /// How each number of each channel came first and last.
    private let arrivals = Locked<[String: [Int: (first: PubSub.Message, last: PubSub.Message)]]>([:])

    /// Whether another node brought a number once more, later than the echo filter remembers.
    private func cameLate(_ channel: String, _ number: Int) -> Bool {
        guard let (first, last) = arrivals.withLock({ $0[channel]?[number] }), first.node != last.node else {
            return false
        }
        return .microseconds(last.receivedAt.microseconds - first.receivedAt.microseconds) > RecentMessages.window
    }

    /// Helps whoever reads of a number that came twice.
    var oddities: [String] { trail.withLock { $0.oddities } }

    private func note(_ message: PubSub.Message) {
        if let number = message.text.flatMap({ Int($0) }) {
            arrivals.withLock { arrivals in
                let first = arrivals["\(message.channel)"]?[number]?.first ?? message
                arrivals["\(message.channel)", default: [:]][number] = (first, message)
            }
        }
        trail.withLock { trail in
            let name = "\(message.channel)"
            if let last = trail.last[name], let before = last.text.flatMap({ Int($0) }),
                let now = message.text.flatMap({ Int($0) }), now <= before
            {
                let time = message.receivedAt.microseconds - last.receivedAt.microseconds
                trail.oddities.append(
                    "\(name): \(before) by \(last.node as Any), then \(now) by \(message.node as Any) after \(time) µs"
                )
            }
            trail.last[name] = message
        }
    }

    /// Whether each channel has brought a later number than `mark` says.
    func isBeyond(_ mark: [String: Int]) -> Bool { mark.allSatisfy { ledgers[$0]?.last($0) ?? .max > $1 } }

    /// The channels of which no number came after `mark`.
    func silent(since mark: [String: Int]) -> [String] {
        mark.keys.filter { ledgers[$0]?.last($0) ?? .max <= mark[$0] ?? 0 }
            .map { "\($0) at \(ledgers[$0]?.last($0) ?? 0)" }
    }

    func isSettled(_ published: [String: NumberAccount.Stream]) -> Bool {
        published.allSatisfy { stream, facts in
            let last = (1...max(facts.last, 1)).last { !facts.uncertain.contains($0) } ?? 0
            return ledgers[stream]?.isSettled(stream, last) ?? true
        }
    }

    /// What is not accounted for: what came twice, and what is missing where no gap stands.
    ///
    /// A node that hung passes on late what it has taken, so that another one brings it behind later numbers: once, and
    /// a gap stands where it is missing. A number whose answer never came may come at any time, but once. Two
    /// nodes may bring the same number if it was published while a node hung, which can have passed it on late: the other
    /// one only after what the echo filter remembers.
    func complaints(_ published: [String: NumberAccount.Stream], hung: [ClosedRange<Int>] = []) -> [String] {
        ledgers.flatMap { stream, ledger in
            let uncertain = published[stream]?.uncertain ?? []
            var count: [Int: Int] = [:]
            var highest = 0
            let inOrder = ledger.entries.filter { entry in
                guard case .number(_, let number) = entry else { return true }
                count[number, default: 0] += 1
                guard number > highest else { return false }
                if !uncertain.contains(number) { highest = number }
                return !uncertain.contains(number)
            }
            return NumberAccount.complaints(inOrder, published.filter { $0.key == stream })
                + count.filter { number, times in
                    times > (hung.contains { $0.contains(number) } && cameLate(stream, number) ? 2 : 1)
                }
                .map { "\(stream) \($0.key) came \($0.value) times" }
        }
    }

    func close() async throws {
        await pubsub.close()
        try await reading.withLock { $0 }?.joined
    }
}
