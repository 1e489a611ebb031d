import RedisCore
import RedisEvents
import RedisRESP

/// CLUSTER SHARDS, CLUSTER SLOTS, CLUSTER INFO and MOVED.
enum ClusterReplies {
    static func check(_ source: inout ReplySource) throws(Broken) {
        var replies: [UInt8] = []
        for number in 0..<(1 + source.choice(3)) {
            let reply = source.choice(2) == 0 ? shards(&source, number) : slots(&source, number)
            replies += RESPWriter.write([source.value(reply)])
        }
        try TopologyProperty.check(replies)
        let info = source.lines([("cluster_state", "ok"), ("cluster_current_epoch", "7")])
        try RepliesProperty.checkCount(ClusterReply.info(info).epoch)
        try checkRedirection(&source)
    }

    private static func shards(_ source: inout ReplySource, _ number: Int) -> RESPValue {
        .array(
            (0..<(1 + source.choice(3))).flatMap { shard in
                let node = source.fields([
                    ("id", .bulkString("id-\(number)-\(shard)")), ("port", .integer(7000)),
                    ("tls-port", .integer(7001)),
                    ("ip", .bulkString("127.0.0.1")), ("endpoint", .bulkString("host")),
                    ("role", .bulkString("master")),
                    ("replication-offset", .integer(1)), ("health", .bulkString("online")),
                ])
                let slots = source.values(.integer(shard * 100)) + source.values(.integer(shard * 100 + 50))
                return source.values(
                    source.fields([("slots", .array(slots)), ("nodes", .array(source.values(node)))])
                )
            }
        )
    }

    private static func slots(_ source: inout ReplySource, _ number: Int) -> RESPValue {
        .array(
            (0..<(1 + source.choice(3))).flatMap { shard in
                let node = RESPValue.array(
                    source.values(.bulkString("host")) + source.values(.integer(7000))
                        + source.values(.bulkString("id-\(number)-\(shard)"))
                )
                return source.values(
                    .array(
                        source.values(.integer(shard * 100)) + source.values(.integer(shard * 100 + 50))
                            + source.values(node)
                    )
                )
            }
        )
    }

    private static func checkRedirection(_ source: inout ReplySource) throws(Broken) {
        let words = [source.texts("MOVED"), source.texts("3999"), source.texts("127.0.0.1:6381")].flatMap { $0 }
        let line = RESPValue.error(RedisBytes(words.map(\.bytes).joined(separator: [0x20])))
        guard case .error(let line) = try line.sent() else { throw Broken(property: "an error is none") }
        let error = RedisError.server(line.description, at: .unix(path: "/s"), .command)
        let tests = [
            error.isTransient, error.isOutage, error.lacksCommand, error.isMaxClients, error.isOfServerNotReady,
        ]
        try Broken.unless(tests.count { $0 } < tests.count, "an error is everything")
        guard let redirection = error.serverMessage.flatMap({ ClusterRedirection($0) }) else { return }
        try Broken.unless(0..<HashSlot.count ~= redirection.slot, "a command is sent to slot \(redirection.slot)")
        let reader = AddressReader(RedisConfiguration())
        let asked = RedisEndpoint.tcp(host: "asked", port: 1)
        guard let target = reader.endpoint(moved: redirection.address, asked: asked) else { return }
        try RepliesProperty.checkText(target.description, upTo: 4 * RESPValue.longestError)
    }
}

/// The replies of Sentinels, and what comes of several of them.
enum SentinelReplies {
    static func check(_ source: inout ReplySource) throws(Broken) {
        let sentinels = (1...3).map { RedisEndpoint.tcp(host: "s", port: $0) }
        var consensus = SentinelConsensus(asked: sentinels)
        var group = SentinelGroup(seeds: Array(sentinels.prefix(2)))
        for sentinel in sentinels {
            let replies = try replies(&source)
            let result = Result { () throws(RedisError) in try SentinelReply(replies) }
            if case .success(let reply) = result { try check(reply, from: sentinel, &group) }
            consensus.add(result, from: sentinel)
        }
        try Broken.unless(consensus.isComplete, "an answer is not counted")
        try Broken.unless(group.members.count <= 2 + SentinelGroup.learnedLimit, "Sentinels are learnt without end")
        var known = KnownPrimary()
        if let decision = consensus.decision(preferring: nil) {
            _ = known.primary(by: decision, ofRound: known.roundBegan(), isLost: source.choice(2) == 1)
            _ = decision.replica(avoiding: decision.primary, random: Double(source.choice(100)) / 100)
        } else {
            try RepliesProperty.checkText(consensus.failure(name: "m").message, upTo: 8 * RESPValue.longestError)
        }
        let payload = RedisBytes(
            [source.texts("m"), source.texts("a"), source.texts("1"), source.texts("b"), source.texts("2")]
                .flatMap { $0 }.map(\.bytes).joined(separator: [0x20])
        )
        if let change = SwitchMaster(payload) { try RepliesProperty.checkText(change.name, upTo: 2048) }
    }

    private static func check(_ reply: SentinelReply, from sentinel: RedisEndpoint, _ group: inout SentinelGroup)
        throws(Broken)
    {
        try RepliesProperty.checkText(reply.id, upTo: 64)
        for endpoint in [reply.primary] + reply.replicas + reply.peers.map(\.endpoint) {
            guard case .tcp(let host, let port) = endpoint else { throw Broken(property: "a Sentinel names a path") }
            try Broken.unless(port > 0 && 1...255 ~= host.utf8.count, "a Sentinel names what is no address")
        }
        _ = group.heard(sentinel, id: reply.id, peers: reply.peers)
        group.roundEnded()
    }

    private static func replies(_ source: inout ReplySource) throws(Broken) -> [Result<RESPValue, RedisError>] {
        let address = RESPValue.array(source.values(.bulkString("10.0.0.1")) + source.values(.bulkString("6379")))
        let instance: [(String, RESPValue)] = [
            ("name", .bulkString("m")), ("ip", .bulkString("10.0.0.1")), ("port", .bulkString("6379")),
            ("runid", .bulkString("r")),
            ("flags", .bulkString("slave")), ("master-link-status", .bulkString("ok")),
            ("config-epoch", .bulkString("7")),
        ]
        let master = source.fields(instance)
        let others = RESPValue.array(source.values(source.fields(instance)))
        let replicas = RESPValue.array(source.values(source.fields(instance)))
        var replies: [Result<RESPValue, RedisError>] = []
        for usual in [address, master, .bulkString("id"), others, replicas] {
            let reply = try source.value(usual).sent()
            if case .error(let line) = reply {
                replies.append(.failure(.server(line.description, at: .unix(path: "/s"), .command)))
            } else {
                replies.append(.success(reply))
            }
        }
        return replies
    }
}
