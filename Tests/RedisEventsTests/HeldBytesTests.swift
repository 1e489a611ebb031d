import RedisCore
import RedisEvents
import RedisRESP
import RedisReactor
import TestSupport
import Testing

/// What waits in a mailbox and is no message counts what it holds, and does not pile up where it may not be dropped.
@Suite("What events hold", .tags(.unit, .once), .serialized, .timeLimit(.minutes(1)))
struct HeldBytesTests {
    private static let text = String(repeating: "t", count: 1000)

    private func gap(_ names: Range<Int>) -> RedisGap {
        let moment = Moment.now()
        return RedisGap(
            cause: RedisDisconnect(.endOfStream, Self.text),
            from: moment,
            until: moment,
            isComplete: true,
            names: names.map { RedisGap.Name(kind: .channel, name: RedisBytes("name \($0)")) }
        )
    }

    private func commit<Control: MailboxControl>(_ box: Mailbox<Control>, _ control: Control) {
        var segment = Segment<Control>()
        segment.append(control)
        box.commit(&segment)
    }

    private func message(_ box: Mailbox<PubSubControl>, _ channel: RedisBytes, payload: Int = 0) {
        var segment = Segment<PubSubControl>()
        segment.append(
            kind: 0,
            handler: 0,
            pattern: RawSpan(),
            channel: channel.rawSpan,
            payload: RedisBytes([UInt8](repeating: 0x78, count: payload)).rawSpan,
            time: RedisTimestamp(microseconds: 0)
        )
        box.commit(&segment)
    }

