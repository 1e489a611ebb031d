import RedisCore
import RedisEvents
import RedisRESP

/// INFO, as the bound of a loss and the cause of a link's end are reckoned from it.
enum CounterReplies {
    static func check(_ source: inout ReplySource) throws(Broken) {
        var readings: [ServerCounters?] = []
        for count in 1...(2 + source.choice(3)) {
            let info = info(&source, count * 10)
            let read = try RESPValue.bulkString(info).sent().bytes ?? ""
            let counters = ServerCounters(info: read)
            if let counters { try check(counters) }
            readings.append(counters)
        }
        try checkAccount(readings, &source)
        try checkMachine(readings, &source)
    }

    private static func info(_ source: inout ReplySource, _ count: Int) -> RedisBytes {
        source.lines([
            ("run_id", "a"), ("role", "master"), ("cluster_enabled", "0"), ("total_commands_processed", "\(count)"),
            ("total_connections_received", "\(count)"), ("total_net_input_bytes", "\(count)"),
            ("total_net_output_bytes", "\(count)"), ("client_output_buffer_limit_disconnections", "1"),
        ])
        .joined(
            statistics("cmdstat_publish", count, &source),
            statistics("cmdstat_spublish", count, &source),
            statistics("cmdstat_config", count, &source),
            statistics("cmdstat_config|resetstat", 1, &source),
            statistics("cmdstat_config|set", count, &source)
        )
    }

    /// `name:calls=<count>,usec=<time>,…`
    private static func statistics(_ name: String, _ count: Int, _ source: inout ReplySource) -> RedisBytes {
        var text: [UInt8] = []
        for calls in source.texts("\(count)") {
            text += Array("\(name):calls=".utf8) + calls.bytes + Array(",usec=".utf8)
            for time in source.texts("1") { text += time.bytes }
            text += Array(",usec_per_call=1.00\r\n".utf8)
        }
        return RedisBytes(text)
    }

    private static func check(_ counters: ServerCounters) throws(Broken) {
        try RepliesProperty.checkText(counters.runID, upTo: 256)
        for count in counters.growing + [counters.publishes, counters.shardPublishes] {
            try RepliesProperty.checkCount(count)
        }
        try RepliesProperty.checkCount(counters.stats.inputBytes)
        try RepliesProperty.checkCount(counters.stats.outputBufferCuts)
        try Broken.unless(counters.continues(in: counters), "what was counted does not go on where it ends")
        try Broken.unless(counters.resets?.count ?? 0 <= 64, "a long text is kept of RESETSTAT")
    }

    private static func checkAccount(_ readings: [ServerCounters?], _ source: inout ReplySource) throws(Broken) {
        var account = LossAccount()
        let families = LossAccount.Families(classic: source.choice(2) == 0, shard: source.choice(2) == 0)
        var gap: RedisGap?
        let now = Moment.now()
        for (before, after) in zip(readings, readings.dropFirst()) {
            account.begin(before, patternCount: source.choice(3))
            account.received.channelMessages = source.choice(200)
            account.received.patternMessages = source.choice(200)
            account.received.shardMessages = source.choice(200)
            let missed = account.missed(until: after, received: account.received, families)
            try Broken.unless(
                missed.map { 0...(2 * Int.highestCount) ~= $0 } != false,
                "\(missed ?? 0) publishes are missed"
            )
            var cut = CutEvidence(queueSeen: source.number().asCount)
            cut.count(from: before?.stats, to: after?.stats, copies: source.number().asCount)
            let cause = RedisDisconnect(.clientKilled, "x").explained(by: cut)
            let next = RedisGap(cause: cause, from: now, until: now, isComplete: true, missedPublishes: missed)
            gap = gap?.extended(to: next) ?? next
            try Broken.unless(gap?.missedPublishes ?? 0 >= 0, "fewer publishes than none are missed")
        }
    }

    /// The same in the order in which a link asks.
    private static func checkMachine(_ readings: [ServerCounters?], _ source: inout ReplySource) throws(Broken) {
        var machine = LossMachine(isEnabled: true)
        let families = LossAccount.Families(classic: true, shard: source.choice(2) == 0)
        let now = Moment.now()
        var hasGap = false
        var asked: UInt32?
        for reading in readings + readings {
            var actions: [LossMachine.Action] = []
            switch source.choice(6) {
            case 0: actions = machine.answered(reading, families, patternCount: source.choice(4), hasGap: hasGap)
            case 1:
                hasGap = true
                machine.linkLost()
                actions =
                    machine.linkReady(speaksRESP3: source.choice(2) == 0, hasGap: true, runID: reading?.runID)
                    + machine.allRestored(at: now)
            case 2: actions = machine.intervalEnded(hasGap: hasGap)
            case 3: if let asked { actions = machine.answeredBeside(asked, reading, families) }
            case 4: actions = machine.fenced(patternCount: source.choice(4), hasGap: hasGap)
            default: machine.account.received.patternMessages += source.choice(100)
            }
            for action in actions {
                switch action {
                case .askBeside(let number): asked = number
                case .complete(_, let missed):
                    hasGap = false
                    try Broken.unless(missed ?? 0 >= 0, "fewer publishes than none are missed")
                case .ask, .fence, .later: break
                }
            }
        }
    }
}

extension RedisBytes {
    /// The texts behind this one, one after the other.
    fileprivate func joined(_ others: RedisBytes...) -> RedisBytes {
        RedisBytes(others.reduce(bytes) { $0 + $1.bytes })
    }
}
