import Testing

/// Servers that are hostile in what they tell of where servers are.
extension HostileFamily {
    static let clusterPlaces = HostileFamily(
        name: "topologies of a cluster",
        variants: [
            topology("4,096 shards at its own address") { turn in
                .array((0..<4096).map { HonestClient.shard(slots(of: $0, in: 4096), "127.0.0.1", turn.port, $0) })
            },
            topology("4,096 shards where nobody listens") { turn in
                .array((0..<4096).map { HonestClient.shard(slots(of: $0, in: 4096), host($0), 1, $0) })
            },
            topology("1,000 shards where nobody listens") { turn in
                .array((0..<1000).map { HonestClient.shard(slots(of: $0, in: 1000), host($0), 1, $0) })
            },
            topology("1,000 shards with names that have to be looked up") { turn in
                .array((0..<1000).map { HonestClient.shard(slots(of: $0, in: 1000), "n\($0).invalid", turn.port, $0) })
            },
            topology("16,384 shards, of which most serve nothing") { turn in
                .array((0..<16384).map { HonestClient.shard($0 == 0 ? 0...16383 : nil, host($0), turn.port, $0) })
            },
            topology("4,096 shards with names that have to be looked up") { turn in
                .array((0..<4096).map { HonestClient.shard(slots(of: $0, in: 4096), "n\($0).invalid", turn.port, $0) })
            },
            topology("a shard of 16,384 nodes") { turn in
                .array([
                    .map([
                        (.text("slots"), .array([.integer(0), .integer(16383)])),
                        (.text("nodes"), .array((0..<16384).map { node(host($0), turn.port, $0) })),
                    ])
                ])
            },
            topology("ever other 1,000 shards") { turn in
                .array(
                    (0..<1000).map { number in
                        let place = turn.connection * 1000 + number
                        return HonestClient.shard(slots(of: number, in: 1000), "127.0.0.1", turn.port, place)
                    }
                )
            },
            Hostility("4,096 shards in a cluster that has failed") { turn in
                switch turn.stage {
                case "CLUSTER INFO":
                    return .say(.text("cluster_state:fail\r\ncluster_current_epoch:\(turn.connection)\r\n"))
                case "CLUSTER SHARDS":
                    return .say(.array((0..<4096).map { HonestClient.shard(nil, host($0), turn.port, $0) }))
                default: return nil
                }
            },
            Hostility("16,384 ranges with a node each, by CLUSTER SLOTS") { turn in
                switch turn.stage {
                case "CLUSTER SHARDS": return .say(.raw("-ERR Unknown subcommand\r\n"))
                case "CLUSTER SLOTS":
                    return .say(
                        .array(
                            (0..<16384).map { slot in
                                .array([
                                    .integer(slot), .integer(slot),
                                    .array([
                                        .text("127.0.0.1"), .integer(turn.port), .text(HonestClient.nodeID(slot)),
                                    ]),
                                ])
                            }
                        )
                    )
                default: return nil
                }
            },
            topology("all slots of nobody") { _ in .array([]) },
            topology("a node without an address") { _ in .array([HonestClient.shard(0...16383, "", 0, 0)]) },
            topology("a node at port 65536") { _ in .array([HonestClient.shard(0...16383, "127.0.0.1", 65536, 0)]) },
            topology("a node with a name of 300 KiB") { turn in
                let name = String(repeating: "a.", count: 150 << 10)
                return .array([HonestClient.shard(0...16383, name, turn.port, 0)])
            },
            topology("a node with escapes for a name") { turn in
                .array([
                    .map([
                        (.text("slots"), .array([.integer(0), .integer(16383)])),
                        (
                            .text("nodes"),
                            .array([
                                .map([
                                    (.text("id"), .bulk(escapeBytes)), (.text("port"), .integer(1)),
                                    (.text("ip"), .bulk(escapeBytes)), (.text("endpoint"), .bulk(escapeBytes)),
                                    (.text("role"), .text("master")), (.text("health"), .text("online")),
                                ])
                            ])
                        ),
                    ])
                ])
            },
        ],
        span: .milliseconds(1000)
    )

