// How a PubSub accounts for what a gap holds.

extension PubSubDriver {
    /// Whose the answers are that take their place among those of the user's pings.
    enum OwnCall {
        static let heartbeat: UInt32 = 0
        static let counters = UInt32.max
        static let fence = UInt32.max - 1
    }

    /// The names that a loss touches.
    var subscribedNow: [RedisGap.Name] {
        RedisSubscriptionKind.allCases.flatMap { kind in
            machine.tables[kind].entries.filter { $0.isWanted && $0.isSubscribed && !isProbe(kind, $0.name) }
                .map { RedisGap.Name(kind: kind, name: $0.name) }
        }
    }

    func perform(_ actions: [LossProbe.Action], _ output: inout WriteBuffer) {
        for action in actions {
            switch action {
            case .ask:
                machine.ping(OwnCall.counters)
                output.append { RedisCommand(["INFO", "all"]).encode(into: &$0) }
            case .askBeside(let number):
                requests.askForCounters(of: endpoint) { driver, output, counters in
                    driver.explain(counters)
                    let mayFence = !driver.isReadingPaused
                    driver.perform(
                        driver.probe.answeredBeside(number, counters, driver.families, mayFence: mayFence),
                        &output
                    )
                    driver.endTurn(isDrained: true)
                }
            case .fence:
                machine.ping(OwnCall.fence)
                output.append { RedisCommand(["PING"]).encode(into: &$0) }
            case .complete(let moment, let missed):
                closeGap(at: moment, missed: missed)
            case .later:
                requests.readCountersLater()
            }
        }
    }

    /// The answer to a question that nobody but this driver has asked.
    func ownCallAnswered(_ call: UInt32, _ reply: Result<RESPValue, RedisError>, _ output: inout WriteBuffer) {
        let patternCount = machine.tables[.pattern].entries.count
        switch call {
        case OwnCall.counters:
            var mayAskAgain = true
            var counters: ServerCounters?
            switch reply {
            case .success(let value): counters = value.bytes.flatMap { ServerCounters(info: $0) }
            // Each refusal would stand in the server's ACL LOG.
            case .failure(let error): mayAskAgain = error.code != .notPermitted
            }
            explain(counters)
            perform(
                probe.answered(
                    counters,
                    families,
                    patternCount: patternCount,
                    hasGap: gapIsOpen,
                    mayAskAgain: mayAskAgain
                ),
                &output
            )
        case OwnCall.fence:
            perform(probe.fenced(patternCount: patternCount, hasGap: gapIsOpen), &output)
        default: break
        }
    }

    func countersAreDue(_ output: inout WriteBuffer) {
        guard machine.isReady else { return }
        // The answer would have to be read for, with all that is in front of it.
        if isReadingPaused { return requests.readCountersLater() }
        perform(probe.isDue(hasGap: gapIsOpen), &output)
    }

    /// What the counters tell of the loss that is open.
    private func explain(_ counters: ServerCounters?) {
        guard let after = counters else { return }
        if gapIsOpen, probe.account.beginning?.continues(in: after) != false {
            var cut = CutEvidence(limit: outputBufferLimit)
            // Counted later than at the link's beginning, and so more to the point.
            cut.count(from: statsAtLoss, to: after.stats, copies: after.countsAllPublishes ? outputPerInput : nil)
            explainGap { $0.explained(by: cut) }
        }
        stats = after.stats
    }

    /// Which commands can have published what the open gap misses. Keyspace events are no publishes.
    private var families: LossAccount.Families {
        let names = gapNames
        return LossAccount.Families(
            classic: names.contains { $0.kind != .shardChannel && !$0.name.rawSpan.isServerName },
            shard: names.contains { $0.kind == .shardChannel }
        )
    }
}

extension RawSpan {
    /// Whether the server alone publishes to this, or to what this pattern matches.
    var isServerName: Bool {
        guard isKeyspaceName else { return false }
        let names: [StaticString] = ["__keyspace@", "__keyevent@", "__redis__:"]
        return names.contains { name in
            name.utf8CodeUnitCount <= byteCount
                && name.description.utf8.enumerated().allSatisfy { byte(at: $0.offset) == $0.element }
        }
    }

    /// Whether this begins like a name that the server itself publishes to: `__keyspace@0__:`, `__redis__:invalidate`.
    var isKeyspaceName: Bool { byteCount >= 2 && byte(at: 0) == UInt8(ascii: "_") && byte(at: 1) == UInt8(ascii: "_") }
}
