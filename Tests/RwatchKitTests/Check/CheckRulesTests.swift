import RedisCore
import RwatchKit
import TestSupport
import Testing

@Suite("What a check says of a server", .tags(.unit))
struct CheckRulesTests {
    private let local = RedisConfiguration(endpoint: .tcp(host: "127.0.0.1", port: 6379))
    private let remote = RedisConfiguration(endpoint: .tcp(host: "redis.example", port: 6379))

    private func verdicts(_ facts: ServerAnswers, _ configuration: RedisConfiguration? = nil) -> [String: String] {
        let findings = CheckRules.findings(facts, configuration ?? local)
        return Dictionary(uniqueKeysWithValues: findings.map { ($0.subject, $0.verdict.rawValue) })
    }

    @Test("a server that tells nothing is a server")
    func silent() {
        #expect(
            CheckRules.findings(ServerAnswers(roundTrip: .milliseconds(2)), local) == [
                Finding("server", .ok, "a server that does not tell its version, a reply takes 2 ms")
            ]
        )
    }

    @Test(
        "memory: what a monitor may do to the keys",
        arguments: [
            ("0", "noeviction", "ok"), ("1048576", "noeviction", "note"), ("1048576", "allkeys-lru", "warning"),
            ("1048576", "volatile-ttl", "warning"),
        ]
    )
    func memory(most: String, policy: String, verdict: String) {
        let facts = ServerAnswers(settings: ["maxmemory": most, "maxmemory-policy": policy])
        #expect(verdicts(facts)["memory"] == verdict)
    }

    @Test(
        "buffers: what is kept for slow readers",
        arguments: [
            ("normal 0 0 0 slave 256 64 60 pubsub 33554432 8388608 60", "ok"),
            ("normal 0 0 0 slave 0 0 0 pubsub 0 0 0", "warning"), ("normal 0 0 0 pubsub 1000 0 0", "warning"),
        ]
    )
    func buffers(value: String, verdict: String) {
        #expect(verdicts(ServerAnswers(settings: ["client-output-buffer-limit": value]))["buffers"] == verdict)
        #expect(verdicts(ServerAnswers(settings: ["client-output-buffer-limit": "nonsense"]))["buffers"] == nil)
    }

    @Test(
        "role: a cluster that is down is wrong, a replica without its primary a warning",
        arguments: [
            (["role": "master", "connected_slaves": "1"], "ok"), (["role": "slave", "master_link_status": "up"], "ok"),
            (["role": "slave", "master_link_status": "down"], "warning"),
            (["role": "master", "cluster_enabled": "1", "cluster_state": "fail"], "wrong"),
            (["role": "master", "cluster_enabled": "1", "cluster_state": "ok"], "ok"),
        ]
    )
    func role(info: [String: String], verdict: String) {
        #expect(verdicts(ServerAnswers(info: info))["role"] == verdict)
    }

    @Test("the rest: loading, encryption, user, key events, rate")
    func rest() {
        #expect(verdicts(ServerAnswers(info: ["loading": "1"]))["server"] == "wrong")
        #expect(verdicts(ServerAnswers())["tls"] == nil)
        #expect(verdicts(ServerAnswers(), remote)["tls"] == "note")
        var encrypted = remote
        encrypted.tls = RedisTLSConfiguration()
        #expect(verdicts(ServerAnswers(), encrypted)["tls"] == "ok")
        encrypted.tls?.verification = .none
        #expect(verdicts(ServerAnswers(), encrypted)["tls"] == "warning")
        #expect(verdicts(ServerAnswers(user: "default"))["user"] == "ok")
        #expect(verdicts(ServerAnswers(user: "default"), remote)["user"] == "warning")
        #expect(verdicts(ServerAnswers(settings: ["notify-keyspace-events": ""]))["keyspace"] == "note")
        #expect(verdicts(ServerAnswers(settings: ["notify-keyspace-events": "AKE"]))["keyspace"] == "ok")
        #expect(verdicts(ServerAnswers(commandsPerSecond: 99_999))["rate"] == "ok")
        #expect(verdicts(ServerAnswers(commandsPerSecond: 100_000))["rate"] == "warning")
    }
}