    static let sentinelPlaces = HostileFamily(
        name: "what Sentinels tell",
        variants: [
            answer("SENTINELS", "5,000 Sentinels at its own address") { turn in
                .array((0..<5000).map { HonestClient.instance("127.0.0.1", turn.port, $0) })
            },
            answer("SENTINELS", "5,000 Sentinels where nobody listens") { _ in
                .array((0..<5000).map { HonestClient.instance(host($0), 1, $0) })
            },
            answer("SENTINELS", "ever other Sentinels") { turn in
                .array((0..<64).map { HonestClient.instance("127.0.0.1", turn.port, turn.connection * 64 + $0) })
            },
            answer("SENTINELS", "each other") { .array([HonestClient.instance("127.0.0.1", $0.peerPort, 5)]) },
            answer("SENTINELS", "Sentinels with names to look up") { turn in
                .array((0..<64).map { HonestClient.instance("s\($0).invalid", turn.port, $0) })
            },
            answer("SENTINELS", "a Sentinel with escapes for a name") { _ in
                .array([
                    .map([
                        (.text("ip"), .bulk(escapeBytes)), (.text("port"), .text("7")),
                        (.text("runid"), .bulk(escapeBytes)),
                    ])
                ])
            },
            answer("REPLICAS", "5,000 replicas") { turn in
                .array((0..<5000).map { HonestClient.instance(host($0), turn.port, $0) })
            },
            answer("GET-MASTER-ADDR-BY-NAME", "each other as the primary") { .list(["127.0.0.1", "\($0.peerPort)"]) },
            answer("GET-MASTER-ADDR-BY-NAME", "a primary where nobody listens") { _ in .list(["127.0.0.9", "1"]) },
            answer("GET-MASTER-ADDR-BY-NAME", "ever another primary") { turn in
                .list(["127.0.0.\(turn.connection % 200 + 2)", "\(turn.port)"])
            },
            answer("GET-MASTER-ADDR-BY-NAME", "a primary with escapes for a name") { _ in
                .array([.bulk(escapeBytes), .text("7")])
            },
            Hostility("a primary that is a Sentinel", at: "HELLO") { turn in
                guard turn.stage == "HELLO" else { return nil }
                return .say(
                    .map([
                        (.text("proto"), .integer(3)), (.text("mode"), .text("sentinel")),
                        (.text("role"), .text("sentinel")),
                    ])
                )
            },
            Hostility("a primary that is a replica") { turn in
                switch turn.stage {
                case "HELLO": .say(.map([(.text("proto"), .integer(3)), (.text("role"), .text("replica"))]))
                case "ROLE": .say(.array([.text("slave"), .text("127.0.0.1"), .integer(turn.port)]))
                default: nil
                }
            },
            Hostility("a switch to ever another primary") { turn in
                guard turn.stage == "event" else { return nil }
                let port = turn.connection.isMultiple(of: 2) ? turn.port : turn.peerPort
                let news = "shop 127.0.0.1 1 127.0.0.1 \(port)"
                let push = WireReply.push([.text("message"), .text("+switch-master"), .text(news)])
                return .say(.sequence(Array(repeating: push, count: 1000)))
            },
        ],
        span: .milliseconds(1000),
        hasPeer: true
    )

    private static func topology(_ name: String, _ reply: @escaping @Sendable (HostileTurn) -> WireReply) -> Hostility {
        Hostility(name, at: "CLUSTER SHARDS") { $0.stage == "CLUSTER SHARDS" ? .say(reply($0)) : nil }
    }

    private static func answer(
        _ question: String,
        _ name: String,
        _ reply: @escaping @Sendable (HostileTurn) -> WireReply
    ) -> Hostility {
        let stage = "SENTINEL \(question)"
        return Hostility(name, at: stage) { $0.stage == stage ? .say(reply($0)) : nil }
    }

    private static func slots(of shard: Int, in count: Int) -> ClosedRange<Int> {
        shard * 16384 / count...(shard + 1) * 16384 / count - 1
    }

    private static func host(_ number: Int) -> String {
        "127.\(number >> 14 + 1).\(number >> 7 & 127).\(number & 127 + 1)"
    }

    private static func node(_ host: String, _ port: Int, _ number: Int) -> WireReply {
        .map([
            (.text("id"), .text(HonestClient.nodeID(number))), (.text("port"), .integer(port)),
            (.text("ip"), .text(host)), (.text("endpoint"), .text(host)),
            (.text("role"), .text(number == 0 ? "master" : "replica")), (.text("health"), .text("online")),
        ])
    }
}
