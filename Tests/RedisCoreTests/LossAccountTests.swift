import RedisCore
import RedisRESP
import TestSupport
import Testing

@Suite("The bound of a loss", .tags(.unit))
struct LossAccountTests {
    private func counters(
        run: String = "a",
        role: String = "master",
        cluster: Int = 0,
        publishes: Int = 0,
        shard: Int = 0,
        commands: Int = 100,
        resets: Int = 0,
        resetTime: Int = 1,
        connections: Int = 0
    ) -> ServerCounters? {
        var lines = [
            "# Server", "run_id:\(run)", "# Stats", "total_commands_processed:\(commands)", "role:\(role)",
            "cluster_enabled:\(cluster)", "total_connections_received:\(connections)",
        ]
        if publishes > 0 { lines.append("cmdstat_publish:calls=\(publishes),usec=1,usec_per_call=0.1") }
        if shard > 0 { lines.append("cmdstat_spublish:calls=\(shard),usec=1") }
        if resets > 0 { lines.append("cmdstat_config|resetstat:calls=\(resets),usec=\(resetTime),usec_per_call=1.00") }
        return ServerCounters(info: RedisBytes(lines.joined(separator: "\r\n")))
    }

    private let both = LossAccount.Families(classic: true, shard: true)

    private func missed(
        _ beginning: ServerCounters?,
        _ end: ServerCounters?,
        _ families: LossAccount.Families? = nil,
        receive: (inout LossAccount.Received) -> Void = { _ in }
    ) -> Int? {
        var account = LossAccount()
        account.begin(beginning, patternCount: 0)
        receive(&account.received)
        return account.missed(until: end, received: account.received, families ?? both)
    }

    @Test("is what the server counted less what came")
    func difference() {
        #expect(missed(counters(publishes: 5), counters(publishes: 5)) == 0)
        #expect(missed(counters(), counters(publishes: 7, shard: 2)) == 9)
        #expect(missed(counters(publishes: 5), counters(publishes: 15)) { $0.channelMessages = 4 } == 6)
        #expect(missed(counters(), counters(publishes: 9, shard: 3), .init(classic: false, shard: true)) == 3)
    }

    @Test("is unknown when more came, of channels or of shard channels, than the server counted")
    func moreCame() {
        #expect(missed(counters(), counters(publishes: 7, shard: 2)) { $0.channelMessages = 8 } == nil)
        #expect(missed(counters(), counters(publishes: 7, shard: 2)) { $0.shardMessages = 3 } == nil)
        #expect(
            missed(counters(publishes: 1, shard: 2), counters(publishes: 9, shard: 4)) { $0.shardMessages = 2 } == 8
        )
    }

    @Test("counts a publish once that came to several patterns")
    func patterns() {
        let end = counters(publishes: 10)
        #expect(
            missed(counters(), end) {
                $0.patternCount = 3
                $0.patternMessages = 7
            } == 7
        )
        #expect(
            missed(counters(), end) {
                $0.patternCount = 2
                $0.patternMessages = 4
                $0.channelMessages = 3
            } == 7
        )
    }

    @Test("begins anew where the link leads to another run of a server, and goes on in the same")
    func otherRun() {
        var account = LossAccount()
        account.begin(counters(publishes: 5), patternCount: 2)
        account.received.channelMessages = 3
        account.goOn(in: "a")
        #expect(account.beginning == counters(publishes: 5))
        #expect(account.received.channelMessages == 3)
        account.goOn(in: "b")
        #expect(account.beginning == nil)
        #expect(account.received.channelMessages == 0)
        #expect(account.received.patternCount == 2)
    }

    @Test("is unknown when the counts do not belong together")
    func unknown() {
        let beginning = counters(publishes: 5)
        #expect(missed(nil, beginning) == nil)
        #expect(missed(beginning, nil) == nil)
        #expect(missed(beginning, counters(run: "b", publishes: 9)) == nil)
        #expect(missed(beginning, counters(role: "slave", publishes: 9)) == nil)
        #expect(missed(beginning, counters(cluster: 1, publishes: 9)) == nil)
        #expect(missed(beginning, counters(publishes: 9, commands: 99)) == nil)
        #expect(missed(beginning, counters(publishes: 9, resets: 1)) == nil)
        let again = counters(publishes: 9, resets: 1, resetTime: 2)
        #expect(missed(counters(publishes: 5, resets: 1), again) == nil)
        #expect(missed(counters(publishes: 5, connections: 2), counters(publishes: 9, connections: 1)) == nil)
        #expect(missed(beginning, counters(publishes: 4)) == nil)
        #expect(missed(beginning, counters(publishes: 6)) { $0.channelMessages = 2 } == nil)
        #expect(missed(beginning, counters(publishes: 9), .init(classic: false, shard: false)) == nil)
        #expect(ServerCounters(info: "") == nil)
        #expect(ServerCounters(info: "run_id:x\r\ntotal_commands_processed:many") == nil)
    }
}
