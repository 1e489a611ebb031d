// The short way of messages: all that one read has brought in a row, without a frame being parsed for any of them.
extension PubSubDriver {
    /// Who takes the messages of a name.
    private enum Taker {
        /// The stream, for that handler.
        case stream(UInt32)
        case inline(@Sendable (borrowing MessageView) -> Void)
        /// Private subscriptions, perhaps beside the others.
        case several(Route)
    }

    func glance(at bytes: RawSpan, limits: FrameLimits) -> Glance {
        // What has to look at each message stands in the long way (`deliver`).
        guard !handoverIsOpen, seat == nil, !gapIsOpen, machine.isReady else { return .nothing }
        let exception = proof?.channel ?? RedisBytes()
        var run = MessageRun(bytes, limits, at: now.wall, from: node, exception: exception.rawSpan)
        if usesRoutes { deliverByName(&run) } else { sink.messages(&run) }
        run.finish()
        guard run.byteCount > 0 else { return .nothing }
        lastEvent = now
        probe.account.received.channelMessages += run.counts[Int(Message.Kind.message.rawValue)]
        probe.account.received.patternMessages += run.counts[Int(Message.Kind.pmessage.rawValue)]
        probe.account.received.shardMessages += run.counts[Int(Message.Kind.smessage.rawValue)]
        return Glance(byteCount: run.byteCount, largestFrame: run.largestFrame)
    }

    private func deliverByName(_ run: inout MessageRun) {
        // What is subscribed does not change while messages are being delivered.
        let tables = machine.tables
        let hasOutlets = !outlets.isEmpty
        var collected = sink.lend()
        var collects = false
        while run.nextOfOtherNames() {
            // Who takes them is looked up, and held on to, once for all that follow in a row.
            switch taker(of: run, tables, hasOutlets) {
            case .inline(let body):
                repeat { body(run.view) } while run.nextOfSameNames()
            case .stream(let handler):
                collects = true
                repeat { put(run, handler, into: &collected) } while run.nextOfSameNames()
            case .several(let route):
                repeat {
                    if let inline = route.inlineHandler {
                        inline.body(run.view)
                    } else if route.isInStream {
                        collects = true
                        put(run, route.handler, into: &collected)
                    }
                    putInto(route.outlets, run.view)
                } while run.nextOfSameNames()
            }
        }
        if collects { collected?.appendBytes(run) }
        if let collected { sink.takeBack(collected) }
    }

    @inline(__always)
    private func put(_ run: borrowing MessageRun, _ handler: UInt32, into collected: inout Segment<PubSubControl>?) {
        if collected?.append(run, handler: handler) == nil { sink.message(run.view, handler: handler) }
    }

    private func taker(of run: borrowing MessageRun, _ tables: [NameTable], _ hasOutlets: Bool) -> Taker {
        let table = tables[Int(run.kind.subscriptionKind.rawValue)]
        guard let index = table.index(of: run.kind == .pmessage ? run.pattern : run.channel) else { return .stream(0) }
        let entry = table.entries[index]
        if hasOutlets { return .several(Route(run.kind, entry, outlets)) }
        return entry.inlineHandler.map { .inline($0.body) } ?? .stream(entry.handler)
    }

    func putInto(_ outlets: [Outlet], _ view: borrowing MessageView) {
        for outlet in outlets {
            if outlet.becomesDirty() { dirtyOutlets.append(outlet) }
            outlet.message(view)
        }
    }
}
