/// What a link has received and what its server has counted, so that a gap can say how many publishes it holds at most, and why the
/// link was lost. `LossProbe` decides when the server is asked.
package final class LossCounters {
    package private(set) var probe: LossProbe
    /// What the server sets, if it was asked.
    private var outputBufferLimit: OutputBufferLimit?
    /// What the server had counted when it was last asked, and the same at the end of the last link.
    private var stats: ServerStats?
    private var statsAtLoss: ServerStats?

    /// The reply to INFO ALL is shorter: it has some lines for each command of the server.
    private static let replyLength = 256 << 10

    init(_ configuration: RedisConfiguration) {
        // Limits that the reply does not fit into would cost the link.
        let limits = configuration.limits
        let hasRoom = min(limits.bulkLength, limits.frameLength) >= Self.replyLength
        probe = LossProbe(isEnabled: configuration.lossBoundInterval != nil && hasRoom)
    }

    // MARK: What came

    /// Messages came, by the raw value of their kind. What the server itself publishes is not among them: it does not count that.
    func count(_ counts: [3 of Int]) {
        probe.account.received.channelMessages += counts[Int(PubSub.Message.Kind.message.rawValue)]
        probe.account.received.patternMessages += counts[Int(PubSub.Message.Kind.pmessage.rawValue)]
        probe.account.received.shardMessages += counts[Int(PubSub.Message.Kind.smessage.rawValue)]
    }

    /// A message of the delivery probe came.
    func countProbe() { probe.account.received.channelMessages += 1 }

    /// So many patterns are subscribed.
    func notePatterns(_ count: Int) {
        if count > probe.account.received.patternCount { probe.account.received.patternCount = count }
    }

    // MARK: The link

    /// A link stands. Returns what to ask it: before the names when all that comes is to be counted, behind them when all that was
    /// missed is.
    func linkReady(_ facts: ServerFacts, _ linkClass: OutputBufferLimit.Class, hasGap: Bool) -> [LossProbe.Action] {
        outputBufferLimit = facts.outputBufferLimits.flatMap { OutputBufferLimit($0, of: linkClass) }
        stats = facts.stats
        return probe.linkReady(speaksRESP3: facts.protocolVersion == 3, hasGap: hasGap, runID: facts.runID)
    }

    func linkLost() {
        statsAtLoss = stats
        probe.linkLost()
    }

    func namesRevoked() { probe.namesWereRevoked() }

    // MARK: The server's counters

    /// All names are subscribed again: the open gap ends as soon as it is known how much it holds.
    func allRestored(_ driver: PubSubDriver, _ output: inout WriteBuffer) {
        perform(probe.allRestored(at: driver.now), driver, &output)
    }

    /// The interval of the configuration is over.
    func isDue(_ driver: PubSubDriver, _ output: inout WriteBuffer) {
        guard driver.machine.isReady else { return }
        // The answer would have to be read for, with all that is in front of it.
        if driver.isReadingPaused { return driver.requests.readCountersLater() }
        perform(probe.isDue(hasGap: driver.filters.gap.isOpen), driver, &output)
    }

    func perform(_ actions: [LossProbe.Action], _ driver: PubSubDriver, _ output: inout WriteBuffer) {
        for action in actions {
            switch action {
            case .ask:
                driver.machine.ping(PingTable.counters)
                output.append { RedisCommand(["INFO", "all"]).encode(into: &$0) }
            case .askBeside(let number):
                driver.requests.askForCounters(of: driver.endpoint) { driver, output, counters in
                    driver.filters.losses.answeredBeside(number, counters, driver, &output)
                }
            case .fence:
                driver.machine.ping(PingTable.countersFence)
                output.append { RedisCommand(["PING"]).encode(into: &$0) }
            case .complete(let moment, let missed): driver.filters.gap.end(at: moment, missed: missed)
            case .later: driver.requests.readCountersLater()
            }
        }
    }

    private func answeredBeside(
        _ number: UInt32,
        _ counters: ServerCounters?,
        _ driver: PubSubDriver,
        _ output: inout WriteBuffer
    ) {
        explain(counters, driver)
        let families = families(of: driver.filters.gap)
        let actions = probe.answeredBeside(number, counters, families, mayFence: !driver.isReadingPaused)
        perform(actions, driver, &output)
        driver.router.endTurn(isDrained: true)
    }

    /// The answer to a question that this has asked on the link itself.
    func answered(
        _ call: UInt32,
        _ reply: Result<RESPValue, RedisError>,
        _ driver: PubSubDriver,
        _ output: inout WriteBuffer
    ) {
        let gap = driver.filters.gap
        let patternCount = driver.machine.tables[.pattern].entries.count
        switch call {
        case PingTable.counters:
            let counters = (try? reply.get())?.bytes.flatMap { ServerCounters(info: $0) }
            var mayAskAgain = true
            // Each refusal would stand in the server's ACL LOG.
            if case .failure(let error) = reply { mayAskAgain = error.code != .notPermitted }
            explain(counters, driver)
            let actions = probe.answered(
                counters,
                families(of: gap),
                patternCount: patternCount,
                hasGap: gap.isOpen,
                mayAskAgain: mayAskAgain
            )
            perform(actions, driver, &output)
        case PingTable.countersFence:
            perform(probe.fenced(patternCount: patternCount, hasGap: gap.isOpen), driver, &output)
        default: break
        }
    }

    /// What the counters tell of the loss that is open.
    private func explain(_ counters: ServerCounters?, _ driver: PubSubDriver) {
        guard let counters else { return }
        if driver.filters.gap.isOpen, probe.account.beginning?.continues(in: counters) != false {
            var cut = CutEvidence(limit: outputBufferLimit)
            // Counted later than at the link's beginning, and so more to the point.
            let copies = counters.countsAllPublishes ? driver.outputPerInput : nil
            cut.count(from: statsAtLoss, to: counters.stats, copies: copies)
            driver.filters.gap.explain { $0.explained(by: cut) }
        }
        stats = counters.stats
    }

    /// Which commands can have published what the open gap misses. Keyspace events are no publishes.
    private func families(of gap: GapAccount) -> LossAccount.Families {
        let names = gap.names
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