    @Test("is counted for each kind of event, and is counted off when it is taken")
    func counted() {
        let error = RedisError(.serverError, Self.text)
        let value = RESPValue.push([.bulkString(RedisBytes(Self.text)), .array((0..<100).map { .integer($0) })])
        let name = RedisBytes(Self.text)
        let events: [PubSubControl] = [
            .event(.push(value)), .event(.gap(gap(0..<100))), .event(.link(.lost(gap(0..<0).cause, at: .now()))),
            .event(.link(.retrying(error, after: .zero))), .event(.handlerFailed(error)), .event(.failed(error)),
            .release(Array(0..<300)),
        ]
        for event in events {
            let box = Mailbox<PubSubControl>(limit: RedisBufferLimit())
            commit(box, event)
            #expect(box.statistics.queuedBytes > 1000, "\(event)")
            guard case .item = box.poll() else { return #expect(Bool(false)) }
            #expect(box.statistics.queuedBytes == 0)
        }
        let invalidations = Mailbox<Invalidations.Event>(limit: RedisBufferLimit())
        commit(invalidations, .flushAll(.linkLost(gap(0..<0).cause)))
        commit(invalidations, .push(value))
        #expect(invalidations.statistics.queuedBytes > 2000 + 100 * 112)
        let keys = Mailbox<KeyspaceEvents.Event>(limit: RedisBufferLimit())
        commit(keys, .link(.retrying(error, after: .zero)))
        commit(keys, .push(value))
        #expect(keys.statistics.queuedBytes > 2000 + 100 * 112)
        let monitor = Mailbox<Monitor.Event>(limit: RedisBufferLimit())
        commit(monitor, .line(Monitor.Line(name)))
        commit(monitor, .unguarded(error))
        #expect(monitor.statistics.queuedBytes > 2000)
    }

    @Test(
        "stays bounded where nothing of it may be dropped: gaps of many names are told as one",
        arguments: [OverflowRule.dropOldest, .dropNewest, .latestPerChannel, .pauseReading]
    )
    func gaps(_ rule: OverflowRule) throws {
        let box = Mailbox<PubSubControl>(limit: RedisBufferLimit(bytes: 100_000), rule: rule)
        let memory = try residentKiB()
        // Each holds a fifth of a megabyte.
        for round in 0..<100 {
            commit(box, .event(.gap(gap(0..<2000))))
            message(box, "a", payload: 100)
            commit(box, .event(.link(.lost(gap(0..<0).cause, at: .now()))))
            #expect(box.statistics.queuedBytes < 3 << 20, "round \(round)")
        }
        #expect(try residentKiB() - memory < 10 << 10)
        var names: Set<RedisGap.Name> = []
        var messages = 0
        while case .item(let item) = box.poll() {
            switch item {
            case .record: messages += 1
            case .control(.event(.gap(let gap))): names.formUnion(gap.names)
            case .control(.event(.drop(let drop))): messages += drop.count
            case .control: break
            }
        }
        #expect(names.count == 2000)
        #expect(messages == 100)
        #expect(box.statistics.queuedBytes == 0 && box.statistics.queuedEvents == 0)
    }

    @Test(
        "of unknown pushes is a limit of its own, whatever the rule, and messages lose no room",
        arguments: [OverflowRule.dropOldest, .dropNewest, .latestPerChannel, .pauseReading, .fail]
    )
    func pushes(_ rule: OverflowRule) {
        let box = Mailbox<PubSubControl>(
            limit: RedisBufferLimit(events: 100, bytes: 100_000, pushBytes: 5000),
            rule: rule
        )
        let push = PubSubControl.event(.push(.push([.bulkString(RedisBytes(Self.text))])))
        for _ in 0..<20 {
            var segment = Segment<PubSubControl>()
            for _ in 0..<5 { segment.append(push) }
            box.commit(&segment)
            message(box, "a")
        }
        #expect(box.statistics.droppedEvents == 97)
        #expect(box.statistics.droppedBytes == 97 * (1000 + 2 * 112))
        var found: [String] = []
        while case .item(let item) = box.poll() {
            switch item {
            case .record: found.append("message")
            case .control(.event(.push)): found.append("push")
            case .control(.event(.drop(let drop))): found.append("drop \(drop.count)")
            case .control: found.append("?")
            }
        }
        let rest = (1..<20).flatMap { _ in ["drop 5", "message"] }
        #expect(found == ["push", "push", "push", "drop 2", "message"] + rest)
        // What was taken makes room.
        commit(box, push)
        #expect(box.statistics.queuedEvents == 1)
    }

    @Test("of an event that was dropped are gone: later events are not merged into it")
    func droppedEvents() {
        let limit = RedisBufferLimit(events: 1, pushBytes: 0)
        let box = Mailbox<Invalidations.Event>(limit: limit, rule: .dropNewest)
        commit(box, .push(.push([.bulkString("a")])))
        for _ in 0..<257 { commit(box, .link(.lost(gap(0..<0).cause, at: .now()))) }
        commit(box, .flushAll(.trackingResumed))
        var flushes: [Invalidations.FlushCause] = []
        while case .item(.control(let event)) = box.poll() {
            if case .flushAll(let cause) = event { flushes.append(cause) }
        }
        #expect(flushes == [.dropped(RedisDrop(count: 1, bytes: 1 + 2 * 112)), .trackingResumed])
    }

    @Test("never lets a handler go before a message that came for it")
    func releases() {
        let box = Mailbox<PubSubControl>(limit: RedisBufferLimit(events: 2), rule: .dropNewest)
        let name = RedisBytes("a")
        func message(_ handler: UInt32) {
            var segment = Segment<PubSubControl>()
            segment.append(
                kind: 0,
                handler: handler,
                pattern: RawSpan(),
                channel: name.rawSpan,
                payload: name.rawSpan,
                time: RedisTimestamp(microseconds: 0)
            )
            box.commit(&segment)
        }
        commit(box, .release([1]))
        message(2)
        // From here on, neighbours are merged.
        for _ in 0..<300 { commit(box, .event(.link(.lost(gap(0..<0).cause, at: .now())))) }
        for handler in 2..<UInt32(1000) { commit(box, .release([handler])) }
        var released: [[UInt32]] = []
        var hasCome = false
        while case .item(let item) = box.poll() {
            switch item {
            case .record(let record, _):
                #expect(record.handler == 2)
                #expect(released == [[1]])
                hasCome = true
            case .control(.release(let handlers)): released.append(handlers)
            case .control: break
            }
        }
        #expect(hasCome)
        #expect(released == [[1], Array(2..<1000)])
    }

    @Test("of flushes is the last that says whether the server is heard, and every drop")
    func flushes() {
        let box = Mailbox<Invalidations.Event>(limit: RedisBufferLimit(events: 0), rule: .dropOldest)
        for _ in 0..<300 { commit(box, .link(.lost(gap(0..<0).cause, at: .now()))) }
        for _ in 0..<3 {
            commit(box, .flushAll(.linkLost(gap(0..<0).cause)))
            commit(box, .invalidated([RedisBytes("k")]))
            commit(box, .flushAll(.trackingResumed))
        }
        commit(box, .invalidated([RedisBytes("k")]))
        commit(box, .flushAll(.linkLost(gap(0..<0).cause)))
        commit(box, .invalidated([RedisBytes("k")]))
        var isHeard: Bool?
        var dropped = 0
        while case .item(.control(let event)) = box.poll() {
            switch event {
            case .flushAll(.dropped(let drop)): dropped += drop.count
            case .flushAll(.linkLost): isHeard = false
            case .flushAll(.trackingResumed): isHeard = true
            default: break
            }
        }
        #expect(dropped == 5)
        #expect(isHeard == false)
        #expect(box.statistics.queuedEvents == 0 && box.statistics.queuedBytes == 0)
    }

    @Test("of the latest message of each channel does not grow with the names that have passed")
    func namesOfChannels() throws {
        let limit = RedisBufferLimit(events: 100, bytes: 1 << 20)
        let box = Mailbox<PubSubControl>(limit: limit, rule: .latestPerChannel)
        let memory = try residentKiB()
        let tail = [UInt8](repeating: 0x78, count: 100_000)
        for number in 0..<3000 {
            message(box, RedisBytes(Array("\(number) ".utf8) + tail))
            // A reader that is never done: what it takes is not what has to go.
            if number > 10 { _ = box.poll() }
        }
        #expect(box.statistics.queuedBytes <= limit.bytes)
        #expect(try residentKiB() - memory < 40 << 10)
    }
}
