import RedisCommands
import RedisCore
import RedisEvents
import RedisRESP

/// CLIENT LIST, as a monitor's guard and watchers of keys read it.
enum ClientListReplies {
    static func check(_ source: inout ReplySource) throws(Broken) {
        var machine = GuardMachine(Monitor.Guard(limit: 1 << 20))
        var now = ContinuousClock.now
        var arrived = MonitorArrivals()
        var action = machine.linkIsUp(id: 7, at: now)
        for _ in 0..<(2 + source.choice(4)) {
            let list = try source.value(.bulkString(clients(&source))).sent()
            if case .error(let line) = list {
                action = machine.failed(.server(line.description, at: .unix(path: "/s"), .command))
            } else {
                let list = list.bytes ?? ""
                try check(GuardReading(list, id: 7))
                for watcher in WatcherName.all(in: list) { try check(watcher) }
                action = machine.answered(list, arrived, at: now)
            }
            try RepliesProperty.checkCount(machine.queueSeen)
            switch action {
            case .ask(let wait): now = now.advanced(by: wait)
            case .trip(let omem, _):
                try Broken.unless(omem > 1 << 20, "the guard trips for \(omem) bytes")
                action = machine.linkIsUp(id: 7, at: now)
            case .blind(_, let text, _): try RepliesProperty.checkText(text, upTo: 4 * RESPValue.longestError)
            }
            let count = source.choice(100)
            arrived.add(count << 20, longest: count)
        }
    }

    private static func clients(_ source: inout ReplySource) -> RedisBytes {
        var text: [UInt8] = []
        for _ in 0..<(1 + source.choice(3)) {
            for (name, usual) in [
                ("id", "7"), ("addr", "127.0.0.1:1"), ("name", "keywatch:m1:AKE:=x:2:A"), ("flags", "O"), ("oll", "1"),
                ("omem", "2000000"),
            ] {
                for value in source.texts(usual) { text += Array("\(name)=".utf8) + value.bytes + [0x20] }
            }
            text.append(0x0a)
        }
        return RedisBytes(text)
    }

    private static func check(_ reading: GuardReading) throws(Broken) {
        guard case .queued(let omem, let blocks) = reading else { return }
        try RepliesProperty.checkCount(omem)
        try RepliesProperty.checkCount(blocks)
    }

    private static func check(_ watcher: WatcherName) throws(Broken) {
        try RepliesProperty.checkText(watcher.mark, upTo: 1024)
        try RepliesProperty.checkCount(watcher.writes)
        // As somebody else may read it.
        _ = WatcherName(RedisBytes(watcher.text(behind: nil)))
    }
}

/// CONFIG GET and INFO commandstats.
enum SettingReplies {
    static func check(_ source: inout ReplySource) throws(Broken) {
        let setting = try source.fields([("notify-keyspace-events", .bulkString("AKE"))]).sent()
        let flags = NotificationFlags(setting["notify-keyspace-events"]?.bytes?.plainText(upTo: 1024) ?? "")
        let needed = NotificationFlags(source.texts("KEg$").first?.plainText(upTo: 1024) ?? "")
        let (missing, unknown) = flags.lacking(needed)
        try Broken.unless(missing.intersection(unknown).isEmpty, "a flag is missing and may be there")
        for candidate in flags.settings(adding: needed) {
            try Broken.unless(candidate.isSuperset(of: flags), "what is set goes off")
            try Broken.unless(
                NotificationFlags(candidate.description) == candidate,
                "flags are not read as they are written"
            )
        }
        let limits = source.texts("normal 0 0 0 pubsub 33554432 8388608 60").first?.plainText(upTo: 256) ?? ""
        for kind in [OutputBufferLimit.Class.normal, .pubsub] {
            guard let limit = OutputBufferLimit(limits, of: kind) else { continue }
            for count in [limit.hard, limit.soft, limit.least ?? 0] { try RepliesProperty.checkCount(count) }
        }
        let info = source.lines([
            ("cmdstat_config", "calls=1,usec=1"), ("cmdstat_config|get", "calls=1"), ("cmdstat_config|set", "calls=1"),
        ])
        if let count = ConfigCount(info) {
            try RepliesProperty.checkCount(count.calls)
            _ = count.continues(in: count)
        }
    }
}

