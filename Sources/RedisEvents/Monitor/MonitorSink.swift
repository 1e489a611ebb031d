/// Where a monitor's lines go. Called on the loop, in order; it must not block.
package protocol MonitorSink: SegmentSink where Control == Monitor.Event {
    /// A line of the server that `node` stands for, without the line end.
    func line(_ line: RawSpan, node: NodeNumber)

    /// The lines of a run, in order.
    func lines(_ run: inout LineRun)

    /// Anything else.
    func event(_ event: Monitor.Event)

    /// The link is up and what the server executes comes over it, or is so no more.
    func linkChanged(isUp: Bool)

    /// The server that `node` stands for has consented. `isReplica` is what it has said of itself; `nil` when it has
    /// not.
    func serverIsWatched(_ node: NodeNumber, isReplica: Bool?)
}

extension MonitorSink {
    package func linkChanged(isUp: Bool) {}

    package func serverIsWatched(_ node: NodeNumber, isReplica: Bool?) {}

    package func lines(_ run: inout LineRun) {
        while run.next() { line(run.line, node: run.node) }
    }

    package func take(_ segment: inout Segment<Monitor.Event>) {
        while !segment.isEmpty {
            let record = segment.removeFirst()
            switch record.kind {
            case Record.control: event(segment.controls[record.controlIndex])
            case Record.drop: event(.drop(record.dropped))
            default:
                let text = segment.payload(of: record)
                line(text.rawSpan, node: NodeNumber(value: record.node))
            }
        }
        segment = Segment()
    }
}

extension Segment<Monitor.Event> {
    /// Notes a line of a run whose bytes `appendBytes` will bring. It tells its own time.
    @inline(__always)
    mutating func append(_ run: borrowing LineRun) {
        append(Record(line: run.start..<(run.start + run.length), behind: slab.count, node: run.node))
    }

    /// Brings the bytes of the lines that were noted: all that the run has taken, in one piece.
    mutating func appendBytes(_ run: borrowing LineRun) { append(run.bytesTaken) }

    /// Takes a copy of a line.
    package mutating func append(_ line: RawSpan, at time: RedisTimestamp, node: NodeNumber) {
        append(
            kind: 0,
            handler: 0,
            pattern: RawSpan(),
            channel: RawSpan(),
            payload: line,
            time: time,
            node: node
        )
    }
}
