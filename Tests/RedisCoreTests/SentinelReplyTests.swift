import RedisCore
import RedisRESP
import RedisReactor
import TestSupport
import Testing

private func texts(_ texts: [String]) -> RESPValue { .array(texts.map { .bulkString(RedisBytes($0)) }) }

/// Fields as RESP2 sends them, or as RESP3 does.
private func fields(_ fields: [(String, String)], asMap: Bool = false) -> RESPValue {
    guard asMap else { return texts(fields.flatMap { [$0.0, $0.1] }) }
    return .map(
        fields.map {
            RESPValue.Pair(key: .bulkString(RedisBytes($0.0)), value: .bulkString(RedisBytes($0.1)))
        }
    )
}

private func read(_ replies: [Result<RESPValue, RedisError>]) -> Result<SentinelReply, RedisError> {
    Result { () throws(RedisError) in try SentinelReply(replies) }
}

private func reply(_ result: Result<SentinelReply, RedisError>) -> SentinelReply? { try? result.get() }

private func code(_ result: Result<SentinelReply, RedisError>) -> RedisError.Code? {
    if case .failure(let error) = result { error.code } else { nil }
}

@Suite(.tags(.unit))
struct SentinelReplyTests {
    private let refusal = Result<RESPValue, RedisError>.failure(RedisError(.notPermitted, "NOPERM", phase: .command))

    @Test(arguments: [false, true]) func allFieldsAreReadByName(asMap: Bool) {
        let replica = [("ip", "10.0.0.3"), ("port", "6379"), ("flags", "slave"), ("master-link-status", "ok")]
        let down = [("port", "6379"), ("ip", "10.0.0.4"), ("flags", "slave,s_down"), ("master-link-status", "ok")]
        let cut = [("ip", "10.0.0.5"), ("port", "6379"), ("flags", "slave"), ("master-link-status", "err")]
        let result = read([
            .success(texts(["10.0.0.2", "6380"])),
            .success(fields([("ip", "10.0.0.1"), ("port", "1"), ("config-epoch", "7")], asMap: asMap)),
            .success(.bulkString("abc")),
            .success(.array([fields([("runid", "def"), ("ip", "fd00::1"), ("port", "26379")], asMap: asMap)])),
            .success(.array([replica, down, cut].map { fields($0, asMap: asMap) })),
        ])
        // The address of the first reply, not of the second, which the leader of a failover changes later.
        let expected = SentinelReply(
            id: "abc",
            primary: .tcp(host: "10.0.0.2", port: 6380),
            epoch: 7,
            peers: [SentinelReply.Peer(id: "def", endpoint: .tcp(host: "fd00::1", port: 26379))],
            replicas: [.tcp(host: "10.0.0.3", port: 6379)]
        )
        #expect(reply(result) == expected)
    }

    @Test func whoMayAskForTheAddressAloneGetsIt() {
        let result = read([.success(texts(["10.0.0.2", "6380"])), refusal, refusal, refusal])
        #expect(reply(result) == SentinelReply(primary: .tcp(host: "10.0.0.2", port: 6380), epoch: 0))
    }

    @Test func whoMayAskForTheWholeAloneGetsIt() {
        let whole = fields([("ip", "redis-1.example"), ("port", "6379"), ("config-epoch", "3")])
        let result = read([refusal, .success(whole), refusal, refusal])
        #expect(reply(result) == SentinelReply(primary: .tcp(host: "redis-1.example", port: 6379), epoch: 3))
    }

    @Test func nullMeansAnUnknownName() {
        #expect(code(read([.success(.null), refusal])) == .noServer)
    }

    @Test func aRefusalIsKept() { #expect(code(read([refusal, refusal])) == .notPermitted) }

    @Test(arguments: [
        ["10.0.0.2"], ["10.0.0.2", "0"], ["10.0.0.2", "65536"], ["10.0.0.2", "+1"], ["10.0.0.2", "-1"],
        ["10.0.0.2", ""], ["", "6379"], ["a b", "6379"], ["a\u{0}b", "6379"], ["ü", "6379"],
        [String(repeating: "a", count: 256), "6379"], ["10.0.0.2", "6379", "x"], [],
    ]) func whatIsNoAddressIsAnError(_ parts: [String]) {
        #expect(code(read([.success(texts(parts))])) == .unexpectedReply)
    }

    @Test func whatNamesTooManyIsRefused() {
        func instances(_ count: Int) -> Result<RESPValue, RedisError> {
            .success(.array((0..<count).map { fields([("ip", "10.0.0.1"), ("port", "\($0 + 1)")]) }))
        }
        let address = Result<RESPValue, RedisError>.success(texts(["h", "1"]))
        let unknown = Result<RESPValue, RedisError>.success(.null)
        let most = read([address, unknown, unknown, instances(64), instances(64)])
        #expect(reply(most)?.peers.count == 64)
        for (sentinels, replicas) in [(65, 0), (0, 65)] {
            let result = read([address, unknown, unknown, instances(sentinels), instances(replicas)])
            guard case .failure(let error) = result else {
                Issue.record("\(result)")
                continue
            }
            #expect(error.code == .limitExceeded)
            #expect(error.message == "it names more instances than RedisSentinelConfiguration.maximumInstances, 64")
        }
    }

    @Test func odditiesTrapNowhere() {
        let odd: [RESPValue] = [
            .null, .integer(.min), .array([]), .array([.null]), .map([]), .array([.array([.integer(1)])]),
            .double(.nan),
            fields([("config-epoch", "99999999999999999999"), ("ip", "x")]), .bulkString(RedisBytes([0xff, 0])),
        ]
        for value in odd {
            let result = read([
                .success(texts(["h", "1"])), .success(value), .success(value), .success(value), .success(value),
            ])
            #expect(reply(result) != nil)
            _ = read([.success(value)])
        }
        #expect(code(read([])) == .unexpectedReply)
    }
}

@Suite(.tags(.unit))
struct SwitchMasterTests {
    @Test func nameAndNewAddressAreRead() {
        let change = SwitchMaster("shop 10.0.0.1 6379 fd00::2 6380")
        #expect(change?.name == "shop")
        #expect(change?.primary == .tcp(host: "fd00::2", port: 6380))
    }

    @Test(arguments: [
        "", "shop", "shop 10.0.0.1 6379 10.0.0.2", "shop 10.0.0.1 6379 10.0.0.2 0", " 10.0.0.1 6379 10.0.0.2 6379",
        "shop 10.0.0.1 6379 10.0.0.2 6379 x", "shop 10.0.0.1 6379  6379", "shop a b 10.0.0.2 99999999999",
        "shop 10.0.0.1 6379 10.0.0.2 6379 ",
    ]) func anythingElseIsIgnored(_ payload: String) { #expect(SwitchMaster(RedisBytes(payload)) == nil) }

    @Test func bytesThatAreNoTextAreIgnored() {
        #expect(SwitchMaster(RedisBytes([0xff, 0x20, 0xfe])) == nil)
        #expect(SwitchMaster(RedisBytes(String(repeating: "x ", count: 100_000))) == nil)
    }
}
