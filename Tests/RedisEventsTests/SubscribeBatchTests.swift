import RedisCore
import RedisEvents
import TestSupport
import Testing

@Suite("Subscribe commands", .tags(.unit))
struct SubscribeBatchTests {
    /// How many names each command holds that a link sends for names of these lengths.
    private func batches(of lengths: [Int], size: Int = 512) -> [Int] {
        var machine = SubscriptionMachine(batchSize: size, seed: 1)
        _ = machine.linkReady()
        let names = lengths.enumerated().map { number, length in
            RedisBytes([UInt8](repeating: UInt8(number), count: length))
        }
        let actions = machine.subscribe(.channel, names.map { SubscriptionMachine.NameRequest(name: $0) })
        return actions.compactMap { action in
            if case .send(let command) = action { command.targets.count } else { nil }
        }
    }

    @Test("hold names of 64 KiB together, and a longer one alone")
    func bytes() {
        #expect(batches(of: [30_000, 30_000, 30_000, 30_000]) == [2, 2])
        #expect(batches(of: [32_768, 32_768, 1]) == [2, 1])
        #expect(batches(of: [1, 200_000, 1, 1]) == [1, 1, 2])
    }

    @Test("hold as many names as were asked for")
    func names() {
        #expect(batches(of: [1, 1, 1, 1, 1], size: 2) == [2, 2, 1])
    }

    @Test("are told of when the server confirms them, once each")
    func confirmations() {
        var machine = SubscriptionMachine(batchSize: 512, seed: 1)
        _ = machine.linkReady()
        _ = machine.subscribe(
            .channel,
            [
                SubscriptionMachine.NameRequest(name: "a", ticket: SubscriptionMachine.Ticket(call: 1, index: 0))
            ]
        )
        let name = RedisBytes("a")
        let actions = machine.confirmed(.subscribe, .channel, name.rawSpan, count: 7) ?? []
        let told = actions.compactMap { action in
            if case .changed(let verb, let change) = action {
                "\(verb) \(change.name) \(change.count ?? -1)"
            } else {
                nil
            }
        }
        #expect(told == ["subscribe a 7"])
        let unexplained = machine.confirmed(.subscribe, .channel, name.rawSpan, count: 7)
        #expect(unexplained == nil)
    }
}
