import RedisEvents
import RedisRESP
import TestSupport
import Testing

@Suite("Plans for events of keys", .tags(.unit))
struct KeyspacePlanTests {
    private func names(_ plan: KeyspacePlan) -> [String] { plan.subscriptions.map { "\($0.kind) \($0.name)" } }

    @Test("subscribe to the family that the server can filter, and to channels where a name is exact")
    func subscriptions() {
        #expect(names(KeyspacePlan()) == ["pattern __keyevent@*__:*"])
        #expect(names(KeyspacePlan(database: 3)) == ["pattern __keyevent@3__:*"])
        #expect(
            names(KeyspacePlan(events: [.set, .del])) == ["pattern __keyevent@*__:set", "pattern __keyevent@*__:del"]
        )
        #expect(names(KeyspacePlan(events: [.set, .set], database: 0)) == ["channel __keyevent@0__:set"])
        #expect(names(KeyspacePlan(keys: ["user:*"])) == ["pattern __keyspace@*__:user:*"])
        #expect(
            names(KeyspacePlan(keys: ["a", "b?"], events: [.set], database: 0)) == [
                "channel __keyspace@0__:a", "pattern __keyspace@0__:b?",
            ]
        )
        #expect(names(KeyspacePlan(keys: ["a", "**"], events: [.del])) == ["pattern __keyevent@*__:del"])
        #expect(names(KeyspacePlan(events: ["od*d"], database: 0)) == ["pattern __keyevent@0__:od\\*d"])
    }

    @Test("ask for the flags of the family and of the events")
    func flags() {
        #expect(KeyspacePlan(keys: ["a*"], events: [.expired]).flags.description == "xK")
        #expect(KeyspacePlan(events: [.expired]).flags.description == "xE")
    }

    @Test("watch the one family that will be turned on, and whatever the flags that will be set name")
    func enabled() {
        #expect(names(KeyspacePlan(enabled: "Kg")) == ["pattern __keyspace@*__:*"])
        #expect(KeyspacePlan(enabled: "Kg").flags.description == "K")
        #expect(names(KeyspacePlan(keys: ["a"], enabled: "Ex")) == ["pattern __keyevent@*__:*"])
        #expect(KeyspacePlan(keys: ["a"], enabled: "Ex").flags.description == "E")
        #expect(names(KeyspacePlan(enabled: "KEA")) == ["pattern __keyevent@*__:*"])
        #expect(names(KeyspacePlan(keys: ["a*"], enabled: "KEA")) == ["pattern __keyspace@*__:a*"])
        #expect(KeyspacePlan(events: [.expired], enabled: "Ex").flags.description == "xE")
    }

    /// Asks as a message of the server's would, with the subscription that it came by.
    private func accepts(_ plan: KeyspacePlan, by index: Int, _ channel: RedisBytes, _ payload: RedisBytes) -> Bool? {
        guard let parsed = KeyspaceChannel(channel.rawSpan) else { return nil }
        let rest = RedisBytes(channel.dropFirst(parsed.start))
        let subscription = plan.subscriptions[index]
        return plan.accepts(
            subscription.kind,
            subscription.name.rawSpan,
            channel: channel.rawSpan,
            name: (parsed.family == .keyspace ? payload : rest).rawSpan,
            key: (parsed.family == .keyspace ? rest : payload).rawSpan
        )
    }

    @Test("take a change once, by the first pattern that matches")
    func once() {
        let plan = KeyspacePlan(keys: ["a*", "*b", "ab"])
        #expect(accepts(plan, by: 0, "__keyspace@0__:ab", "set") == true)
        #expect(accepts(plan, by: 1, "__keyspace@0__:ab", "set") == false)
        #expect(accepts(plan, by: 2, "__keyspace@0__:ab", "set") == false)
        #expect(accepts(plan, by: 1, "__keyspace@0__:xb", "set") == true)
        let exact = KeyspacePlan(keys: ["ab", "a*"], database: 0)
        #expect(accepts(exact, by: 0, "__keyspace@0__:ab", "set") == true)
        #expect(accepts(exact, by: 1, "__keyspace@0__:ab", "set") == false)
    }

    @Test("do not mistake a part of a key for the database")
    func databaseStar() {
        let plan = KeyspacePlan(keys: ["foo"])
        #expect(accepts(plan, by: 0, "__keyspace@0__:foo", "set") == true)
        #expect(accepts(plan, by: 0, "__keyspace@0__:a__:foo", "set") == false)
        let tricky = KeyspacePlan(keys: ["foo", "a__:*"])
        #expect(accepts(tricky, by: 0, "__keyspace@0__:a__:foo", "set") == true)
        #expect(accepts(tricky, by: 1, "__keyspace@0__:a__:foo", "set") == false)
        let events = KeyspacePlan(events: [.set])
        #expect(accepts(events, by: 0, "__keyevent@0__:x__:set", "k") == false)
    }

    @Test("filter by what the server was not asked to")
    func both() {
        let plan = KeyspacePlan(keys: ["user:*"], events: [.expired])
        #expect(accepts(plan, by: 0, "__keyspace@0__:user:1", "expired") == true)
        #expect(accepts(plan, by: 0, "__keyspace@0__:user:1", "set") == false)
    }

    static let channels: [(String, KeyspaceChannel.Family?, Int, String)] = [
        ("__keyspace@0__:foo", .keyspace, 0, "foo"), ("__keyevent@15__:set", .keyevent, 15, "set"),
        ("__keyspace@0__:", .keyspace, 0, ""), ("__keyspace@0__:a__:b:c\n\0", .keyspace, 0, "a__:b:c\n\0"),
        ("__keyspace@4294967295__:x", .keyspace, 4_294_967_295, "x"), ("__keyspace@4294967296__:x", nil, 0, ""),
        ("__keyspace@99999999999999999999999__:x", nil, 0, ""), ("__keyspace@__:x", nil, 0, ""),
        ("__keyspace@x__:x", nil, 0, ""), ("__keyspace@0_:x", nil, 0, ""), ("__keyspace@0__", nil, 0, ""),
        ("__keyspace@", nil, 0, ""), ("", nil, 0, ""), ("__subkeyspace@0__:k", nil, 0, ""),
        ("__subkeyspaceitem@0__:k\nf", nil, 0, ""), ("__KEYSPACE@0__:x", nil, 0, ""),
    ]

    @Test("know a channel's parts, or that it is no such channel", arguments: channels)
    func channel(_ name: String, _ family: KeyspaceChannel.Family?, _ database: Int, _ rest: String) {
        let bytes = RedisBytes(name)
        let parsed = KeyspaceChannel(bytes.rawSpan)
        #expect(parsed?.family == family)
        if let parsed {
            #expect(parsed.database == database)
            #expect(RedisBytes(bytes.dropFirst(parsed.start)) == RedisBytes(rest))
        }
    }
}
