/// Counts what a link has received and reads what its server has counted. A gap can then say how many publishes it
/// misses at most, and why the link was lost. `LossMachine` decides when the server is asked.
package final class LossCounters {
    package private(set) var machine: LossMachine
    /// The limit that the server uses for this link, if it was asked.
    private var outputBufferLimit: OutputBufferLimit?
    /// The server's counters when it was last asked, and those at the end of the last link.
    private var stats: ServerStats?
    private var statsAtLoss: ServerStats?

    /// The largest reply to INFO ALL that is expected: it has some lines for each command of the server.
    private static let replyLength = 256 << 10

    init(_ configuration: RedisConfiguration) {
        // A reply above the limits would cost the link.
        let limits = configuration.limits
        let hasRoom = min(limits.bulkLength, limits.frameLength) >= Self.replyLength
        machine = LossMachine(isEnabled: configuration.lossBoundInterval != nil && hasRoom)
    }

    // MARK: What came

    /// Counts messages, by the raw value of their kind. Messages that the server itself publishes are not among them,
    /// because the server does not count those.
    func count(_ counts: [3 of Int]) {
        machine.account.received.channelMessages += counts[Int(PubSub.Message.Kind.message.rawValue)]
        machine.account.received.patternMessages += counts[Int(PubSub.Message.Kind.pmessage.rawValue)]
        machine.account.received.shardMessages += counts[Int(PubSub.Message.Kind.smessage.rawValue)]
    }

    /// Counts a message of the delivery probe.
    func countProbe() { machine.account.received.channelMessages += 1 }

    /// Notes how many patterns are subscribed.
    func notePatterns(_ count: Int) {
        if count > machine.account.received.patternCount { machine.account.received.patternCount = count }
    }

    // MARK: The link

    /// Notes that a link is ready. Returns what to ask the server: before the names are subscribed when everything that
    /// comes is to be counted, and after them when everything that was missed is.
    func linkReady(_ facts: ServerFacts, _ linkClass: OutputBufferLimit.Class, hasGap: Bool) -> [LossMachine.Action] {
        outputBufferLimit = facts.outputBufferLimits.flatMap { OutputBufferLimit($0, of: linkClass) }
        stats = facts.stats
        return machine.linkReady(speaksRESP3: facts.protocolVersion == 3, hasGap: hasGap, runID: facts.runID)
    }

    func linkLost() {
        statsAtLoss = stats
        machine.linkLost()
    }

    func namesRevoked() { machine.namesWereRevoked() }

    // MARK: The server's counters

    /// Notes that all names are subscribed again. The open gap ends as soon as its number of missed publishes is known.
    func allRestored(_ driver: PubSubDriver, _ output: inout WriteBuffer) {
        perform(machine.allRestored(at: driver.now), driver, &output)
    }

    /// Called when the interval of the configuration is over.
    func intervalEnded(_ driver: PubSubDriver, _ output: inout WriteBuffer) {
        guard driver.machine.isReady else { return }
        // The reply could only be read together with everything before it.
        if driver.isReadingPaused { return driver.requests.readCountersLater() }
        perform(machine.intervalEnded(hasGap: driver.filters.gap.isOpen), driver, &output)
    }

    func perform(_ actions: [LossMachine.Action], _ driver: PubSubDriver, _ output: inout WriteBuffer) {
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
        let actions = machine.answeredBeside(number, counters, families, mayFence: !driver.isReadingPaused)
        perform(actions, driver, &output)
        driver.router.endTurn(isDrained: true)
    }

    /// Handles the reply to a question that this object has sent on the link itself.
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
            // Each further refusal would be one more line in the server's ACL LOG.
            if case .failure(let error) = reply { mayAskAgain = error.code != .notPermitted }
            explain(counters, driver)
            let actions = machine.answered(
                counters,
                families(of: gap),
                patternCount: patternCount,
                hasGap: gap.isOpen,
                mayAskAgain: mayAskAgain
            )
            perform(actions, driver, &output)
        case PingTable.countersFence:
            perform(machine.fenced(patternCount: patternCount, hasGap: gap.isOpen), driver, &output)
        default: break
        }
    }

    /// Explains the open loss by the counters.
    private func explain(_ counters: ServerCounters?, _ driver: PubSubDriver) {
        guard let counters else { return }
        if driver.filters.gap.isOpen, machine.account.beginning?.continues(in: counters) != false {
            var cut = CutEvidence(limit: outputBufferLimit)
            // These counters are newer than those of the link's beginning, and so they explain more.
            let copies = counters.countsAllPublishes ? driver.outputPerInput : nil
            cut.count(from: statsAtLoss, to: counters.stats, copies: copies)
            driver.filters.gap.explain { $0.explained(by: cut) }
        }
        stats = counters.stats
    }

    /// Which commands may have published what the open gap misses. Keyspace events are not published by commands.
    private func families(of gap: GapFilter) -> LossAccount.Families {
        let names = gap.names
        return LossAccount.Families(
            classic: names.contains { $0.kind != .shardChannel && !$0.name.rawSpan.isServerName },
            shard: names.contains { $0.kind == .shardChannel }
        )
    }
}

extension RawSpan {
    /// Whether only the server publishes to this name, or to the channels that this pattern matches.
    var isServerName: Bool {
        guard isKeyspaceName else { return false }
        let names: [StaticString] = ["__keyspace@", "__keyevent@", "__redis__:"]
        return names.contains { name in
            name.utf8CodeUnitCount <= byteCount
                && name.description.utf8.enumerated().allSatisfy { byte(at: $0.offset) == $0.element }
        }
    }

    /// Whether this begins like a name to which the server itself publishes: `__keyspace@0__:`, `__redis__:invalidate`.
    var isKeyspaceName: Bool { byteCount >= 2 && byte(at: 0) == UInt8(ascii: "_") && byte(at: 1) == UInt8(ascii: "_") }
}