/// COMMAND INFO and COMMAND GETKEYS, and where a command goes by them.
enum CommandReplies {
    static func check(_ source: inout ReplySource) throws(Broken) {
        let reply = try source.value(info(&source, depth: 0)).sent()
        var command: RedisCommand = ["MODULE.DO"]
        for _ in 0..<source.choice(6) { command.arguments += source.texts("key") }
        if let rule = KeyRule(info: reply) {
            try check(CommandTarget(command, rule))
            try check(CommandTarget(command, learnt: ["MODULE.DO": rule]))
        }
        let keys = try RESPValue.array(source.values(.bulkString("key"))).sent()
        try check(CommandTarget(keys: keys.elements?.compactMap(\.bytes) ?? []))
    }

    private static func info(_ source: inout ReplySource, depth: Int) -> RESPValue {
        var fields: [RESPValue] = []
        fields += source.values(.bulkString(depth == 0 ? "module.do" : "module.do|sub"))
        fields += source.values(.integer(-2))
        fields += source.values(.array(source.values(.simpleString("readonly"))))
        for number in [1, -1, 1] { fields += source.values(.integer(number)) }
        for _ in 0..<3 { fields += source.values(.array([])) }
        let subcommands = depth < 3 ? (0..<source.choice(3)).map { _ in info(&source, depth: depth + 1) } : []
        return .array(fields + source.values(.array(subcommands)))
    }

    private static func check(_ target: CommandTarget) throws(Broken) {
        guard case .slot(let slot) = target else { return }
        try Broken.unless(0..<HashSlot.count ~= slot, "a command goes to slot \(slot)")
    }
}

/// What a server says to SUBSCRIBE, CLIENT TRACKING and MONITOR, and the times of tokens.
enum SubscriptionReplies {
    static func check(_ source: inout ReplySource) throws(Broken) {
        try checkTracking(&source)
        var machine = SubscriptionMachine(batchSize: 3, seed: 1, isInCluster: source.choice(2) == 1)
        _ = machine.linkReady()
        for kind in RedisSubscriptionKind.allCases {
            let requests = (0..<4).map { number in
                SubscriptionMachine.NameRequest(
                    name: RedisBytes("c\(number)"),
                    ticket: SubscriptionMachine.Ticket(call: 1, index: UInt32(number))
                )
            }
            _ = machine.subscribe(kind, requests)
        }
        for _ in 0..<(4 + source.choice(40)) {
            let kind = RedisSubscriptionKind.allCases[source.choice(3)]
            let name = source.texts("c\(source.choice(4))").first ?? ""
            switch source.choice(6) {
            case 0: _ = machine.confirmed(.subscribe, kind, name.rawSpan, count: source.number().nearestCount)
            case 1: _ = machine.confirmed(.unsubscribe, kind, name.rawSpan, count: source.number().nearestCount)
            case 2: _ = machine.revoked(kind, name.rawSpan, count: source.number().nearestCount)
            case 3:
                guard case .error(let line) = try RESPValue.error(name).sent() else { continue }
                _ = machine.refused(.server(line.description, at: .unix(path: "/s"), .subscribe))
            case 4: _ = machine.answered()
            default: _ = machine.unsubscribe(kind, SubscriptionMachine.Target.all([name], of: 2))
            }
        }
        try Broken.unless(machine.subscribedCount >= 0, "fewer names than none are subscribed")
        _ = machine.linkLost()
        var schedule = TokenSchedule(RedisTokenPolicy())
        let times = (0..<3).map { _ in RedisTimestamp(microseconds: Int64(source.number())) }
        let delay = schedule.received(RedisAccessToken("x", expiresAt: times[0], receivedAt: times[1]), at: times[2])
        try Broken.unless(delay.map { $0 > .zero } != false, "a token is renewed before it came")
    }

    private static func checkTracking(_ source: inout ReplySource) throws(Broken) {
        let version = 2 + source.choice(2)
        var machine = TrackingMachine(prefixes: [])
        var action = machine.linkReady(protocolVersion: version)
        for _ in 0..<4 {
            guard case .send = action else { break }
            action = machine.replied(try source.value(version == 2 ? .integer(7) : .simpleString("OK")).sent())
        }
        if case .fail(_, let text) = action { try RepliesProperty.checkText(text, upTo: 4 * RESPValue.longestError) }
    }
}
