import RwatchKit
import TestSupport
import Testing

@Suite("The account of a measurement", .tags(.unit))
struct BenchAccountTests {
    private func plan(_ change: (inout BenchPlan) -> Void = { _ in }) -> BenchPlan {
        var plan = BenchPlan()
        change(&plan)
        return plan
    }

    @Test("a plan sends at its times, whatever happens, and each stream has one publisher and one channel")
    func plans() {
        let plan = plan {
            $0.rate = 3
            $0.publishers = 2
            $0.channels = 5
            $0.duration = .seconds(2)
        }
        #expect(
            (0..<7).map { plan.due($0) } == [
                0, 333_333_333, 666_666_666, 1_000_000_000, 1_333_333_333, 1_666_666_666, 2_000_000_000,
            ]
        )
        #expect(plan.count == 6 && plan.streams == 5)
        for number in 0..<50 {
            #expect(plan.channel(of: number) == number % 5 && plan.publisher(of: number) == number % 5 % 2)
        }
        #expect(self.plan { $0.rate = 10_000_000 }.due(864_000_000_000) == 86_400_000_000_000)
        let free = self.plan { $0.rate = nil }
        #expect(free.due(1) == nil && free.count == nil)
        #expect(
            self.plan {
                $0.subscribers = 1000; $0.channels = 4000
            }.isBounded
        )
        #expect(
            !self.plan {
                $0.subscribers = 1000; $0.channels = 4001
            }.isBounded
        )
    }

    @Test("a payload holds its number and its time, and is nobody else's")
    func payloads() throws {
        for size in [0, 32, 33, 1000] {
            let bytes = BenchPayload.bytes(run: 7, number: 1 << 40, due: -5, size: size)
            #expect(bytes.count == max(size, 32))
            let found = withBytes(bytes) { BenchPayload.read($0, run: 7) }
            #expect(found?.number == 1 << 40 && found?.due == -5)
            #expect(withBytes(bytes) { BenchPayload.read($0, run: 8) } == nil)
        }
        #expect(withBytes([1, 2, 3]) { BenchPayload.read($0, run: 7) } == nil)
        var negative = BenchPayload.bytes(run: 7, number: 0, due: 0, size: 32)
        negative[23] = 0xff
        #expect(withBytes(negative) { BenchPayload.read($0, run: 7) } == nil)
    }

    @Test("holds any time and any number that a message and a server say")
    func extremes() {
        var account = BenchAccount(plan())
        for number in 0..<2 { account.sends(at: Int64(number), due: Int64(number)) }
        account.came((0, .min), to: 0, at: 10)
        account.came((1, .max), to: 0, at: 10)
        #expect(account.delivered == 2)
        for _ in 0..<200 { account.wasPublished(to: 1 << 56) }
        #expect(account.receivers == .max)
    }

    @Test("tells exactly what is missing, what came again, and what nobody knows")
    func account() {
        var account = BenchAccount(
            plan {
                $0.subscribers = 2
                $0.channels = 2
            }
        )
        for number in 0..<6 { account.sends(at: Int64(number) * 1000 + 250, due: Int64(number) * 1000) }
        for _ in 0..<4 { account.wasPublished(to: 2) }
        account.wasRefused("OOM")
        account.isUnknown()
        #expect(account.unanswered == 0 && account.expected == 8 && account.missing == 8...10)
        for number in 0..<4 { account.came((number, Int64(number) * 1000), to: 0, at: 4000) }
        account.came((2, 2000), to: 1, at: 4000)
        // Another stream has an order of its own.
        account.came((1, 1000), to: 1, at: 4000)
        #expect(account.delivered == 6 && account.missing == 2...4)
        account.came((0, 0), to: 1, at: 4000)
        account.came((3, 3000), to: 0, at: 4000)
        #expect(account.repeated == 2 && account.delivered == 6)
        account.came(nil, to: 0, at: 4000)
        account.came((6, 0), to: 0, at: 4000)
        #expect(account.foreign == 2)
        #expect(account.delays.count == 6 && account.delays.maximum == .microseconds(4))
        #expect(account.lateness.count == 6 && account.lateness.maximum == .nanoseconds(250))
    }

    @Test("a delay counts from when a message was meant to be sent")
    func omission() {
        var account = BenchAccount(plan())
        // The sender was held up for a second: all messages of that second are late, and not the first alone.
        for number in 0..<1000 {
            let due = Int64(number) * 1_000_000
            account.sends(at: max(due, 1_000_000_000), due: due)
            account.wasPublished(to: 1)
            account.came((number, due), to: 0, at: max(due, 1_000_000_000) + 1000)
        }
        #expect(account.delays.percentile(0.5) >= .milliseconds(500))
        #expect(account.lateness.maximum == .seconds(1))
        #expect(account.missing == 0...0)
    }

    @Test("makes up no more kinds of errors than there is room for")
    func kinds() {
        var account = BenchAccount(plan())
        for number in 0..<1000 {
            account.sends(at: 0, due: 0)
            account.wasRefused("E\(number)")
        }
        #expect(account.refused.count == 33 && account.refused["others"] == 968 && account.unanswered == 0)
    }

    @Test("is a report of lines and of JSON")
    func report() {
        var account = BenchAccount(plan { $0.rate = 2 })
        for number in 0..<3 {
            let due = Int64(number) * 500_000_000
            account.sends(at: due + 1000, due: due)
            if number < 2 { account.wasPublished(to: 1) } else { account.isUnknown() }
            if number == 0 { account.came((0, due), to: 0, at: due + 100_000) }
        }
        let lines = BenchReport(account).lines
        #expect(
            lines == [
                "sent        3 of 64 bytes in 1 s (3.0 a second, 2 a second wanted)",
                "from, to    1 publisher, 1 subscriber, 1 channel",
                "late        p50 1 µs, p90 1 µs, p99 1 µs, p99.9 1 µs, max 1 µs behind the schedule", "published   2",
                "no reply    1: perhaps published, perhaps not", "delivered   1 of 2 (10101 a second)",
                "missing     1 to 2", "delay       p50 100 µs, p90 100 µs, p99 100 µs, p99.9 100 µs, max 100 µs",
                "    up to 131 µs           1  100.0 %  ########################################",
            ]
        )
        let json = String(decoding: BenchReport(account).json, as: UTF8.self)
        #expect(json.contains(#""missing":1,"missing_at_most":2,"#) && json.contains(#""p99.9":100.000"#))
    }
}
