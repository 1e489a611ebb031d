import RedisCore
import RedisRESP
import RedisReactor
import TestSupport
import Testing

@Suite("Numbers from outside", .tags(.unit))
struct OutsideNumberTests {
    private static let odd = [
        "-9223372036854775808", "-1", "9223372036854775807", "9223372036854775808", "72057594037927937", "nan", "1e3",
        "",
    ]

    private func info(_ publishes: String, _ shardPublishes: String = "0", _ commands: String = "1") -> RedisBytes {
        """
        run_id:a\r
        role:master\r
        total_commands_processed:\(commands)\r
        cmdstat_publish:calls=\(publishes),usec=1\r
        cmdstat_spublish:calls=\(shardPublishes),usec=1\r

        """
    }

    @Test("that are no counts leave the bound of a loss unknown", arguments: odd)
    func counters(_ number: String) {
        #expect(ServerCounters(info: info(number)) == nil)
        #expect(ServerCounters(info: info("1", number)) == nil)
        #expect(ServerCounters(info: info("1", "1", number)) == nil)
        let stats: RedisBytes =
            "client_output_buffer_limit_disconnections:\(number)\r\ntotal_net_input_bytes:\(number)\r\n"
        #expect(ServerStats(info: stats) == ServerStats())
    }

    @Test("that are as high as counts may be can be added up")
    func sums() throws {
        let none = try #require(ServerCounters(info: info("0")))
        let most = try #require(ServerCounters(info: info("\(1 << 56)", "\(1 << 56)")))
        var account = LossAccount()
        account.begin(none, patternCount: 0)
        let missed = account.missed(until: most, received: account.received, .init(classic: true, shard: true))
        #expect(missed == 1 << 57)
        let now = Moment.now()
        let gap = RedisGap(
            cause: RedisDisconnect(.endOfStream, "x"),
            from: now,
            until: now,
            isComplete: true,
            missedPublishes: .max
        )
        #expect(gap.extended(to: gap).missedPublishes == .max)
    }

    @Test("of HELLO that mean nothing are not known")
    func hello() {
        let long = RESPValue.bulkString(RedisBytes(String(repeating: "7", count: 257)))
        let reply = RESPValue.array([
            .bulkString("proto"), .integer(.min), .bulkString("id"), .integer(.min), .bulkString("version"), long,
            .bulkString("mode"), .bulkString("stand\nalone"), .bulkString("role"), .bulkString("master"),
        ])
        let facts = ServerFacts(hello: reply)
        #expect(facts.protocolVersion == 3)
        #expect(facts.clientID == nil && facts.version == nil && facts.mode == nil && facts.role == "master")
    }

    @Test("of limits and epochs that mean nothing are not known", arguments: odd)
    func limits(_ number: String) {
        #expect(OutputBufferLimit("normal \(number) 0", of: .normal) == nil)
        #expect(ClusterReply.info("cluster_state:ok\r\ncluster_current_epoch:\(number)").epoch == nil)
        #expect(ClusterRedirection("MOVED \(number) a:1") == nil)
    }

    @Test("of whoever issues tokens may name the end of time")
    func tokens() {
        var schedule = TokenSchedule(RedisTokenPolicy())
        for expiry in [Int64.min, -1, 0, .max] {
            for begin in [Int64.min, -1, 0, .max] {
                for now in [Int64.min, 0, .max] {
                    let token = RedisAccessToken(
                        "x",
                        expiresAt: RedisTimestamp(microseconds: expiry),
                        receivedAt: RedisTimestamp(microseconds: begin)
                    )
                    let delay = schedule.received(token, at: RedisTimestamp(microseconds: now))
                    #expect(delay.map { $0 > .zero && $0 <= .seconds(36_525 * 86_400) } == true)
                }
            }
        }
        for lifetime in [Duration.seconds(Int64.max), .seconds(Int64.min), .microseconds(Int64.max)] {
            let token = RedisAccessToken("x", lifetime: lifetime)
            #expect(token.isExpired() == (lifetime < .zero))
        }
    }
}
